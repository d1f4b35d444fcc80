import { type Json, type KubeObject } from '../api/object.ts';
import { SERVED, storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import type { Loop } from './loop.ts';

const NAMESPACED = SERVED.filter((kind) => kind.namespaced && !kind.storedAs);

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
      const kind = storedKind(resource);
      kind.strategy?.defaults?.(object);
      this.#registry.create(kind, namespace, object, { dryRun: false, warn: () => undefined, subresource: '' });
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

  #empty(namespace: KubeObject): void {
    const { name = '' } = namespace.metadata;
    const remaining: { resource: string; count: number; finalizers: string[] }[] = [];
    for (const kind of NAMESPACED) {
      const items = [...this.#registry.store.list(kind.stored, name)];
      for (const item of items) {
        if (item.object.metadata.deletionTimestamp) continue;
        this.#registry.delete(kind, name, item.name, { propagationPolicy: 'Background' }, { dryRun: false });
      }
      const left = [...this.#registry.store.list(kind.stored, name)];
      if (left.length > 0) {
        const finalizers = left.flatMap((item) => item.object.metadata.finalizers ?? []);
        remaining.push({ resource: kind.qualified, count: left.length, finalizers });
      }
    }
    if (remaining.length === 0) this.#finalize(namespace);
    else this.#report(namespace, remaining);
  }

  /** Nothing is left: takes the finalizer off, and with it the namespace goes unless others hold it. */
  #finalize(namespace: KubeObject): void {
    const kind = storedKind('namespaces');
    const { name = '' } = namespace.metadata;
    const finalizers = ((namespace['spec']?.finalizers ?? []) as string[]).filter((one) => one !== 'kubernetes');
    const options = { dryRun: false, warn: () => undefined, subresource: 'finalize' } as const;
    this.#registry.update(
      kind,
      '',
      name,
      (live) => ({ ...structuredClone(live ?? namespace), spec: finalizers.length > 0 ? { finalizers } : {} }),
      options,
    );
    const left = this.#registry.store.get('namespaces', '', name)?.object;
    if (left && finalizers.length === 0 && (left.metadata.finalizers ?? []).length === 0) {
      this.#registry.delete(kind, '', name, {}, { dryRun: false });
    }
  }

  #report(namespace: KubeObject, remaining: { resource: string; count: number; finalizers: string[] }[]): void {
    const held = new Map<string, number>();
    for (const { finalizers } of remaining) for (const one of finalizers) held.set(one, (held.get(one) ?? 0) + 1);
    const content = remaining.map(({ resource, count }) => `${resource} has ${count} resource instances`).join(', ');
    const finalizers = [...held].map(([one, count]) => `${one} in ${count} resource instances`).join(', ');
    const condition = (type: string, status: boolean, reason: string, message: string): Record<string, Json> => ({
      type,
      status: status ? 'True' : 'False',
      reason,
      message,
    });
    const wanted = [
      condition(
        'NamespaceDeletionDiscoveryFailure',
        false,
        'ResourcesDiscovered',
        'All resources successfully discovered',
      ),
      condition(
        'NamespaceDeletionGroupVersionParsingFailure',
        false,
        'ParsedGroupVersions',
        'All legacy kube types successfully parsed',
      ),
      condition(
        'NamespaceDeletionContentFailure',
        false,
        'ContentDeleted',
        'All content successfully deleted, may be waiting on finalization',
      ),
      condition('NamespaceContentRemaining', true, 'SomeResourcesRemain', `Some resources are remaining: ${content}`),
      held.size > 0
        ? condition(
            'NamespaceFinalizersRemaining',
            true,
            'SomeFinalizersRemain',
            `Some content in the namespace has finalizers remaining: ${finalizers}`,
          )
        : condition(
            'NamespaceFinalizersRemaining',
            false,
            'ContentHasNoFinalizers',
            'All content-preserving finalizers finished',
          ),
    ];
    const old = (namespace['status']?.conditions ?? []) as Record<string, Json>[];
    const conditions = wanted.map((one) => {
      const before = old.find((other) => other['type'] === one['type']);
      const since = before && before['status'] === one['status'] ? before['lastTransitionTime'] : undefined;
      return { ...one, lastTransitionTime: since ?? this.#registry.time() };
    });
    const kind = storedKind('namespaces');
    const options = { dryRun: false, warn: () => undefined, subresource: 'status' } as const;
    this.#registry.update(
      kind,
      '',
      namespace.metadata.name ?? '',
      (live) => ({ ...structuredClone(live ?? namespace), status: { ...namespace['status'], conditions } }),
      options,
    );
  }
}
