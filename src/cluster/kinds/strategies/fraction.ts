import { goQuote } from '../../api/field-error.ts';
import { formatQuantity, parseQuantity } from '../../schema/quantity.ts';

const BILLION = 1_000_000_000n;
const MILLION = 1_000_000n;
/** Upstream counts in thousandths of 64 bits; what is beyond is no multiple of 1000. */
const MOST = (1n << 63n) - 1n;

/** The warning about an amount of bytes that is not whole. */
export function fractionWarning(amount: unknown, path: string): string[] {
  const quantity = typeof amount === 'string' ? parseQuantity(amount) : undefined;
  if (!quantity || quantity instanceof Error) return [];
  if (quantity.nanos % BILLION === 0n && quantity.nanos / MILLION <= MOST) return [];
  return [`${path}: fractional byte value ${goQuote(formatQuantity(quantity))} is invalid, must be an integer`];
}
