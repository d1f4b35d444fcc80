import { goQuote } from '../api/field-error.ts';

/** A moment: milliseconds since 1970 and the nanoseconds within the millisecond. */
export interface Moment {
  ms: number;
  nanos: number;
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 as Go's time.Parse reads it; the error has its words. */
export function parseTime(text: string): Moment | Error {
  const match = RFC3339.exec(text);
  const ms = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN;
  if (!match || Number.isNaN(ms)) {
    const layout = '2006-01-02T15:04:05Z07:00';
    return new Error(
      `parsing time ${goQuote(text)} as ${goQuote(layout)}: cannot parse ${goQuote(text)} as ${goQuote('2006')}`,
    );
  }
  const fraction = Number((match[2] ?? '').slice(0, 9).padEnd(9, '0'));
  return { ms: ms + Math.floor(fraction / 1e6), nanos: fraction % 1e6 };
}

const MICRO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(.*?)(?:Z|[+-]\d\d:\d\d)$/;

/** As `parseTime`, but with exactly six decimals, as metav1.MicroTime wants them. */
export function parseMicroTime(text: string): Moment | Error {
  const fraction = MICRO.exec(text)?.[1];
  if (fraction === undefined || /^\.\d{6}$/.test(fraction)) return parseTime(text);
  const rest = text.slice(text.indexOf('T') + 9);
  return new Error(
    `parsing time ${goQuote(text)} as ${goQuote('2006-01-02T15:04:05.000000Z07:00')}: ` +
      `cannot parse ${goQuote(rest)} as ${goQuote('.000000')}`,
  );
}

/** metav1.Time: `2026-01-02T03:04:05Z`. */
export const wholeSeconds = ({ ms }: Moment): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** metav1.MicroTime: `2026-01-02T03:04:05.123456Z`. */
export function microTime({ ms, nanos }: Moment): string {
  const micros = Math.floor(nanos / 1000);
  return `${new Date(ms).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
}
