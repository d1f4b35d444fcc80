/** How many different things the compared slices showed: what a reader needs to trust that the histories are many. */
import type { Json } from '../services/case.ts';

/** Each axis's values as a namespace's canonical state shows them, and how many pairs of two axes' values came together. */
export class Breadth {
  readonly #values = new Map<string, Set<string>>();
  readonly #pairs = new Set<string>();

  /** Adds the slices of one namespace, as `canonical` tells them. */
  add(state: Json): void {
    for (const { slices, hints } of Object.values<Json>(state)) {
      for (const slice of Object.values<Json>(slices)) this.#addSlice(slice, hints);
    }
  }

  #addSlice(slice: Json, hints: Json): void {
    const axes = Object.entries(axesOf({ ...slice, hints }));
    for (const [axis, value] of axes) {
      if (!this.#values.has(axis)) this.#values.set(axis, new Set());
      this.#values.get(axis)?.add(value);
    }
    for (const [i, one] of axes.entries()) {
      for (const two of axes.slice(i + 1)) this.#pairs.add(`${one.join('=')} ${two.join('=')}`);
    }
  }

  get pairs(): number {
    return this.#pairs.size;
  }

  toString(): string {
    const sizes = [...this.#values].map(([axis, values]) => `${axis} ${values.size}`);
    const possible = [...this.#values.values()].flatMap((one, i, all) =>
      all.slice(i + 1).map((two) => one.size * two.size),
    );
    const sum = possible.reduce((total, product) => total + product, 0);
    return `${this.#pairs.size} of ${sum} pairs of values (${sizes.join(', ')})`;
  }
}

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const HEADLESS = 'service.kubernetes.io/headless';

function axesOf({ addressType, ports, endpoints, labels, counts, hints, triggers }: Json): Record<string, string> {
  const list: Json[] = Array.isArray(endpoints) ? endpoints : [];
  const some = (has: (endpoint: Json) => unknown): string => (list.some(has) ? 'some' : 'none');
  const conditions = ({ ready, serving, terminating }: Json) => `${ready}/${serving}/${terminating}`;
  return {
    manager: labels[MANAGED_BY] ?? 'none',
    family: addressType,
    headless: String(HEADLESS in labels),
    ports: (ports ?? []).map(({ protocol }: Json) => protocol).join('+'),
    application: String(Boolean(ports?.some((port: Json) => port.appProtocol))),
    slices: String(Math.min(counts.length, 3)),
    fullest: sizeOf(counts[0]),
    conditions: [...new Set(list.map((endpoint) => conditions(endpoint.conditions)))].toSorted().join(' '),
    hostnames: some(({ hostname }) => hostname),
    zones: some(({ zone }) => zone),
    'zone hints': some((endpoint) => endpoint.hints?.forZones),
    'node hints': some((endpoint) => endpoint.hints?.forNodes),
    'hints by processors': hints
      ? Object.keys(hints).some((key) => key.includes('forZones'))
        ? 'given'
        : 'refused'
      : 'unasked',
    trigger: Object.keys(triggers ?? {}).some((time) => time !== 'none') ? 'told' : 'untold',
  };
}

const sizeOf = (count: number): string =>
  count === 0 ? '0' : count === 1 ? '1' : count < 100 ? 'some' : count === 100 ? 'full' : 'over';
