/** metav1.Time and metav1.MicroTime, read and refused as Go's `time.Parse` does. Pure. */

/** A moment: milliseconds since 1970 and the nanoseconds within the millisecond. */
export interface Moment {
  ms: number;
  nanos: number;
}

const LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';

/** A text that has not the layout: Go's time.ParseError. */
class Misfit extends Error {}

/** Go's package time quotes bytes beyond ASCII one by one. */
function quoted(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte);
    if (byte >= 0x80 || byte < 0x20) out += `\\x${byte.toString(16).padStart(2, '0')}`;
    else out += char === '"' || char === '\\' ? `\\${char}` : char;
  }
  return `"${out}"`;
}

/** Reads a text from left to right, element by element of a layout. */
class Reader {
  readonly #text: string;
  readonly #layout: string;
  rest: string;

  constructor(text: string, layout: string) {
    this.#text = text;
    this.#layout = layout;
    this.rest = text;
  }

  misfit(element: string, at = this.rest): Misfit {
    const [text, layout] = [quoted(this.#text), quoted(this.#layout)];
    return new Misfit(`parsing time ${text} as ${layout}: cannot parse ${quoted(at)} as ${quoted(element)}`);
  }

  outOfRange(what: string): Misfit {
    return new Misfit(`parsing time ${quoted(this.#text)}: ${what} out of range`);
  }

  literal(text: string): void {
    if (!this.rest.startsWith(text)) throw this.misfit(text);
    this.rest = this.rest.slice(text.length);
  }

  /** A number by a pattern; `element` is what the layout calls it. */
  number(pattern: RegExp, element: string): number {
    const match = pattern.exec(this.rest);
    if (!match) throw this.misfit(element);
    this.rest = this.rest.slice(match[0].length);
    return Number(match[0]);
  }

  end(): void {
    if (this.rest !== '') throw new Misfit(`parsing time ${quoted(this.#text)}: extra text: ${quoted(this.rest)}`);
  }
}

const TWO = /^\d\d/;

/** A fraction of a second in nanoseconds: what is beyond the ninth digit is cut off. */
const nanoseconds = (digits: string): number => Number(digits.slice(0, 9).padEnd(9, '0'));

function read(text: string, layout: string, micro: boolean): Moment {
  const reader = new Reader(text, layout);
  const year = reader.number(/^\d{4}/, '2006');
  reader.literal('-');
  const month = reader.number(TWO, '01');
  if (month < 1 || month > 12) throw reader.outOfRange('month');
  reader.literal('-');
  const day = reader.number(TWO, '02');
  reader.literal('T');
  // The one element that may have one digit (golang/go#54580).
  const hour = reader.number(/^\d\d?/, '15');
  if (hour > 23) throw reader.outOfRange('hour');
  reader.literal(':');
  const minute = reader.number(TWO, '04');
  if (minute > 59) throw reader.outOfRange('minute');
  reader.literal(':');
  const second = reader.number(TWO, '05');
  if (second > 59) throw reader.outOfRange('second');
  const fraction = (micro ? /^[.,](\d{6})/ : /^[.,](\d+)/).exec(reader.rest);
  if (micro && !fraction) throw reader.misfit('.000000');
  if (fraction) reader.rest = reader.rest.slice(fraction[0].length);
  const offset = zone(reader);
  reader.end();
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) throw reader.outOfRange('day');
  date.setUTCHours(hour, minute, second);
  const nanos = nanoseconds(fraction?.[1] ?? '');
  return { ms: date.getTime() - offset * 60_000 + Math.floor(nanos / 1e6), nanos: nanos % 1e6 };
}

/** Minutes east of UTC. */
function zone(reader: Reader): number {
  const { rest } = reader;
  if (rest.startsWith('Z')) {
    reader.rest = rest.slice(1);
    return 0;
  }
  const match = /^([+-])(\d\d):(\d\d)/.exec(rest);
  if (!match) throw reader.misfit('Z07:00');
  const [hours, minutes] = [Number(match[2]), Number(match[3])];
  if (hours > 24) throw reader.outOfRange('time zone offset hour');
  if (minutes > 60) throw reader.outOfRange('time zone offset minute');
  reader.rest = rest.slice(match[0].length);
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function parse(text: string, layout: string, micro: boolean): Moment | Error {
  try {
    return read(text, layout, micro);
  } catch (error) {
    if (error instanceof Misfit) return error;
    throw error;
  }
}

/** RFC 3339 as Go's time.Parse reads it; the error has its words. */
export const parseTime = (text: string): Moment | Error => parse(text, LAYOUT, false);

/** As `parseTime`, but with exactly six decimals, as metav1.MicroTime wants them. */
export const parseMicroTime = (text: string): Moment | Error => parse(text, MICRO_LAYOUT, true);

/** metav1.Time: `2026-01-02T03:04:05Z`. */
export const wholeSeconds = ({ ms }: Moment): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** metav1.MicroTime: `2026-01-02T03:04:05.123456Z`. */
export function microTime({ ms, nanos }: Moment): string {
  const micros = Math.floor(nanos / 1000);
  return `${new Date(ms).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
}
