import type { NodePlace, Place, PodPlace, ProgramSpec, RunningProgram } from '../network/network.ts';
import type { BackoffTimes } from './backoff.ts';
import { type ContainerHost, ContainerRunner, type Images } from './container-runner.ts';
import { earlierLife } from './earlier-life.ts';
import type { Container, Pod, PodStatus } from './pod.ts';
import { isSidecar } from './pod.ts';
import { type ContainerFacts, podStatus, restarts, type Role } from './pod-status.ts';
import type { Prober } from './prober.ts';

/** What a pod needs of its kubelet. */
export interface PodHost {
  node: NodePlace;
  prober: Prober;
  now(): number;
  time(): string;
  uid(): string;
  backoff: BackoffTimes;
  realPort(port: number): number;
  images: Images;
  /** @throws ConfigMissing */
  env(pod: Pod, container: Container, place: Place): Record<string, string>;
  event(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Writes, soon, what the status is by then: many changes of one moment are one write. Nothing when the pod has gone. */
  writeStatus(pod: Pod, make: (live: Pod) => PodStatus): void;
  /** The pod has ended, though it was not asked to go: its place is free. */
  warn(message: string, error: unknown): void;
}

/** A container that would not even die would hold its pod for ever. */
const AFTER_KILL_MS = 2000;

/** One pod on its node, from the day it is bound until all of it has ended. */
export class PodRunner {
  #pod: Pod;
  readonly #host: PodHost;
  readonly #startTime: string;
  #place: Place | undefined;
  #own: PodPlace | undefined;
  readonly #containers = new Map<string, ContainerRunner>();
  /** Ephemeral containers, which nobody waits for. */
  readonly #ephemeral = new Map<string, ContainerRunner>();
  readonly #earlier: ReadonlyMap<string, ContainerFacts>;
  #stopping: Promise<void> | undefined;
  #failure: { reason: string; message: string } | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;
  /** After the plug was pulled nothing is said any more. */
  #silent = false;
  readonly #ended = Promise.withResolvers<void>();

  constructor(pod: Pod, host: PodHost) {
    this.#pod = pod;
    this.#host = host;
    this.#startTime = pod.status?.startTime ?? host.time();
    this.#earlier = earlierLife(pod, host.time());
  }

  /** Resolves when all its containers have ended for good and its place is free; never rejects. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get addresses(): readonly string[] {
    return this.#place?.addresses ?? [];
  }

  container(name: string): ContainerRunner | undefined {
    return this.#containers.get(name) ?? this.#ephemeral.get(name);
  }

  /** Runs a program beside a container's own. @throws when the container does not run */
  async exec(name: string, program: Omit<ProgramSpec, 'env'>): Promise<RunningProgram> {
    const container = this.container(name);
    if (!container?.running) throw new Error(`container ${name} does not run`);
    return container.exec(program);
  }

