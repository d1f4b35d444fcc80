import type { Json } from './case.ts';
import type { Answer } from './run.ts';

/** Where two servers answer a step otherwise. */
export interface Difference {
  case: string;
  /** The number of the step, from 0. */
  step: number;
  /** From the answer's root, such as `body.spec.ports[0].nodePort`. */
  path: string;
  first: Json;
  second: Json;
}

/** The differences of two servers' answers to one case, which went through `neutral` before. */
export function compareAnswers(name: string, first: readonly Answer[], second: readonly Answer[]): Difference[] {
  const differences: Difference[] = [];
  const count = Math.max(first.length, second.length);
  for (let step = 0; step < count; step++) {
    for (const found of compareValues(first[step], second[step])) differences.push({ case: name, step, ...found });
  }
  return differences;
}

/** The paths at which two JSON values differ; `undefined` is what is absent. The order of keys is none of JSON's. */
export function compareValues(first: Json, second: Json, path = ''): { path: string; first: Json; second: Json }[] {
  if (Object.is(first, second)) return [];
  if (Array.isArray(first) && Array.isArray(second)) {
    const length = Math.max(first.length, second.length);
    return Array.from({ length }, (_, i) => compareValues(first[i], second[i], `${path}[${i}]`)).flat();
  }
  if (isObject(first) && isObject(second)) {
    const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])].toSorted();
    return keys.flatMap((key) => compareValues(first[key], second[key], path === '' ? key : `${path}.${key}`));
  }
  return [{ path, first, second }];
}

const isObject = (value: Json): value is Record<string, Json> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
