/**
 * Which pods each Service selects, kept up to date change by change: a pod's change costs as many look-ups as it has labels,
 * however many Services and pods there are. Pure but for its memory.
 */

type Labels = Readonly<Record<string, string>>;

interface Pod {
  metadata: { namespace?: string; labels?: Record<string, string> };
}

interface Selection<P> {
  selector: Labels;
  /** The one pair of the selector under which it is found. */
  pair: string;
  pods: Map<string, P>;
}

interface Namespace<P> {
  services: Map<string, Selection<P>>;
  /** Services by one `key=value` of their selectors: a pod can only be selected by those under one of its labels. */
  byPair: Map<string, Set<string>>;
  pods: Map<string, P>;
}

export class Membership<P extends Pod> {
  readonly #namespaces = new Map<string, Namespace<P>>();

  /** The pods of a Service; none if it is not known. */
  podsOf(namespace: string, serviceKey: string): P[] {
    return [...(this.#namespaces.get(namespace)?.services.get(serviceKey)?.pods.values() ?? [])];
  }

  /** A Service came, changed, or (without a selector) selects nothing any more. Costs a look at every pod of the namespace. */
  setService(namespace: string, key: string, selector: Labels | undefined): void {
    const space = this.#space(namespace);
    const before = space.services.get(key);
    const [first] = Object.entries(selector ?? {});
    if (before && selector && sameLabels(before.selector, selector)) return;
    if (before) {
      space.services.delete(key);
      removeFrom(space.byPair, before.pair, key);
    }
    if (selector && first) {
      const selection: Selection<P> = { selector, pair: rarest(space, selector, first), pods: new Map() };
      for (const [podKey, pod] of space.pods) {
        if (matches(selector, pod.metadata.labels)) selection.pods.set(podKey, pod);
      }
      space.services.set(key, selection);
      const keys = space.byPair.get(selection.pair) ?? new Set();
      space.byPair.set(selection.pair, keys.add(key));
    }
    this.#drop(namespace, space);
  }

  /** A pod came, changed, or went. Gives the keys of the Services that selected it before and that do now. */
  setPod(key: string, old: P | undefined, next: P | undefined): { before: string[]; after: string[] } {
    const namespace = (next ?? old)?.metadata.namespace ?? '';
    const space = this.#space(namespace);
    const before = old ? this.#selecting(space, old.metadata.labels) : [];
    const stays = old && next && old.metadata.labels === next.metadata.labels;
    const after = stays ? before : next ? this.#selecting(space, next.metadata.labels) : [];
    if (!stays) for (const service of before) space.services.get(service)?.pods.delete(key);
    if (next) {
      space.pods.set(key, next);
      for (const service of after) space.services.get(service)?.pods.set(key, next);
    } else {
      space.pods.delete(key);
    }
    this.#drop(namespace, space);
    return { before, after };
  }

  #selecting(space: Namespace<P>, labels: Labels = {}): string[] {
    const found: string[] = [];
    for (const [name, value] of Object.entries(labels)) {
      for (const key of space.byPair.get(`${name}=${value}`) ?? []) {
        const selection = space.services.get(key);
        if (selection && matches(selection.selector, labels)) found.push(key);
      }
    }
    return found;
  }

  #space(namespace: string): Namespace<P> {
    const space = this.#namespaces.get(namespace) ?? { services: new Map(), byPair: new Map(), pods: new Map() };
    this.#namespaces.set(namespace, space);
    return space;
  }

  #drop(namespace: string, { services, pods }: Namespace<P>): void {
    if (services.size + pods.size === 0) this.#namespaces.delete(namespace);
  }
}

/** The pair of a selector that the fewest Services are found under, so that `tier=web` on all of them costs nothing. */
function rarest<P>({ byPair }: Namespace<P>, selector: Labels, first: [string, string]): string {
  let best = `${first[0]}=${first[1]}`;
  for (const [name, value] of Object.entries(selector)) {
    const pair = `${name}=${value}`;
    if ((byPair.get(pair)?.size ?? 0) < (byPair.get(best)?.size ?? 0)) best = pair;
  }
  return best;
}

function matches(selector: Labels, labels: Labels = {}): boolean {
  for (const name in selector) if (labels[name] !== selector[name]) return false;
  return true;
}

function sameLabels(a: Labels, b: Labels): boolean {
  return Object.keys(a).length === Object.keys(b).length && matches(a, b);
}

function removeFrom(byPair: Map<string, Set<string>>, pair: string, key: string): void {
  const keys = byPair.get(pair);
  keys?.delete(key);
  if (keys?.size === 0) byPair.delete(pair);
}
