import { endpointName } from '../tools/endpoint.ts';

/** In CI every trial is made, on moto; elsewhere, and on further endpoints, one of so many. */
const ONE_OF = process.env['CI'] === 'true' && endpointName() === 'moto' ? 1 : 3;

/** The trials of a long list that this run makes, spread evenly over the list. */
export function sample<T>(trials: readonly T[]): T[] {
  return trials.filter((_, index) => index % ONE_OF === 0);
}
