import { at, type FieldError, forbidden, invalid, required } from '../api/field-error.ts';
import { validateLabelName, validateLabels } from './metadata.ts';
import { isLabelValue } from './names.ts';

/** metav1.LabelSelector as JSON. */
export interface LabelSelectorObject {
  matchLabels?: Record<string, string> | null;
  matchExpressions?: LabelSelectorExpression[] | null;
}

export interface LabelSelectorExpression {
  key: string;
  /** In, NotIn, Exists or DoesNotExist; anything else is an error. */
  operator: string;
  values?: string[] | null;
}

/** What a kind's rules leave out. */
export interface SelectorOptions {
  /** An old object has such a value already. */
  allowInvalidValues?: boolean;
  /** Access reviews pass on operators that they do not know. */
  allowUnknownOperators?: boolean;
}

/** metav1's ValidateLabelSelector (apimachinery `pkg/apis/meta/v1/validation`); no selector is fine. */
export function validateLabelSelector(
  selector: LabelSelectorObject | undefined | null,
  path: string,
  options: SelectorOptions = {},
): FieldError[] {
  if (!selector) return [];
  return [
    ...validateLabels(selector.matchLabels, `${path}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap((one, index) =>
      validateExpression(one, at(`${path}.matchExpressions`, index), options),
    ),
  ];
}

function validateExpression(expression: LabelSelectorExpression, path: string, options: SelectorOptions): FieldError[] {
  const errors: FieldError[] = [];
  const { key = '', operator = '' } = expression as Partial<LabelSelectorExpression>;
  const values = expression.values ?? [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        errors.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
      break;
    default:
      if (!options.allowUnknownOperators) {
        errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
      }
  }
  errors.push(...validateLabelName(key, `${path}.key`));
  if (options.allowInvalidValues) return errors;
  values.forEach((value, index) => {
    for (const wrong of isLabelValue(value)) errors.push(invalid(at(`${path}.values`, index), value, wrong));
  });
  return errors;
}

/** Has the selector a value that would be refused today? Then an update may keep such values. */
export const hasInvalidLabelValue = (selector: LabelSelectorObject | undefined | null): boolean =>
  (selector?.matchExpressions ?? []).some((one) => (one.values ?? []).some((value) => isLabelValue(value).length > 0));
