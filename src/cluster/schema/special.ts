import type { Json } from '../api/object.ts';
import { canonicalQuantity } from './quantity.ts';
import type { SpecialSchema } from './schema.ts';
import { microTime, parseMicroTime, parseTime, wholeSeconds } from './time.ts';

/** A value that its own type refuses, with words of its own. */
export class Refused extends Error {
  override name = 'Refused';
}

/** Go's zero time, which it writes as null. */
const ZERO_TIME_MS = Date.parse('0001-01-01T00:00:00Z');

/**
 * JSON of a type that reads itself, in the form in which it writes itself: undefined when its kind of JSON is wrong,
 * Refused when the value is.
 */
export function decodeSpecial(value: Json, name: string): Json | Refused | undefined {
  switch (name) {
    case 'Time':
    case 'MicroTime': {
      if (typeof value !== 'string') return undefined;
      const time = name === 'Time' ? parseTime(value) : parseMicroTime(value);
      if (time instanceof Error) return new Refused(time.message);
      if (time.ms === ZERO_TIME_MS && time.nanos === 0) return null;
      return name === 'Time' ? wholeSeconds(time) : microTime(time);
    }
    case 'Quantity': {
      if (typeof value !== 'string' && typeof value !== 'number') return undefined;
      const quantity = canonicalQuantity(String(value));
      return typeof quantity === 'string' ? quantity : new Refused(quantity.message);
    }
    case 'IntOrString':
      if (typeof value === 'string') return value;
      return typeof value === 'number' && Number.isInteger(value) && value <= 2147483647 && value >= -2147483648
        ? value
        : undefined;
    case 'Duration':
      return typeof value === 'string' ? value : undefined;
    default:
      return value;
  }
}

/** What Go writes for the zero value. */
export function zeroSpecial({ name }: SpecialSchema): Json {
  if (name === 'Quantity') return '0';
  if (name === 'IntOrString') return 0;
  return name === 'Duration' ? '0s' : null;
}
