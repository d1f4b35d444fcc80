import type { KubeObject } from '../api/object.ts';
import { fromStoredEvent, toStoredEvent } from '../kinds/strategies/events.ts';
import { readService } from '../service/defaults.ts';
import type { Item } from '../store/store.ts';
import type { Served } from './kinds.ts';

/** A stored item in the form in which a kind's writes work on it: events have two kinds for one stored object. */
export const liveForm = (kind: Served, { object }: Item): KubeObject =>
  kind.storedAs ? fromStoredEvent(object) : object;

/** A stored item as clients see it. */
export function viewOf(kind: Served, item: Item): { object: KubeObject; text: string } {
  const object = kind.stored === 'services' ? readService(item.object) : liveForm(kind, item);
  if (object === item.object) return item;
  const cacheKey = `view ${kind.apiVersion}`;
  let text = item.encoded.get(cacheKey) as string | undefined;
  if (text === undefined) {
    text = JSON.stringify(object);
    item.encoded.set(cacheKey, text);
  }
  return { object, text };
}

/**
 * How the `status` of a Service is answered: as it is stored, for upstream's status storage has no decorator. The item has
 * texts of its own.
 */
export function asStored(kind: Served, item: Item): { kind: Served; item: Item } {
  if (kind.stored !== 'services' || readService(item.object) === item.object) return { kind, item };
  const { schema, listSchema } = kind;
  return { kind: { ...kind, schema, listSchema, stored: 'services/status' }, item: { ...item, encoded: new Map() } };
}

/** An object of a kind as it is stored. */
export const storedForm = (kind: Served, object: KubeObject): KubeObject =>
  kind.storedAs ? toStoredEvent(object) : object;
