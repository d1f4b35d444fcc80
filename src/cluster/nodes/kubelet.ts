import { release } from 'node:os';
import type { KubeObject } from '../api/object.ts';
import { StatusError } from '../api/status.ts';
import { type EventSource, recordEvent } from '../controllers/events.ts';
import type { Loop } from '../controllers/loop.ts';
import { createAs, updateAs } from '../controllers/writes.ts';
import type { NodePlace, Place } from '../network/network.ts';
import { storedKind } from '../registry/kinds.ts';
import { kubernetesVersion } from '../schema/schema.ts';
import type { Registry } from '../registry/registry.ts';
import { BIND_ANY, bindEnv, lameDuck } from './bind-env.ts';
import { type BackoffTimes, CRASH_BACKOFF } from './backoff.ts';
import type { Images } from './container-runner.ts';
import { containerEnv } from './environment.ts';
import { NODE_RESOURCES, nodeStatus } from './node-object.ts';
import type { Container, Pod } from './pod.ts';
import { type PodHost, PodRunner } from './pod-runner.ts';
import { Prober } from './prober.ts';
import { servicesEnv } from './service-env.ts';

/** What all kubelets of a cluster share. */
export interface KubeletOptions {
  registry: Registry;
  loop: Loop;
  images: Images;
  /** Where programs inside find the API server. */
  apiServer: { host: string; port: number };
  lowPortOffset: number;
  /** Whether every program must bind its pod's own address (loopback mode). */
  bindExactly: boolean;
  backoff?: BackoffTimes;
  /** How long a silent node is trusted: it says that it lives at least four times as often. */
  nodeGraceMs?: number;
  warn(message: string, error: unknown): void;
}

/** What `kubectl get nodes` shows of it. */
const INFO = {
  kernelVersion: release(),
  kubeletVersion: `${kubernetesVersion()}+sluice`,
  containerRuntimeVersion: `node://${process.versions.node}`,
};

/** As a kubelet: how often a node says that it lives, and for how long that holds. */
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const LEASES = 'kube-node-lease';
const MANAGER = 'kubelet';
const AT_ONCE = { gracePeriodSeconds: 0 } as const;

