import type { KubeObject } from '../api/object.ts';
import type { Taint } from './taints.ts';
import { type Amounts, allocatableOf, type HostPort, hostPortsOf, loadOf, requestsOf } from './resources.ts';

/** A node as the scheduler sees it: with what its pods take. Kept up to date pod by pod. */
export class NodeView {
  #node: KubeObject;
  #allocatable: Amounts;
  readonly #pods = new Map<string, { pod: KubeObject; requests: Amounts; ports: readonly HostPort[] }>();
  readonly #requested = new Map<string, number>();
  readonly #load = new Map<string, number>();

  constructor(node: KubeObject) {
    this.#node = node;
    this.#allocatable = allocatableOf(node);
  }

  get node(): KubeObject {
    return this.#node;
  }

  set node(node: KubeObject) {
    this.#node = node;
    this.#allocatable = allocatableOf(node);
  }

  get name(): string {
    return this.#node.metadata.name ?? '';
  }

  get taints(): readonly Taint[] {
    return this.#node['spec']?.taints ?? [];
  }

  label(key: string): string | undefined {
    return this.#node.metadata.labels?.[key];
  }

  /** In thousandths. */
  allocatable(resource: string): number {
    return this.#allocatable.get(resource) ?? 0;
  }

  /** What its pods have asked for, in thousandths. */
  requested(resource: string): number {
    return this.#requested.get(resource) ?? 0;
  }

  /** The same, with something assumed for pods that ask for nothing. */
  load(resource: string): number {
    return this.#load.get(resource) ?? 0;
  }

  get size(): number {
    return this.#pods.size;
  }

  get ports(): readonly HostPort[] {
    return [...this.#pods.values()].flatMap(({ ports }) => ports);
  }

  *pods(): IterableIterator<KubeObject> {
    for (const { pod } of this.#pods.values()) yield pod;
  }

  /** A pod that the node has, by its UID, in its newest form. */
  add(pod: KubeObject): void {
    const uid = pod.metadata.uid ?? '';
    this.remove(pod);
    const requests = requestsOf(pod);
    this.#pods.set(uid, { pod, requests, ports: hostPortsOf(pod) });
    this.#count(requests, 1);
  }

  remove(pod: KubeObject): void {
    const uid = pod.metadata.uid ?? '';
    const there = this.#pods.get(uid);
    if (!there) return;
    this.#pods.delete(uid);
    this.#count(there.requests, -1);
  }

  #count(requests: Amounts, sign: 1 | -1): void {
    for (const [name, amount] of requests) this.#requested.set(name, this.requested(name) + sign * amount);
    for (const name of ['cpu', 'memory']) this.#load.set(name, this.load(name) + sign * loadOf(requests, name));
  }
}
