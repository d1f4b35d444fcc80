import type { Json } from '../api/object.ts';
import { own } from '../api/own.ts';
import type { ListAtom } from './atom.ts';
import { type Element, elementJson, valueElement } from './element.ts';
import { goQuote } from '../api/field-error.ts';
import { isMap } from './value.ts';

/** An item that its list's rules can't name. */
export class ItemError extends Error {
  override name = 'ItemError';
}

/** The path element of an item of a set or map list (`typed/helpers.go`). Throws ItemError. */
export function itemElement(list: ListAtom, item: Json): Element {
  if (list.keys.length > 0) return keyedElement(list, item);
  if (item === null) throw new ItemError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new ItemError('not supported: associative list with lists as elements');
  if (isMap(item)) throw new ItemError("associative list without keys has an element that's a map type");
  return valueElement(item);
}

function keyedElement(list: ListAtom, item: Json): Element {
  if (item === null) throw new ItemError('associative list with keys may not have a null element');
  if (!isMap(item)) throw new ItemError('associative list with keys may not have non-map elements');
  let text = '';
  for (const key of list.keys) {
    const value = own(item, key.name);
    const known = value === undefined ? key.default : value;
    if (known === undefined) continue;
    text += `${text && ','}${key.json}${elementJson(known)}`;
  }
  if (!text) {
    const names = list.keyNames.map(goQuote).join(' ');
    throw new ItemError(
      `associative list with keys has an element that omits all key fields [${names}] ` +
        "(and doesn't have default values for any key fields)",
    );
  }
  return `k:{${text}}`;
}
