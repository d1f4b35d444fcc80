/**
 * Go prints a value of type string with its own escapes, and a value of a named string type or a pointer as JSON.
 * `typed` marks the latter for api/field-error.ts.
 */
export const typed = (value: string | undefined): unknown => (value === undefined ? null : Object(value));

const SPACE = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const AROUND = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, 'g');

/** Go's strings.TrimSpace, which takes other characters for space than JavaScript does. */
export const trimSpace = (text: string): string => text.replace(AROUND, '');
