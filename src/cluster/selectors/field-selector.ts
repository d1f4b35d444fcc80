import { badRequest } from '../api/status.ts';
import type { Kind } from '../kinds/kind.ts';
import { unsupportedField } from '../kinds/selectable.ts';

/** Which objects are selected by their fields. */
export interface FieldSelector {
  /** `value` gives the text of a field. */
  matches(value: (field: string) => string): boolean;
  /** Selects everything. */
  empty: boolean;
  terms: readonly FieldTerm[];
  /** The value that a field must have, undefined when there is none. */
  requires(field: string): string | undefined;
}

export interface FieldTerm {
  field: string;
  operator: '=' | '!=';
  value: string;
}

/**
 * The `fieldSelector` of a query (apimachinery `pkg/fields`): `a=b,c!=d`, where backslash, comma and equals sign of a
 * value have a backslash before them. `supported` are the fields that the kind takes. Throws 400 with upstream's words.
 */
export function parseFieldSelector(
  text: string,
  supported: readonly string[],
  kind: Pick<Kind, 'group' | 'kind' | 'selectable'>,
): FieldSelector {
  const terms = parseTerms(text);
  for (const { field } of terms) if (!supported.includes(field)) throw badRequest(unsupportedField(kind, field));
  return {
    matches: (value) => {
      for (const term of terms) if ((value(term.field) === term.value) !== (term.operator === '=')) return false;
      return true;
    },
    empty: terms.length === 0,
    terms,
    requires: (field) => terms.find((term) => term.field === field && term.operator === '=')?.value,
  };
}

/** In the order of their texts, as upstream reads them: it decides which of several errors is reported. */
function parseTerms(text: string): FieldTerm[] {
  const terms: FieldTerm[] = [];
  for (const part of split(text).sort()) {
    if (part === '') continue;
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(part);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const [, field = '', operator, escaped = ''] = match;
    const value = unescapeValue(escaped);
    // Upstream drops a term that says nothing at all.
    if (field || value) terms.push({ field, operator: operator === '!=' ? '!=' : '=', value });
  }
  return terms;
}

/** At commas without a backslash before them. */
function split(text: string): string[] {
  if (text === '') return [];
  const terms = [''];
  let escaped = false;
  for (const one of text) {
    if (one === ',' && !escaped) {
      terms.push('');
      continue;
    }
    terms[terms.length - 1] += one;
    escaped = !escaped && one === '\\';
  }
  return terms;
}

function unescapeValue(text: string): string {
  let value = '';
  let escaped = false;
  for (const one of text) {
    if (escaped) {
      if (one !== '\\' && one !== ',' && one !== '=') {
        throw badRequest(`invalid field selector: invalid escape sequence: \\${one}`);
      }
      value += one;
      escaped = false;
    } else if (one === '\\') escaped = true;
    else if (one === ',' || one === '=') {
      // Upstream prints the character's number.
      throw badRequest(`invalid field selector: unescaped character in value: ${one.codePointAt(0) ?? 0}`);
    } else value += one;
  }
  if (escaped) throw badRequest('invalid field selector: invalid escape sequence: \\');
  return value;
}
