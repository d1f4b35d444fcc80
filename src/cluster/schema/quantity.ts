/** Amounts as Kubernetes writes them (apimachinery `pkg/api/resource/quantity.go`): `500m`, `1Gi`, `1e3`. */

const GRAMMAR = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const NANO = 1_000_000_000n;
const MOST = (2n ** 63n - 1n) * NANO;

/** An amount in billionths, and the family of suffixes that it was written with. */
export interface Quantity {
  nanos: bigint;
  format: 'decimal' | 'binary' | 'exponent';
}

const WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX = "unable to parse quantity's suffix";

/** Reads an amount; what is finer than a billionth is rounded away from zero. */
export function parseQuantity(text: string): Quantity | Error {
  if (text === '') return new Error(WRONG_FORMAT);
  const match = GRAMMAR.exec(text);
  const [, number = '', suffix = ''] = match ?? [];
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(number);
  if (!match || !parts || (!parts[2] && !parts[3])) return new Error(WRONG_FORMAT);
  let base = 10n;
  let exponent: number;
  let format: Quantity['format'] = 'decimal';
  const written = /^[eE]([+-]?\d+)$/.exec(suffix);
  if (written) {
    exponent = Number(written[1]);
    format = 'exponent';
  } else if (BINARY.indexOf(suffix) > 0) {
    base = 1024n;
    exponent = BINARY.indexOf(suffix);
    format = 'binary';
  } else if (DECIMAL.includes(suffix)) {
    exponent = (DECIMAL.indexOf(suffix) - 3) * 3;
  } else {
    return new Error(WRONG_SUFFIX);
  }
  const fraction = parts[3] ?? '';
  const digits = BigInt(`${parts[2] ?? ''}${fraction}` || '0');
  // Beyond these the value is zero's neighbour, or of no use to anyone.
  const bounded = Math.max(-40, Math.min(400, exponent));
  let numerator = digits * NANO;
  let denominator = 10n ** BigInt(fraction.length);
  if (bounded >= 0) numerator *= base ** BigInt(bounded);
  else denominator *= base ** BigInt(-bounded);
  let nanos = numerator / denominator;
  if (nanos * denominator !== numerator) nanos += 1n;
  // Only amounts with a binary suffix are capped.
  if (format === 'binary' && nanos > MOST) nanos = MOST;
  return { nanos: parts[1] === '-' ? -nanos : nanos, format };
}

/** The one text for an amount: the largest suffix without a fraction. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const absolute = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? '-' : '';
  if (format === 'binary' && absolute >= 1024n * NANO) {
    let value = (absolute + NANO - 1n) / NANO;
    let power = 0;
    while (power < BINARY.length - 1 && value % 1024n === 0n) {
      value /= 1024n;
      power++;
    }
    return `${sign}${value}${BINARY[power]}`;
  }
  let value = absolute;
  let power = 0;
  const last = format === 'exponent' ? Number.POSITIVE_INFINITY : DECIMAL.length - 1;
  while (power < last && value % 1000n === 0n) {
    value /= 1000n;
    power++;
  }
  if (format !== 'exponent') return `${sign}${value}${DECIMAL[power]}`;
  const exponent = (power - 3) * 3;
  return exponent === 0 ? `${sign}${value}` : `${sign}${value}e${exponent}`;
}

/** The canonical text of an amount (`1000m` is `1`), or the error with upstream's words. */
export function canonicalQuantity(text: string): string | Error {
  const quantity = parseQuantity(text);
  return quantity instanceof Error ? quantity : formatQuantity(quantity);
}
