import type { Writable } from 'node:stream';
import type { KubeObject } from '../api/object.ts';
import { badRequest, StatusError } from '../api/status.ts';
import { createAs, updateAs } from '../controllers/writes.ts';
import { MAX_NODES, nodeAddresses } from '../network/addresses.ts';
import type { Network, NodePlace, ProgramSpec, RunningProgram } from '../network/network.ts';
import type { ExecOptions, Kubelets, LogOptions } from '../server/kubelet.ts';
import { NodeAgent } from './agent.ts';
import { Kubelet, type KubeletOptions } from './kubelet.ts';
import { EMBEDDED_LABEL, INDEX_ANNOTATION, nodeObject, POWER_ANNOTATION } from './node-object.ts';
import type { Pod } from './pod.ts';

export interface FleetOptions extends Omit<KubeletOptions, 'apiServer' | 'lowPortOffset' | 'bindExactly'> {
  network: Network;
  /** Nodes that there are at least; further ones come and go as Node objects with the label `sluice.dev/embedded=true`. */
  nodes: number;
  /** What runs on every node beside its pods. */
  agent?(node: NodePlace): ProgramSpec;
}

interface Running {
  index: number;
  uid: string;
  kubelet: Kubelet;
  agent: NodeAgent | undefined;
}

const MANAGER = 'sluice-nodes';
/** A node that could not be started is tried again. */
const RETRY_MS = 2000;

/**
 * The nodes of an embedded cluster: one kubelet for each Node object of ours that is not switched off. Nodes are changed
 * as objects (`kubectl delete node`, the annotation `sluice.dev/power`), and what runs follows.
 */
