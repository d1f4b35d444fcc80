import type { KubeObject } from '../api/object.ts';
import { SERVED, type Served } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import type { Loop } from './loop.ts';
import { endConditions, type Remaining } from './namespace-conditions.ts';
import { createAs, MANAGER, updateAs } from './writes.ts';

const NAMESPACED = SERVED.filter((kind) => kind.namespaced);
const isPods = ({ group, resource }: Served): boolean => group === '' && resource === 'pods';
const PODS = NAMESPACED.filter(isPods);
const OTHERS = NAMESPACED.filter((kind) => !isPods(kind));

/** The finalizer in a namespace's spec that stands for its content. */
const CONTENT = 'kubernetes';

/** In every namespace, for those who don't ask for another. */
const DEFAULT_ACCOUNT = 'default';
const ROOT_CA = 'kube-root-ca.crt';

/**
 * The life of namespaces, as upstream's namespace, serviceaccount and root-ca-certificate controllers: a new one gets
 * its default ServiceAccount and the ConfigMap with the cluster's CA; one that is being deleted is emptied, and goes
 * when nothing in it is left.
 */
export class Namespaces {
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #ca: string;

  /** `ca` is the PEM of the cluster's certificate authority. */
  constructor(registry: Registry, loop: Loop, ca: string) {
    this.#registry = registry;
    this.#loop = loop;
    this.#ca = ca;
    for (const item of registry.store.list('namespaces')) this.#look(item.name);
    registry.store.subscribe(({ resource, item, type }) => {
      if (resource === 'namespaces') this.#look(item.name);
      else if (type !== 'ADDED' && item.namespace && this.#terminating(item.namespace)) this.#look(item.namespace);
      else if (type === 'DELETED' && (item.name === DEFAULT_ACCOUNT || item.name === ROOT_CA))
        this.#look(item.namespace);
    });
  }

  #terminating(name: string): boolean {
    return this.#registry.store.get('namespaces', '', name)?.object.metadata.deletionTimestamp !== undefined;
  }

  #look(name: string): void {
    this.#loop.add(`namespace ${name}`, () => this.#sync(name));
  }

  #sync(name: string): void {
    const namespace = this.#registry.store.get('namespaces', '', name)?.object;
    if (!namespace) return;
    if (namespace.metadata.deletionTimestamp) this.#empty(namespace);
    else this.#furnish(name);
  }

  #furnish(namespace: string): void {
    const make = (resource: string, object: KubeObject) => {
      if (this.#registry.store.get(resource, namespace, object.metadata.name ?? '')) return;
      createAs(this.#registry, MANAGER, object);
    };
    make('serviceaccounts', {
      kind: 'ServiceAccount',
      apiVersion: 'v1',
      metadata: { name: DEFAULT_ACCOUNT, namespace },
    });
    make('configmaps', {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        name: ROOT_CA,
        namespace,
        annotations: {
          'kubernetes.io/description':
            'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the ' +
            'internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes ' +
            'clusters.',
        },
      },
      data: { 'ca.crt': this.#ca },
    });
  }

  /** Pods go first, and everything else when they have gone (KEP-5080). */
  #empty(namespace: KubeObject): void {
    const { name = '' } = namespace.metadata;
    const finalizers: string[] = namespace['spec']?.finalizers ?? [];
    // That of content has been taken off: somebody else says what happens.
    if (finalizers.length === 0) return;
    if (this.#deleteAll(PODS, name).length > 0) {
      // Upstream's conditions do not count the pods.
      this.#report(namespace, []);
      return;
    }
    const remaining = this.#deleteAll(OTHERS, name);
    this.#report(namespace, remaining);
    if (remaining.length > 0 || !finalizers.includes(CONTENT)) return;
    // With its last finalizer the namespace goes.
    const place = { resource: 'namespaces', namespace: '', name };
    const left = finalizers.filter((one) => one !== CONTENT);
    const spec = left.length > 0 ? { finalizers: left } : {};
    updateAs(this.#registry, MANAGER, place, (live) => ({ ...live, spec }), 'finalize');
  }

  #deleteAll(kinds: readonly Served[], namespace: string): Remaining[] {
    const { store } = this.#registry;
    const remaining: Remaining[] = [];
    for (const kind of kinds) {
      const names = Array.from(store.list(kind.stored, namespace), (item) => item.name);
      for (const name of names) {
        // One may have gone with its owner.
        if (!store.get(kind.stored, namespace, name)) continue;
        this.#registry.delete(kind, namespace, name, { propagationPolicy: 'Background' }, { dryRun: false });
      }
      const left = [...store.list(kind.stored, namespace)];
      if (left.length === 0) continue;
      const finalizers = left.flatMap((item) => item.object.metadata.finalizers ?? []);
      remaining.push({ group: kind.group, resource: kind.resource, count: left.length, finalizers });
    }
    return remaining;
  }

  #report(namespace: KubeObject, remaining: readonly Remaining[]): void {
    const conditions = endConditions(namespace['status']?.conditions ?? [], remaining, this.#registry.time());
    if (!conditions) return;
    const place = { resource: 'namespaces', namespace: '', name: namespace.metadata.name ?? '' };
    const change = (live: KubeObject) => ({ ...live, status: { ...live['status'], conditions } });
    updateAs(this.#registry, MANAGER, place, change, 'status');
  }
}
