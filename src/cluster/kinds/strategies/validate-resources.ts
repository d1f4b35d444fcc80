/** What containers ask for (kubernetes `pkg/apis/core/validation`, `validateResourceRequirements`). */
import {
  at,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  keyed,
  notFound,
  required,
} from '../../api/field-error.ts';
import { parseQuantity } from '../../schema/quantity.ts';
import { isDns1123Label } from '../../validation/names.ts';
import { all, list, nanosOf, type Part } from './common.ts';
import { isHugePages, mayOvercommit, validateAmount } from './resources.ts';

type NameCheck = (name: string, path: string) => FieldError[];

function hugePagesProblem(name: string, amount: string): string | undefined {
  const text = name.slice('hugepages-'.length);
  const size = parseQuantity(text);
  if (size instanceof Error || size.nanos <= 0n || nanosOf(amount) % size.nanos !== 0n) {
    return `${amount} is not positive integer multiple of ${name}`;
  }
  return undefined;
}

/** Limits and requests; a request may not be more than its limit. */
export function validateRequirements(
  resources: Part,
  path: string,
  checkName: NameCheck,
  claimNames: ReadonlySet<string> = new Set(),
): FieldError[] {
  const limits: Record<string, string> = resources['limits'] ?? {};
  const requests: Record<string, string> = resources['requests'] ?? {};
  const errors: FieldError[] = [];
  const checkAmount = (name: string, amount: string, place: string) => {
    errors.push(...checkName(name, place), ...validateAmount(name, amount, place));
  };
  const checkPages = (name: string, amount: string, place: string) => {
    const wrong = isHugePages(name) ? hugePagesProblem(name, amount) : undefined;
    if (wrong) errors.push(invalid(place, amount, wrong));
  };
  for (const [name, amount] of Object.entries(limits)) {
    const place = keyed(`${path}.limits`, name);
    checkAmount(name, amount, place);
    checkPages(name, amount, place);
  }
  for (const [name, amount] of Object.entries(requests)) {
    const place = keyed(`${path}.requests`, name);
    checkAmount(name, amount, place);
    const limit = limits[name];
    if (limit !== undefined) {
      const [asked, most] = [nanosOf(amount), nanosOf(limit)];
      if (asked !== most && !mayOvercommit(name)) {
        errors.push(invalid(`${path}.requests`, amount, `must be equal to ${name} limit of ${limit}`));
      } else if (asked > most) {
        errors.push(invalid(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`));
      }
    } else if (!mayOvercommit(name)) {
      errors.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    }
    checkPages(name, amount, place);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory')) {
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  }
  return [...errors, ...validateClaims(list(resources['claims']), `${path}.claims`, claimNames)];
}

function validateClaims(claims: Part[], path: string, known: ReadonlySet<string>): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap(({ name = '', request = '' }, index) => {
    const place = at(path, index);
    const errors: FieldError[] = [];
    if (!name) errors.push(required(place));
    else if (seen.has(name)) errors.push(duplicate(place, name));
    else {
      if (request) errors.push(...all(`${place}.request`, request, isDns1123Label(request)));
      const key = request ? `${name}/${request}` : name;
      if (seen.has(key)) errors.push(duplicate(place, key));
      else if (!request && [...seen].some((one) => one.startsWith(`${name}/`))) errors.push(duplicate(place, name));
      seen.add(key);
    }
    if (name && !known.has(name)) {
      const error = notFound(place, name);
      const names = known.size > 0 ? `: ${[...known].sort().join(', ')}` : ' which is empty';
      errors.push({
        ...error,
        message: `${error.message}: must be one of the names in pod.spec.resourceClaims${names}`,
      });
    }
    return errors;
  });
}
