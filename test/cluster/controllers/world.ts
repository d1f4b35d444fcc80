/** The registry and what belongs to it, in memory and without a server; its time is that of (fake) timers. */
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { Loop } from '../../../src/cluster/controllers/loop.ts';
import { findKind } from '../../../src/cluster/registry/kinds.ts';
import { Registry } from '../../../src/cluster/registry/registry.ts';
import { ServiceStorage } from '../../../src/cluster/registry/services.ts';
import { Database } from '../../../src/cluster/store/database.ts';
import { Store } from '../../../src/cluster/store/store.ts';

export interface World {
  registry: Registry;
  services: ServiceStorage;
  loop: Loop;
  /** What failed in the loop. */
  failures: string[];
  /** Creates an object of a kind with its defaults. */
  make(apiVersion: string, kind: string, metadata: object, more?: object): KubeObject;
  remove(apiVersion: string, kind: string, namespace: string, name: string): void;
  get(resource: string, namespace: string, name: string): KubeObject | undefined;
  names(resource: string): string[];
}

interface WorldOptions {
  cidrs?: readonly string[];
  /** What the clock's random gives; 0 when absent. */
  random?: (below: number) => number;
}

export function world({ cidrs = ['10.96.0.0/16'], random = () => 0 }: WorldOptions = {}): World {
  let uids = 0;
  const clock = { now: () => Date.now(), uid: () => `uid-${++uids}`, random };
  const store = new Store(new Database(undefined), clock.now);
  const registry = new Registry(store, clock);
  const services = new ServiceStorage(registry, cidrs, { first: 30000, last: 30100 });
  registry.allocate('services', services);
  const failures: string[] = [];
  const loop = new Loop((what, error) => failures.push(`${what}: ${String(error)}`));
  const kindOf = (apiVersion: string, kind: string) => {
    const found = findKind(apiVersion, kind);
    if (!found) throw new Error(`no ${apiVersion} ${kind}`);
    return found;
  };
  const it: World = {
    registry,
    services,
    loop,
    failures,
    make(apiVersion, kind, metadata, more = {}) {
      const object: KubeObject = structuredClone({ apiVersion, kind, metadata, ...more });
      const served = kindOf(apiVersion, kind);
      served.strategy?.defaults?.(object);
      const options = { dryRun: false, warn: () => undefined, subresource: '' } as const;
      return registry.create(served, object.metadata.namespace ?? '', object, options).object;
    },
    remove: (apiVersion, kind, namespace, name) => {
      registry.delete(kindOf(apiVersion, kind), namespace, name, {}, { dryRun: false });
    },
    get: (resource, namespace, name) => store.get(resource, namespace, name)?.object,
    names: (resource) => Array.from(store.list(resource), (item) => item.name),
  };
  it.make('v1', 'Namespace', { name: 'default' });
  return it;
}