  start(): void {
    void this.#live()
      .catch((error: unknown) => {
        this.#host.warn(`pod ${this.#pod.metadata.namespace}/${this.#pod.metadata.name}`, error);
        this.#failure = { reason: 'KubeletError', message: error instanceof Error ? error.message : String(error) };
        this.#report();
      })
      .then(() => this.#leave());
  }

  /** Takes a newer version of the pod: its labels for the downward API, its images, its conditions of others. */
  update(pod: Pod): void {
    this.#pod = pod;
    for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
      this.#containers.get(container.name)?.change(container);
    }
    this.#runEphemeral();
    // A gate of somebody else's may have opened, or a node that was thought lost had its pods marked.
    if (isReady(this.#status(pod)) !== isReady(pod.status)) this.#report();
  }

  /** Ends it within `graceMs`: what it depends on last. Called again with less time, it hurries. */
  stop(graceMs: number): Promise<void> {
    const deadline = this.#host.now() + graceMs;
    const { spec } = this.#pod;
    const sidecars = (spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
    const runners = [...this.#containers, ...this.#ephemeral]
      .filter(([name]) => !sidecars.includes(name))
      .map(([, runner]) => runner);
    const first = Promise.all(runners.map((runner) => runner.stop(deadline)));
    // Sidecars end in the opposite order of their start, when the others have ended (KEP-753).
    const beside = sidecars.toReversed().flatMap((name) => this.#containers.get(name) ?? []);
    if (this.#stopping) {
      if (graceMs <= 0) for (const runner of beside) void runner.stop(deadline);
      return this.#ended.promise;
    }
    this.#stopping = (async () => {
      await first;
      for (const runner of beside) await runner.stop(Math.max(deadline, this.#host.now() + AFTER_KILL_MS));
    })();
    return this.#ended.promise;
  }

  /** The node's plug is pulled: everything ends now, and nobody is told. */
  async pull(): Promise<void> {
    this.#silent = true;
    await this.stop(0);
  }

  async #live(): Promise<void> {
    const { spec } = this.#pod;
    this.#report();
    // Ended for good with an earlier life of the node, before it could be told.
    if (spec.containers.every((container) => this.#wasLast(container))) return;
    const { node } = this.#host;
    if (spec.hostNetwork) this.#place = node;
    else {
      const { uid = '', name = '' } = this.#pod.metadata;
      this.#own = await node.addPod({ uid, name: spec.hostname ?? name });
      this.#place = this.#own;
    }
    this.#report();
    this.#armDeadline();
    this.#sayWhatIsIgnored();
    for (const container of spec.initContainers ?? []) {
      if (this.#stopping) break;
      const runner = this.#add(container, isSidecar(container) ? 'sidecar' : 'init');
      runner.start();
      if (isSidecar(container)) await this.#startedOrDone(runner);
      else {
        await runner.done;
        if (runner.facts.state.terminated?.exitCode !== 0) break;
      }
    }
    const initialized = (spec.initContainers ?? []).every(
      (one) => isSidecar(one) || this.#containers.get(one.name)?.facts.state.terminated?.exitCode === 0,
    );
    if (!this.#stopping && initialized) {
      const runners = this.#pod.spec.containers.map((container) => this.#add(container, 'main'));
      for (const runner of runners) runner.start();
      this.#runEphemeral();
      await Promise.all(runners.map((runner) => runner.done));
    } else
      await Promise.all(
        [...this.#containers.values()].filter((one) => !isSidecar(one.container)).map((one) => one.done),
      );
    // The main containers are through: sidecars are not needed any more.
    if (!this.#stopping) void this.stop((spec.terminationGracePeriodSeconds ?? 30) * 1000);
    await this.#stopping;
  }

  async #leave(): Promise<void> {
    clearTimeout(this.#deadlineTimer);
    for (const runner of [...this.#containers.values(), ...this.#ephemeral.values()]) await runner.stop(0);
    this.#report();
    await this.#own?.close().catch((error: unknown) => this.#host.warn("a pod's place", error));
    this.#own = undefined;
    this.#ended.resolve();
  }

  #add(container: Container, role: Role): ContainerRunner {
    const earlier = this.#earlier.get(container.name);
    const runner = new ContainerRunner(container, this.#containerHost(container, role), earlier);
    (role === 'ephemeral' ? this.#ephemeral : this.#containers).set(container.name, runner);
    return runner;
  }

  /** Those that were added to the pod while it runs (`kubectl debug`). */
  #runEphemeral(): void {
    if (!this.#place || this.#stopping) return;
    for (const container of this.#pod.spec.ephemeralContainers ?? []) {
      if (!this.#ephemeral.has(container.name) && !this.#wasLast(container)) this.#add(container, 'ephemeral').start();
    }
  }

  /** Whether an earlier life of the node saw its end, and it does not run again. */
  #wasLast(container: Container): boolean {
    const ended = this.#earlier.get(container.name)?.state.terminated;
    const { ephemeralContainers = [] } = this.#pod.spec;
    const role = ephemeralContainers.some(({ name }) => name === container.name) ? 'ephemeral' : 'main';
    return ended !== undefined && !restarts(this.#pod, container, ended.exitCode, role);
  }

  #containerHost(container: Container, role: Role): ContainerHost {
    const host = this.#host;
    const place = this.#place as Place;
    const { name, namespace, uid } = this.#pod.metadata;
    return {
      now: host.now,
      time: host.time,
      uid: host.uid,
      backoff: host.backoff,
      images: host.images,
      env: (one) => host.env(this.#pod, one, place),
      run: (program) => place.run(program),
      handlers: { prober: host.prober, address: place.addresses[0] ?? '', realPort: host.realPort },
      graceMs: (this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000,
      restarts: (code) => !this.#failure && restarts(this.#pod, container, code, role),
      event: (type, reason, message) => {
        if (!this.#silent) host.event(this.#pod, type, reason, message);
      },
      changed: () => this.#report(),
      podName: `${name}_${namespace}(${uid})`,
    };
  }

  async #startedOrDone(runner: ContainerRunner): Promise<void> {
    const started = Promise.withResolvers<void>();
    const look = (): void => {
      if (runner.facts.started || this.#stopping) started.resolve();
    };
    this.#watchers.add(look);
    look();
    await Promise.race([started.promise, runner.done]);
    this.#watchers.delete(look);
  }

  readonly #watchers = new Set<() => void>();

  #armDeadline(): void {
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return;
    const left = Date.parse(this.#startTime) + seconds * 1000 - this.#host.now();
    this.#deadlineTimer = setTimeout(
      () => {
        this.#failure = {
          reason: 'DeadlineExceeded',
          message: 'Pod was active on the node longer than the specified deadline',
        };
        const { reason, message } = this.#failure;
        if (!this.#silent) this.#host.event(this.#pod, 'Normal', reason, message);
        void this.stop((this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000);
      },
      Math.min(Math.max(0, left), 2 ** 31 - 1),
    );
  }

  #sayWhatIsIgnored(): void {
    // The token that every pod is given is nobody's wish; who wants it uses a kubeconfig.
    const volumes = (this.#pod.spec.volumes ?? []).filter(({ name }) => !name.startsWith('kube-api-access-'));
    if (volumes.length === 0) return;
    const names = volumes.map(({ name }) => name).join(', ');
    const why = 'a pod here is a program of this machine, with no file system of its own';
    this.#host.event(this.#pod, 'Warning', 'VolumesNotMounted', `Volumes are not mounted (${names}): ${why}`);
  }

  #report(): void {
    for (const look of this.#watchers) look();
    if (!this.#silent) this.#host.writeStatus(this.#pod, (live) => this.#status(live));
  }

  #status(live: Pod): PodStatus {
    const { node, time } = this.#host;
    return podStatus(live, {
      containers: new Map([
        ...this.#earlier,
        ...[...this.#containers, ...this.#ephemeral].map(([name, runner]) => [name, runner.facts] as const),
      ]),
      podIPs: this.#place?.addresses ?? live.status?.podIPs?.map(({ ip }) => ip) ?? [],
      hostIPs: node.addresses,
      startTime: this.#startTime,
      placed: this.#place !== undefined && (this.#own !== undefined || live.spec.hostNetwork === true),
      ...(this.#failure && { failure: this.#failure }),
      now: time(),
    });
  }
}

const isReady = (status: PodStatus | undefined): boolean =>
  status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