/** The kubelet of one node: runs the pods that are bound to it, and says that the node is well. */
export class Kubelet {
  readonly node: NodePlace;
  readonly #options: KubeletOptions;
  readonly #prober: Prober;
  readonly #source: EventSource;
  /** By uid. */
  readonly #pods = new Map<string, PodRunner>();
  #heartbeat: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(node: NodePlace, options: KubeletOptions) {
    this.node = node;
    this.#options = options;
    this.#source = { component: 'kubelet', host: node.name };
    this.#prober = new Prober(node, options.bindExactly ? node.addresses[0] : undefined);
  }

  /** Begins to say that the node is well; its pods come through `sync`. */
  start(): void {
    this.#beat(true);
    this.#heartbeat = setInterval(
      () => this.#options.loop.add(`kubelet lease ${this.node.name}`, () => this.#beat(false)),
      Math.min(RENEW_MS, (this.#options.nodeGraceMs ?? Number.POSITIVE_INFINITY) / 4),
    );
  }

  runner(uid: string): PodRunner | undefined {
    return this.#pods.get(uid);
  }

  /** Makes what runs agree with a pod: `pod` is the live object, and undefined when the one with that uid has gone. */
  sync(uid: string, pod: Pod | undefined): void {
    if (this.#closed) return;
    const runner = this.#pods.get(uid);
    if (!pod) {
      // Removed by force: nobody waits for it.
      if (runner) void runner.stop(0).then(() => this.#pods.delete(uid));
      return;
    }
    const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
    if (!runner) {
      const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
      // What is being deleted and has no program any more has nothing to wait for.
      if (deletionTimestamp) this.#remove(pod);
      else if (!over) this.#run(uid, pod);
      return;
    }
    runner.update(pod);
    if (deletionTimestamp) {
      void runner
        .stop(deletionGracePeriodSeconds * 1000)
        .then(() => this.#options.loop.add(`kubelet removal ${uid}`, () => this.#gone(uid, pod)));
    }
  }

  /** The plug is pulled: every pod ends at once and nothing more is said. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    this.#prober.close();
    const ended = [...this.#pods.values()].map((runner) => runner.pull());
    await this.node.close();
    await Promise.all(ended);
    this.#pods.clear();
  }

  #run(uid: string, pod: Pod): void {
    const runner = new PodRunner(pod, this.#host());
    this.#pods.set(uid, runner);
    runner.start();
  }

  #gone(uid: string, pod: Pod): void {
    if (this.#closed) return;
    this.#pods.delete(uid);
    this.#remove(pod);
  }

  #remove({ metadata }: Pod): void {
    const { name = '', namespace = '', uid } = metadata;
    const options = { ...AT_ONCE, preconditions: { ...(uid && { uid }) } };
    try {
      this.#options.registry.delete(storedKind('pods'), namespace, name, options, { dryRun: false });
    } catch (error) {
      // It has gone by itself, or another one has its name.
      if (!(error instanceof StatusError && (error.code === 404 || error.code === 409))) throw error;
    }
  }

  #host(): PodHost {
    const { registry, warn, images, lowPortOffset, backoff = CRASH_BACKOFF } = this.#options;
    return {
      node: this.node,
      prober: this.#prober,
      now: () => registry.clock.now(),
      time: () => registry.time(),
      uid: () => registry.clock.uid(),
      backoff,
      realPort: (port) => (port < 1024 ? port + lowPortOffset : port),
      images,
      env: (pod, container, place) => this.#env(pod, container, place),
      event: (pod, type, reason, message) => recordEvent(registry, this.#source, pod, type, reason, message),
      // What the API server refuses is tried again, and is no reason to end.
      writeStatus: (pod, make) =>
        this.#options.loop.add(`kubelet status ${pod.metadata.uid}`, () => this.#writeStatus(pod, make)),
      warn,
    };
  }

  #env(pod: Pod, container: Container, place: Place): Record<string, string> {
    const { registry, apiServer, bindExactly, lowPortOffset } = this.#options;
    const { store } = registry;
    const { namespace = '', name = '' } = pod.metadata;
    const services = [...store.list('services')].map(({ object }) => object);
    const links = pod.spec.enableServiceLinks ?? true;
    const base = servicesEnv(services, { namespace, links, apiServer });
    base.set('HOSTNAME', pod.spec.hostNetwork ? this.node.name : (pod.spec.hostname ?? name));
    base.set('HOME', '/');
    base.set('POD_IP', place.addresses[0] ?? '');
    base.set('POD_IPS', place.addresses.join(','));
    for (const [key, value] of bindEnv(bindExactly ? place.addresses : BIND_ANY, lowPortOffset)) base.set(key, value);
    base.set('SLUICE_LAME_DUCK', String(lameDuck(pod.spec.terminationGracePeriodSeconds ?? 30)));
    const object =
      (resource: string) =>
      (key: string): KubeObject | undefined =>
        store.get(resource, namespace, key)?.object;
    const env = containerEnv(
      container,
      {
        configMap: object('configmaps'),
        secret: object('secrets'),
        pod,
        podIPs: place.addresses,
        hostIPs: this.node.addresses,
        nodeName: this.node.name,
        allocatable: NODE_RESOURCES,
      },
      base,
    );
    return Object.fromEntries(env);
  }

  #writeStatus({ metadata }: Pod, make: Parameters<PodHost['writeStatus']>[1]): void {
    const { name = '', namespace = '', uid } = metadata;
    const { registry } = this.#options;
    const live = registry.store.get('pods', namespace, name)?.object;
    if (this.#closed || live?.metadata.uid !== uid) return;
    const place = { resource: 'pods', namespace, name };
    updateAs(registry, MANAGER, place, (pod) => ({ ...pod, status: make(pod as Pod) }), 'status');
  }

  /** Says that the node lives: its lease, and when it begins also its status and its addresses. */
  #beat(first: boolean): void {
    const { registry } = this.#options;
    const { name, addresses } = this.node;
    const node = registry.store.get('nodes', '', name)?.object;
    if (this.#closed || !node) return;
    const now = registry.time();
    const ready = node['status']?.conditions?.find(({ type }: { type: string }) => type === 'Ready');
    if (first || ready?.status !== 'True') {
      const status = nodeStatus(node['status'], { name, addresses, now, info: INFO });
      updateAs(
        registry,
        MANAGER,
        { resource: 'nodes', namespace: '', name },
        (live) => ({ ...live, status }),
        'status',
      );
    }
    const renewTime = new Date(registry.clock.now()).toISOString().replace('Z', '000Z');
    const place = { resource: 'leases.coordination.k8s.io', namespace: LEASES, name };
    if (registry.store.get(place.resource, LEASES, name)) {
      updateAs(registry, MANAGER, place, (live) => ({ ...live, spec: { ...live['spec'], renewTime } }));
      return;
    }
    createAs(registry, MANAGER, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name,
        namespace: LEASES,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid ?? '' }],
      },
      spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
    });
  }
}
