import { at, type FieldError, invalid, keyed, lines, notSupported } from '../api/field-error.ts';
import { isLabelValue, isQualifiedName } from '../validation/names.ts';

/** One condition of a label selector (apimachinery `pkg/labels`). */

export type Operator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!';

/** In the order that messages list them. */
export const BINARY_OPERATORS: readonly Operator[] = ['in', 'notin', '=', '==', '!=', 'gt', 'lt'];

export interface Requirement {
  key: string;
  operator: Operator;
  values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

/** What the label selector says is wrong; the caller decides what becomes of it. */
export class SelectorError extends Error {
  override name = 'SelectorError';
}

/** The key's one error, as upstream joins it; `path` is empty where there is none (Go prints `<nil>`). */
export function keyError(key: string, path: string): FieldError | undefined {
  const wrong = isQualifiedName(key);
  return wrong.length > 0 ? invalid(path, key, wrong.join('; ')) : undefined;
}

const MOST = 2n ** 63n - 1n;

/** Go's strconv.ParseInt(text, 10, 64); undefined for an error. */
function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ''));
  return value <= MOST && value >= -MOST - 1n ? value : undefined;
}

/** A checked requirement. Throws SelectorError with all that is wrong. */
export function requirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  const errors: FieldError[] = [];
  const wrongKey = keyError(key, 'key');
  if (wrongKey) errors.push(wrongKey);
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length === 0) {
        errors.push(invalid('values', values, "for 'in', 'notin' operators, values set can't be empty"));
      }
      break;
    case '=':
    case '==':
    case '!=':
      if (values.length !== 1) {
        errors.push(invalid('values', values, 'exact-match compatibility requires one single value'));
      }
      break;
    case 'exists':
    case '!':
      if (values.length > 0) {
        errors.push(invalid('values', values, 'values set must be empty for exists and does not exist'));
      }
      break;
    case 'gt':
    case 'lt':
      if (values.length !== 1) {
        errors.push(invalid('values', values, "for 'Gt', 'Lt' operators, exactly one value is required"));
      }
      values.forEach((value, index) => {
        if (parseInteger(value) === undefined) {
          errors.push(invalid(at('values', index), value, "for 'Gt', 'Lt' operators, the value must be an integer"));
        }
      });
      break;
    default:
      errors.push(notSupported('operator', operator, [...BINARY_OPERATORS, 'exists', '!']));
  }
  values.forEach((value, index) => {
    const wrong = isLabelValue(value);
    if (wrong.length > 0) errors.push(invalid(keyed(at('values', index), key), value, wrong.join('; ')));
  });
  if (errors.length > 0) throw new SelectorError(lines(errors));
  return { key, operator, values };
}

/** The requirement as a function, made once for many objects. */
export function test({ key, operator, values }: Requirement): (labels: Labels) => boolean {
  const [only = ''] = values;
  const one = values.length === 1;
  const set = new Set(values);
  const has = (value: string) => (one ? value === only : set.has(value));
  // Labels are plain objects: `constructor` is no label of theirs.
  const get = (labels: Labels): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return (labels) => {
        const value = get(labels);
        return value !== undefined && has(value);
      };
    case 'notin':
    case '!=':
      return (labels) => {
        const value = get(labels);
        return value === undefined || !has(value);
      };
    case 'exists':
      return (labels) => Object.hasOwn(labels, key);
    case '!':
      return (labels) => !Object.hasOwn(labels, key);
    case 'gt':
    case 'lt': {
      const bound = parseInteger(only);
      return (labels) => {
        const value = parseInteger(get(labels) ?? '');
        if (value === undefined || bound === undefined) return false;
        return operator === 'gt' ? value > bound : value < bound;
      };
    }
  }
}

/** The requirement as text: `a=b`, `a in (b,c)`, `!a`. */
export function requirementText({ key, operator, values }: Requirement): string {
  const list = [...values].sort().join(',');
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${list})`;
    case 'gt':
      return `${key}>${list}`;
    case 'lt':
      return `${key}<${list}`;
    default:
      return `${key}${operator}${list}`;
  }
}
