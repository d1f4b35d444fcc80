/** Values as upstream's internal types print them, which is how some of its messages show them. Pure. */
import internal from '../../schema/internal.json' with { type: 'json' };
import type { Part } from './common.ts';

interface Field {
  /** The name that is printed. */
  go: string;
  /** The name that clients know. */
  json: string;
  /** `*PodAffinity`, `[]Container`, `{}string`, `Quantity`, … : see test/tools/cmd/kube-internal. */
  type: string;
}

const TYPES = new Map(
  Object.entries(internal as Record<string, string[]>).map(([name, fields]) => [
    name,
    fields.map((field): Field => {
      const [go = '', json = '', type = ''] = field.split(' ');
      return { go, json, type };
    }),
  ]),
);

/** Instead of a name: the fields of an embedded struct are its owner's. */
const EMBEDDED = '-';

const ZERO: Readonly<Record<string, unknown>> = {
  string: '',
  bool: false,
  int: 0,
  Quantity: '0',
  IntOrString: 0,
  Time: null,
  json: {},
};

/** Go writes maps in the order of their keys. */
const sorted = (map: Part): [string, unknown][] => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

const MAPS = new Set(['labels', 'annotations', 'matchLabels']);

/** Types of apimachinery print as clients know them. */
function asKnown(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => asKnown(one));
  if (!value || typeof value !== 'object') return value;
  const entries = MAPS.has(key) ? sorted(value) : Object.entries(value);
  return Object.fromEntries(entries.map(([name, one]) => [name, asKnown(one, name)]));
}

/** `value` is in the form that clients know; `type` is a type of `internal.json`. */
export function internalForm(type: string, value: unknown): unknown {
  const absent = value === undefined || value === null;
  if (type.startsWith('*')) return absent ? null : internalForm(type.slice(1), value);
  if (type.startsWith('[]')) return absent ? null : (value as unknown[]).map((one) => internalForm(type.slice(2), one));
  if (type.startsWith('{}')) {
    if (absent) return null;
    return Object.fromEntries(sorted(value as Part).map(([key, one]) => [key, internalForm(type.slice(2), one)]));
  }
  const fields = TYPES.get(type);
  if (!fields) return absent ? ZERO[type] : asKnown(value);
  const part = (value ?? {}) as Part;
  return Object.fromEntries(
    fields.flatMap(({ go, json, type: of }): [string, unknown][] => {
      const inner = internalForm(of, part[json]);
      return go === EMBEDDED ? Object.entries(inner as Part) : [[go, inner]];
    }),
  );
}
