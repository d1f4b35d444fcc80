/** Durations as Go and Kubernetes write them (`10m`, `1h30m`, `1.5s`, `500ms`), held as milliseconds. */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5, the micro sign
  μs: 1e-3, // U+03BC, the Greek letter: Go reads both
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const wholeDuration = /^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const oneTerm = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Milliseconds of a Go-style duration, or undefined if the text isn't one. A sign or a bare number other than 0 isn't. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!wholeDuration.test(text)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(oneTerm)) total += Number(amount) * (unitMs[unit] ?? 0);
  return total;
}

/** The shortest Go-style text for a duration: `10m` rather than Go's own `10m0s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms === 0) return '0s';
  // Rounded before it is split, or 59.9999s would read 60s.
  if (ms < 999.9995) return `${round(ms)}ms`;
  return formatSeconds(Math.round(ms));
}

function formatSeconds(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = round((ms % 60_000) / 1000);
  return `${hours ? `${hours}h` : ''}${minutes ? `${minutes}m` : ''}${seconds ? `${seconds}s` : ''}`;
}

/** Three decimals: floating point must not show as 0.30000000000000004s. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
