import type { Json } from './object.ts';

/** `reason` of a cause in a Status (apimachinery `pkg/util/validation/field`). */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooShort'
  | 'FieldValueTooMany'
  | 'FieldValueTooFew'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

const TITLES: Record<FieldErrorType, string> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooShort: 'Too short',
  FieldValueTooMany: 'Too many',
  FieldValueTooFew: 'Too few',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
};

/** What is wrong with one field, worded as upstream words it. */
export interface FieldError {
  type: FieldErrorType;
  /** Path such as `spec.ports[0].port`. */
  field: string;
  /** The message without the field, as in a cause: `Invalid value: 0: must be …`. */
  message: string;
  /** Under which option of the cluster this is no error. */
  exemption?: Exemption;
}

/** Rules of upstream's that a cluster may be started without: endpoints in 127.0.0.0/8 and at ::1. */
export type Exemption = 'loopbackEndpoints';

/** A value as upstream prints it: strings quoted as Go quotes them, everything else as JSON. */
export function printed(value: unknown): string {
  if (typeof value === 'string') return goQuote(value);
  return escapeHtml(JSON.stringify(value) ?? 'null');
}

/** Go's encoding/json writes these characters escaped. */
export function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const GO_ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '"': '\\"',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** Go's strconv.Quote (the `%q` of its messages). */
export function goQuote(text: string): string {
  let out = '"';
  for (const one of text) {
    const escape = GO_ESCAPES[one];
    if (escape) out += escape;
    else if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(one)) out += one;
    else {
      const code = one.codePointAt(0) ?? 0;
      if (code < 0x80) out += `\\x${code.toString(16).padStart(2, '0')}`;
      else if (code > 0xffff) out += `\\U${code.toString(16).padStart(8, '0')}`;
      else out += `\\u${code.toString(16).padStart(4, '0')}`;
    }
  }
  return `${out}"`;
}

function make(type: FieldErrorType, field: string, value: string | undefined, detail: string): FieldError {
  const head = value === undefined ? TITLES[type] : `${TITLES[type]}: ${value}`;
  return { type, field, message: detail ? `${head}: ${detail}` : head };
}

export const required = (field: string, detail = ''): FieldError =>
  make('FieldValueRequired', field, undefined, detail);

export const forbidden = (field: string, detail: string): FieldError =>
  make('FieldValueForbidden', field, undefined, detail);

export const invalid = (field: string, value: unknown, detail: string): FieldError =>
  make('FieldValueInvalid', field, printed(value), detail);

export const typeInvalid = (field: string, value: unknown, detail: string): FieldError =>
  make('FieldValueTypeInvalid', field, printed(value), detail);

export const duplicate = (field: string, value: unknown): FieldError =>
  make('FieldValueDuplicate', field, printed(value), '');

export const notFound = (field: string, value: unknown): FieldError =>
  make('FieldValueNotFound', field, printed(value), '');

/** `supported` is listed in the order given. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => {
  const detail = supported.length > 0 ? `supported values: ${supported.map(goQuote).join(', ')}` : '';
  return make('FieldValueNotSupported', field, printed(value), detail);
};

/** `unit` is `byte` or `character`. */
export const tooLong = (field: string, most: number, unit: 'byte' | 'character' = 'byte'): FieldError =>
  make('FieldValueTooLong', field, undefined, `may not be more than ${most} ${unit}${most === 1 ? '' : 's'}`);

export const tooShort = (field: string, least: number): FieldError =>
  make('FieldValueTooShort', field, undefined, `must be at least ${least} character${least === 1 ? '' : 's'}`);

export const tooMany = (field: string, actual: number, most: number): FieldError =>
  make('FieldValueTooMany', field, String(actual), `must have at most ${most} item${most === 1 ? '' : 's'}`);

export const internal = (field: string, message: string): FieldError =>
  make('InternalError', field, undefined, message);

/** `spec.ports` and 0 give `spec.ports[0]`. */
export const at = (path: string, index: number): string => `${path}[${index}]`;

/** `spec.selector` and a key give `spec.selector[key]`. */
export const keyed = (path: string, key: string): string => `${path}[${key}]`;

/** One error as a line: `spec.ports[0].port: Invalid value: 0: must be …`. */
export const line = (error: FieldError): string => `${error.field}: ${error.message}`;

/** Several errors in one message: repeated lines once, in brackets when there are several (Go's aggregate errors). */
export function lines(errors: readonly FieldError[]): string {
  const all = [...new Set(errors.map(line))];
  return all.length === 1 ? (all[0] ?? '') : `[${all.join(', ')}]`;
}

/** A cause in a Status. */
export const cause = (error: FieldError): { [key: string]: Json } => ({
  reason: error.type,
  message: error.message,
  field: error.field,
});
