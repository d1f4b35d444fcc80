import { goQuote } from '../api/field-error.ts';
import type { Json, JsonObject } from '../api/object.ts';
import { put } from '../api/own.ts';

/** What `parseJson` gives. */
export interface Parsed {
  value: Json;
  /** Paths of fields that an object has twice: `spec.ports[0].port`. The last one counts. */
  duplicates: string[];
}

/** Text that is not JSON; the words are those of Go's encoding/json. */
export class JsonSyntaxError extends Error {
  override name = 'JsonSyntaxError';
}

/** What JSON.parse of Node 24 has beyond its types: literals that keep their text. */
const RAW = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: Json, context: { source?: string }) => Json): Json;
  rawJSON(source: string): Json;
  isRawJSON(value: unknown): value is { rawJSON: string };
};

/** A number that is not written as an integer, or that has more digits than JavaScript can hold exactly. */
const SPECIAL_NUMBER = /[[:,]\s*-?(\d+(\.\d|[eE])|\d{16})/;

/** Whether a text has numbers that `literals` would keep as they are written (or a string that looks like it). */
export const hasSpecialNumber = (text: string): boolean => SPECIAL_NUMBER.test(text);

const PLAIN_INTEGER = /^-?\d{1,15}$/;

/** The text of a number that `parseJson` has kept as it was written; undefined for every other value. */
export const literalOf = (value: Json): string | undefined =>
  typeof value === 'object' && RAW.isRawJSON(value) ? value.rawJSON : undefined;

/** The number of such a text as Go has it in an `interface{}`: int64 where it is an integer that fits, else float64. */
export function isInt64(literal: string): boolean {
  if (!/^-?\d+$/.test(literal)) return false;
  const value = BigInt(literal);
  return value < 2n ** 63n && value >= -(2n ** 63n);
}

/** The first number that no float64 can hold, as it was written. */
export function beyondFloat(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const literal = literalOf(value);
  if (literal !== undefined) return Number.isFinite(Number(literal)) ? undefined : literal;
  for (const inner of Object.values(value)) {
    const found = beyondFloat(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A copy that shares nothing but literals, which can't change. */
export function cloneJson<T extends Json>(value: T): T {
  if (typeof value !== 'object' || value === null || literalOf(value) !== undefined) return value;
  if (Array.isArray(value)) return value.map(cloneJson) as unknown as T;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) put(out, key, cloneJson(value[key] as Json));
  return out as T;
}

const withLiterals = (text: string): Json =>
  RAW.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !PLAIN_INTEGER.test(source) ? RAW.rawJSON(source) : value,
  );

/** Whether a text has escapes that stand for halves of characters. */
export const hasSurrogates = (text: string): boolean => /\\u[dD][89a-fA-F]/.test(text);

/** Go reads half a character as U+FFFD. */
function wellFormed(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || literalOf(value) !== undefined) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  const out: JsonObject = {};
  for (const key of Object.keys(value)) put(out, key.toWellFormed(), wellFormed(value[key] as Json));
  return out;
}

/** Strings, of which those before a colon are keys. */
const STRINGS = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/**
 * Parses JSON as Go does: the same texts are refused, with the same words, and duplicate keys are found. With `literals`,
 * numbers with a fraction, an exponent or many digits keep their text (`literalOf`): Go takes `80.0` for no integer.
 */
export function parseJson(text: string, { literals = false } = {}): Parsed {
  let value: Json;
  try {
    value = literals && hasSpecialNumber(text) ? withLiterals(text) : (JSON.parse(text) as Json);
  } catch (error) {
    // V8's own limit is a little above Go's.
    if (error instanceof RangeError)
      throw new JsonSyntaxError(`invalid character '${firstBeyond(text)}' exceeded max depth`);
    throw new JsonSyntaxError(new Scanner(text).problem());
  }
  if (hasSurrogates(text)) value = wellFormed(value);
  if (isDeep(value)) throw new JsonSyntaxError(`invalid character '${firstBeyond(text)}' exceeded max depth`);
  let keys = 0;
  for (const match of text.matchAll(STRINGS)) if (match[1] !== undefined) keys++;
  // JSON.parse keeps one of two equal keys: only a text with more keys than the value has one.
  const duplicates = keys === countKeys(value) ? [] : new Scanner(text).duplicates();
  return { value, duplicates };
}

/** As encoding/json. */
const DEPTH_MOST = 10_000;

/** The bracket that opens one level too many. */
function firstBeyond(text: string): string {
  let depth = 0;
  for (const [match] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (match === '{' || match === '[') depth++;
    else if (match === '}' || match === ']') depth--;
    if (depth > DEPTH_MOST) return match;
  }
  return '{';
}

/** Whether it is deeper than Go reads; level by level, so that depth can't hurt. */
export function isDeep(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= DEPTH_MOST) return true;
    const next: Json[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue;
      for (const inner of Object.values(one)) if (typeof inner === 'object' && inner !== null) next.push(inner);
    }
    level = next;
  }
  return false;
}

/**
 * What strict decoding says, in the order of the document: duplicate fields and, of those given, unknown ones; both by
 * their paths.
 */