export class Fleet implements Kubelets {
  readonly #options: FleetOptions;
  readonly #kubelets = new Map<string, Running>();
  /** What a node is doing: starting and stopping, one after the other. */
  readonly #busy = new Map<string, Promise<void>>();
  readonly #unsubscribe: () => void;
  #closed = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    const { registry, loop } = options;
    this.#unsubscribe = registry.store.subscribe(({ resource, item, type, old }) => {
      if (resource === 'nodes') loop.add(`machine ${item.name}`, () => this.#look(item.name));
      if (resource !== 'pods') return;
      const before = nodeOf(old?.object);
      const now = type === 'DELETED' ? undefined : nodeOf(item.object);
      if (!before && !now) return;
      const { uid = '' } = item.object.metadata;
      loop.add(`kubelet pod ${uid}`, () => this.#syncPod(now ?? before ?? '', uid, item.namespace, item.name));
    });
  }

  /** Registers what is missing and starts what should run. Done when every node has been started. */
  async start(): Promise<void> {
    const { nodes } = this.#options;
    for (let count = this.#embedded().length; count < nodes; count++) this.#register();
    for (const { metadata } of this.#embedded()) this.#look(metadata.name ?? '');
    await Promise.all(this.#busy.values());
  }

  /** How many nodes run. */
  get running(): number {
    return this.#kubelets.size;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    await Promise.all(this.#busy.values());
    for (const { agent } of this.#kubelets.values()) void agent?.close();
    await Promise.all([...this.#kubelets.values()].map(({ kubelet }) => kubelet.close()));
    this.#kubelets.clear();
  }

  async logs(pod: KubeObject, options: LogOptions, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const container = this.#runnerOf(pod)?.container(options.container);
    const log = options.previous ? container?.previousLog : container?.log;
    if (log) return log.read(options, signal);
    this.#requireNode(pod);
    const which = options.previous ? 'previous terminated container' : 'container';
    throw badRequest(`${which} "${options.container}" in pod "${pod.metadata.name}" not found`);
  }

  async exec(pod: KubeObject, { container, command, stdin, tty }: ExecOptions): Promise<RunningProgram> {
    const runner = this.#runnerOf(pod);
    this.#requireNode(pod);
    if (!runner?.container(container)?.running) {
      throw new StatusError(
        500,
        'InternalError',
        `unable to upgrade connection: container not found ("${container}")`,
        {},
      );
    }
    return runner.exec(container, { argv: command, stdin, tty });
  }

  stdin(pod: KubeObject, container: string): Writable | undefined {
    return this.#runnerOf(pod)?.container(container)?.stdin;
  }

  /** @throws StatusError when the pod's node does not run, so that nobody knows of the pod. */
  #requireNode({ spec }: KubeObject): void {
    const name: string = spec?.nodeName ?? '';
    if (this.#kubelets.has(name)) return;
    throw new StatusError(
      500,
      'InternalError',
      `node ${name} does not run: start it with sluice node start ${name}`,
      {},
    );
  }

  #runnerOf({ spec, metadata }: KubeObject) {
    return this.#kubelets.get(spec?.nodeName ?? '')?.kubelet.runner(metadata.uid ?? '');
  }

  #embedded(): KubeObject[] {
    const { store } = this.#options.registry;
    return [...store.list('nodes')].map(({ object }) => object).filter(isEmbedded);
  }

  /** The lowest index that no node has. */
  #freeIndex(): number {
    const taken = new Set([
      ...this.#embedded().map(indexOf),
      ...[...this.#kubelets.values()].map(({ index }) => index),
    ]);
    for (let index = 1; index <= MAX_NODES; index++) if (!taken.has(index)) return index;
    throw new Error(`there can be ${MAX_NODES} nodes at most`);
  }

  #register(): void {
    const { registry } = this.#options;
    const index = this.#freeIndex();
    let number = index;
    while (registry.store.get('nodes', '', `node-${number}`)) number++;
    createAs(registry, MANAGER, this.#node(`node-${number}`, index));
  }

  /** All of a node of ours. */
  #node(name: string, index: number): KubeObject {
    const { registry, network } = this.#options;
    const { addresses, podCidrs } = nodeAddresses(network.mode, index);
    const families = network.families.length;
    const node = nodeObject({ name, index, addresses: addresses.slice(0, families), now: registry.time() });
    const ranges = podCidrs.slice(0, families);
    node.metadata.labels = { ...node.metadata.labels, [EMBEDDED_LABEL]: 'true' };
    node.metadata.annotations = { [INDEX_ANNOTATION]: String(index) };
    node['spec'] = { ...node['spec'], podCIDR: ranges[0], podCIDRs: ranges };
    return node;
  }

  /** A node that somebody else created gets what ours have, but for what it says itself. */
  #complete(name: string): void {
    const ours = this.#node(name, this.#freeIndex());
    const place = { resource: 'nodes', namespace: '', name };
    updateAs(this.#options.registry, MANAGER, place, (node) => ({
      ...node,
      metadata: {
        ...node.metadata,
        labels: { ...ours.metadata.labels, ...node.metadata.labels },
        annotations: { ...node.metadata.annotations, ...ours.metadata.annotations },
      },
      spec: { ...ours['spec'], ...node['spec'] },
    }));
  }

  /** Starts or stops a node as its object says. */
  #look(name: string): void {
    if (this.#closed) return;
    const node = this.#options.registry.store.get('nodes', '', name)?.object;
    const wanted = node && isEmbedded(node) && !isOff(node);
    const runs = this.#kubelets.get(name);
    if (wanted && indexOf(node) === 0) {
      this.#complete(name);
      return;
    }
    // A new node of the name of one that was removed is another one.
    const stale = runs && (!wanted || runs.uid !== node.metadata.uid);
    if (this.#busy.has(name) || (runs && !stale) || (!runs && !wanted)) return;
    const work = (stale ? this.#stopNode(name) : this.#startNode(name, node as KubeObject))
      .then(
        () => 0,
        (error: unknown) => {
          this.#options.warn(`node ${name}`, error);
          return RETRY_MS;
        },
      )
      .then((waitMs) => {
        this.#busy.delete(name);
        // It may have been changed meanwhile.
        this.#options.loop.after(waitMs, `machine ${name}`, () => this.#look(name));
      });
    this.#busy.set(name, work);
  }

  async #startNode(name: string, node: KubeObject): Promise<void> {
    const index = indexOf(node);
    const { network, registry, warn } = this.#options;
    const place = await network.startNode({ name, index });
    const kubelet = new Kubelet(place, {
      ...this.#options,
      apiServer: network.apiServer,
      lowPortOffset: network.lowPortOffset,
      bindExactly: network.mode === 'loopback',
    });
    const program = this.#options.agent?.(place);
    const agent = program && new NodeAgent(place, program, (message, error) => warn(`${name}: ${message}`, error));
    this.#kubelets.set(name, { index, uid: node.metadata.uid ?? '', kubelet, agent });
    kubelet.start();
    for (const { object } of registry.store.list('pods')) {
      if (nodeOf(object) === name) kubelet.sync(object.metadata.uid ?? '', object as Pod);
    }
    agent?.start();
  }

  async #stopNode(name: string): Promise<void> {
    const running = this.#kubelets.get(name);
    this.#kubelets.delete(name);
    // Where all nodes are one machine, its proxy may be at work for clients of others.
    await running?.agent?.close();
    await running?.kubelet.close();
  }

  #syncPod(node: string, uid: string, namespace: string, name: string): void {
    const live = this.#options.registry.store.get('pods', namespace, name)?.object;
    const same = live?.metadata.uid === uid && nodeOf(live) === node;
    this.#kubelets.get(node)?.kubelet.sync(uid, same ? (live as Pod) : undefined);
  }
}

const nodeOf = (pod: KubeObject | undefined): string | undefined => pod?.['spec']?.nodeName || undefined;

const isEmbedded = ({ metadata }: KubeObject): boolean => metadata.labels?.[EMBEDDED_LABEL] === 'true';

const isOff = ({ metadata }: KubeObject): boolean => metadata.annotations?.[POWER_ANNOTATION] === 'off';

/** 0 when it has none yet. */
const indexOf = ({ metadata }: KubeObject): number => {
  const index = Number(metadata.annotations?.[INDEX_ANNOTATION] ?? 0);
  return Number.isInteger(index) && index >= 1 && index <= MAX_NODES ? index : 0;
};
