import { type Managed, managerId, type Owned, seconds } from './managers.ts';
import { union } from './set.ts';
import { compareText } from './value.ts';

/** How many entries of updates an object keeps. */
const MOST_UPDATERS = 10;

const BUCKET = 'ancient-changes';

/** Merges the oldest updaters of a version into one when there are too many (`capmanagers.go`). */
export function capUpdaters({ managers, times }: Managed): void {
  const updaters = [...managers].filter(([, { applied }]) => !applied).map(([id]) => id);
  let count = updaters.length;
  if (count <= MOST_UPDATERS) return;
  updaters.sort((one, other) => seconds(times.get(one)) - seconds(times.get(other)) || compareText(one, other));
  const firsts = new Map<string, string>();
  for (const id of updaters) {
    if (count <= MOST_UPDATERS) break;
    const owned = managers.get(id) as Owned;
    const { apiVersion } = owned;
    const first = firsts.get(apiVersion);
    if (first === undefined) {
      firsts.set(apiVersion, id);
      continue;
    }
    const bucket = managerId({ manager: BUCKET, operation: 'Update', apiVersion, subresource: '' });
    let into = managers.get(bucket);
    if (!into) {
      into = managers.get(first) as Owned;
      managers.delete(first);
    }
    managers.set(bucket, { ...owned, set: union(owned.set, into.set) });
    managers.delete(id);
    count--;
    // The younger one's.
    times.set(bucket, times.get(id));
  }
}