export function inDocumentOrder(text: string, unknown: readonly string[]): { path: string; duplicate: boolean }[] {
  const left = new Set(unknown);
  const found: { path: string; duplicate: boolean }[] = [];
  new Scanner(text, (path, duplicate) => {
    if (duplicate) found.push({ path, duplicate });
    if (left.delete(path)) found.push({ path, duplicate: false });
  }).duplicates();
  return found;
}

/** With a stack of its own, so that depth can't hurt. */
function countKeys(value: Json): number {
  let count = 0;
  const left: Json[] = [value];
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (typeof one !== 'object' || one === null || literalOf(one) !== undefined) continue;
    const inner = Object.values(one);
    if (!Array.isArray(one)) count += inner.length;
    for (const next of inner) if (typeof next === 'object' && next !== null) left.push(next);
  }
  return count;
}

/** `duplicate field "spec.type"`, as in warnings and strict decoding errors. */
export const duplicateField = (path: string): string => `duplicate field ${goQuote(path)}`;

/** Go reads bytes: of a character beyond ASCII it names the first one. */
const printChar = (text: string): string => {
  const char = text > '\x7f' ? String.fromCharCode(Buffer.from(text)[0] ?? 0) : text;
  if (char === "'") return `'\\''`;
  if (char === '"') return `'"'`;
  return `'${goQuote(char).slice(1, -1)}'`;
};

/** A slow reader that knows where it is; only for texts that something is wrong with. */
class Scanner {
  readonly #text: string;
  #at = 0;
  readonly #duplicates: string[] = [];
  readonly #visit: ((path: string, duplicate: boolean) => void) | undefined;

  /** `visit` is told of each field when its name has been read. */
  constructor(text: string, visit?: (path: string, duplicate: boolean) => void) {
    this.#text = text;
    this.#visit = visit;
  }

  duplicates(): string[] {
    this.#value('');
    return this.#duplicates;
  }

  /** What Go says about a text that JSON.parse refuses. */
  problem(): string {
    try {
      this.#space();
      this.#value('');
      this.#space();
      if (this.#at < this.#text.length) this.#fail('after top-level value');
    } catch (error) {
      if (error instanceof JsonSyntaxError) return error.message;
      throw error;
    }
    return 'invalid JSON';
  }

  #fail(context: string): never {
    const char = this.#text[this.#at];
    if (char === undefined) throw new JsonSyntaxError('unexpected end of JSON input');
    throw new JsonSyntaxError(`invalid character ${printChar(char)} ${context}`);
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #value(path: string): void {
    this.#space();
    const char = this.#text[this.#at] ?? '';
    if (char === '{') this.#object(path);
    else if (char === '[') this.#array(path);
    else if (char === '"') this.#string();
    else if (char === '-' || (char >= '0' && char <= '9')) this.#number();
    else if (char === 't') this.#literal('true');
    else if (char === 'f') this.#literal('false');
    else if (char === 'n') this.#literal('null');
    else this.#fail('looking for beginning of value');
  }

  #object(path: string): void {
    const seen = new Set<string>();
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return;
    }
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail('looking for beginning of object key string');
      const key = this.#string();
      const inner = path ? `${path}.${key}` : key;
      const again = seen.has(key);
      if (again) this.#duplicates.push(inner);
      seen.add(key);
      this.#visit?.(inner, again);
      this.#space();
      if (this.#text[this.#at] !== ':') this.#fail('after object key');
      this.#at++;
      this.#value(inner);
      this.#space();
      const next = this.#text[this.#at];
      if (next === '}') {
        this.#at++;
        return;
      }
      if (next !== ',') this.#fail('after object key:value pair');
      this.#at++;
    }
  }

  #array(path: string): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return;
    }
    for (let index = 0; ; index++) {
      this.#value(`${path}[${index}]`);
      this.#space();
      const next = this.#text[this.#at];
      if (next === ']') {
        this.#at++;
        return;
      }
      if (next !== ',') this.#fail('after array element');
      this.#at++;
    }
  }

  #string(): string {
    const start = this.#at;
    this.#at++;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) this.#fail('');
      if (char === '"') break;
      if (char < ' ') this.#fail('in string literal');
      if (char === '\\') {
        this.#at++;
        const escape = this.#text[this.#at] ?? '';
        if (escape === 'u') {
          for (let count = 0; count < 4; count++) {
            this.#at++;
            if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.#fail('in \\u hexadecimal character escape');
          }
        } else if (!/["\\/bfnrt]/.test(escape)) this.#fail('in string escape code');
      }
      this.#at++;
    }
    this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #number(): void {
    if (this.#text[this.#at] === '-') {
      this.#at++;
      if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail('in numeric literal');
    }
    if (this.#text[this.#at] === '0') this.#at++;
    else while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#at++;
    if (this.#text[this.#at] === '.') {
      this.#at++;
      if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail('after decimal point in numeric literal');
      while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#at++;
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[+-]/.test(this.#text[this.#at] ?? '')) this.#at++;
      if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail('in exponent of numeric literal');
      while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#at++;
    }
  }

  #literal(word: string): void {
    for (let index = 1; index < word.length; index++) {
      this.#at++;
      if (this.#text[this.#at] !== word[index])
        this.#fail(`in literal ${word} (expecting ${printChar(word[index] ?? '')})`);
    }
    this.#at++;
  }
}
