import type { KubeObject } from '../api/object.ts';
import { fromStoredEvent, toStoredEvent } from '../kinds/strategies/events.ts';
import type { Item } from '../store/store.ts';
import type { Served } from './kinds.ts';

/** A stored item as a kind shows it: events have two kinds for one stored object. */
export function viewOf(kind: Served, item: Item): { object: KubeObject; text: string } {
  if (!kind.storedAs) return item;
  const cacheKey = `view ${kind.apiVersion}`;
  let text = item.encoded.get(cacheKey) as string | undefined;
  const object = fromStoredEvent(item.object);
  if (text === undefined) {
    text = JSON.stringify(object);
    item.encoded.set(cacheKey, text);
  }
  return { object, text };
}

/** An object of a kind as it is stored. */
export const storedForm = (kind: Served, object: KubeObject): KubeObject =>
  kind.storedAs ? toStoredEvent(object) : object;
