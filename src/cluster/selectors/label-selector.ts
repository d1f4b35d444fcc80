import { badRequest } from '../api/status.ts';
import { goQuote } from '../api/field-error.ts';
import type { LabelSelectorObject } from '../validation/selector.ts';
import { parseRequirements } from './label-grammar.ts';
import {
  type Labels,
  type Operator,
  type Requirement,
  requirement,
  requirementText,
  SelectorError,
  test,
} from './requirement.ts';

/** Which labels are selected. */
export interface LabelSelector {
  matches(labels: Labels): boolean;
  /** Selects everything. */
  empty: boolean;
  /** As upstream prints it, requirements by key: `a=b,c in (d,e),!f`. */
  text: string;
  requirements: readonly Requirement[];
}

const NOTHING: LabelSelector = { matches: () => false, empty: false, text: '', requirements: [] };

function selectorOf(list: readonly Requirement[]): LabelSelector {
  // By key; the sort is stable.
  const requirements = [...list].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const tests = requirements.map(test);
  const [first, second] = tests;
  const matches =
    first && !second
      ? first
      : (labels: Labels): boolean => {
          for (const one of tests) if (!one(labels)) return false;
          return true;
        };
  return { matches, empty: tests.length === 0, text: requirements.map(requirementText).join(','), requirements };
}

/**
 * The `labelSelector` of a query (apimachinery `pkg/labels`): `a=b,c!=d,e in (f,g),!h,i>5`. Throws 400 with upstream's
 * words.
 */
export function parseLabelSelector(text: string): LabelSelector {
  try {
    return selectorOf(parseRequirements(text));
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

const OPERATORS: Readonly<Record<string, Operator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/**
 * A metav1.LabelSelector as a matcher: none selects nothing, an empty one everything. Throws SelectorError for one
 * that is invalid.
 */
export function labelSelectorOf(selector: LabelSelectorObject | undefined | null): LabelSelector {
  if (!selector) return NOTHING;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => requirement(key, '=', [value]));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (!known) throw new SelectorError(`${goQuote(operator)} is not a valid label selector operator`);
    requirements.push(requirement(key, known, values ?? []));
  }
  return selectorOf(requirements);
}

/** Plain labels that must all be there (a Service's selector); nothing is checked, and no labels select everything. */
export const selectorFromLabels = (labels: Labels | undefined | null): LabelSelector =>
  selectorOf(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })));

/** A metav1.LabelSelector as text, '' for none and for an empty one. Throws SelectorError for one that is invalid. */
export const selectorText = (selector: LabelSelectorObject | undefined | null): string =>
  labelSelectorOf(selector).text;
