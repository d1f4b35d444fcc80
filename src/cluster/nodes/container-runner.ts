import type { Writable } from 'node:stream';
import type { Exit, ProgramSpec, RunningProgram } from '../network/network.ts';
import { type BackoffTimes, LOOK_BACKOFF, nextWait } from './backoff.ts';
import { ContainerLog } from './container-log.ts';
import { ContainerProbes } from './container-probes.ts';
import { ConfigMissing } from './environment.ts';
import { expand } from './expand.ts';
import { handle, type HandlerContext } from './handler.ts';
import type { Container, Handler } from './pod.ts';
import { type ContainerFacts, terminatedState } from './pod-status.ts';

/** What images stand for on this machine (`images/`). */
export interface Images {
  /** What a container runs; `$(VAR)` in its command and args is replaced already. */
  launch(container: Pick<Container, 'image' | 'command' | 'args'>): { argv: ProgramSpec['argv'] } | ImageProblem;
  /** What a further command in such a container runs. */
  exec(image: string, command: readonly string[]): { argv: ProgramSpec['argv'] } | ImageProblem;
}

/** Why there is nothing to run, and the reason that a waiting container gives for it. */
export interface ImageProblem {
  reason: string;
  problem: string;
}

/** What a container needs of the pod and the node that it is on. */
export interface ContainerHost {
  now(): number;
  /** RFC 3339, whole seconds. */
  time(): string;
  uid(): string;
  backoff: BackoffTimes;
  images: Images;
  /** All of its environment. @throws ConfigMissing */
  env(container: Container): Record<string, string>;
  run(program: ProgramSpec): Promise<RunningProgram>;
  handlers: Omit<HandlerContext, 'portNamed' | 'run'>;
  /** The pod's grace, for containers that are killed by themselves. */
  graceMs: number;
  /** Whether it runs again after it ended with this code. */
  restarts(code: number): boolean;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Something of `facts` has changed. */
  changed(): void;
  /** `name_namespace(uid)`, as messages call the pod. */
  podName: string;
}

/** A hook that says no time of its own may take this long. */
const HOOK_MS = 30_000;
const LONGEST_MESSAGE = 2048;
/** The exit code of what ended by SIGTERM. */
const KILLED = 143;

/** One container: runs it, probes it, runs it again when it ends, and ends it. */
export class ContainerRunner {
  #container: Container;
  /** Its image was changed since it was started. */
  #changed = false;
  readonly #host: ContainerHost;
  #facts: ContainerFacts;
  #program: RunningProgram | undefined;
  #log: ContainerLog;
  #previous: ContainerLog | undefined;
  /** Of the present run. */
  #probes: ContainerProbes | undefined;
  #stopping = false;
  #deadline = Number.POSITIVE_INFINITY;
  #killTimer: NodeJS.Timeout | undefined;
  /** Ends a wait between two runs. */
  #wake = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<void>();
  #life: Promise<void> | undefined;

  /** `facts` are those of an earlier life of the node, if it had any. */
  constructor(container: Container, host: ContainerHost, facts?: ContainerFacts) {
    this.#container = container;
    this.#host = host;
    this.#log = new ContainerLog(host.now);
    this.#facts = facts ?? {
      state: { waiting: { reason: 'ContainerCreating' } },
      last: undefined,
      restarts: 0,
      ready: false,
      started: false,
      containerID: undefined,
    };
  }

  get container(): Container {
    return this.#container;
  }

  /** Takes a newer version of it: with another image it is run again, if it may be. */
  change(container: Container): void {
    const { image } = this.#container;
    this.#container = container;
    if (container.image === image || this.#stopping || !this.#host.restarts(KILLED)) return;
    this.#changed = true;
    if (this.#program) this.#killForItself(this.#program, 'definition changed', this.#host.graceMs);
    else this.#wake.resolve();
  }

  get facts(): ContainerFacts {
    return this.#facts;
  }

  get log(): ContainerLog {
    return this.#log;
  }

  /** The log of the run before the present one. */
  get previousLog(): ContainerLog | undefined {
    return this.#previous;
  }

  /** Resolves when it has ended for good: never rejects. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  start(): void {
    this.#life ??= this.#live().finally(() => this.#done.resolve());
  }

  /** @throws ConfigMissing */
  #env(): Record<string, string> {
    return this.#host.env(this.container);
  }

  /** What types into the running container; undefined when it has no standard input. */
  get stdin(): Writable | undefined {
    return this.#program?.stdin;
  }

  get running(): boolean {
    return this.#program !== undefined;
  }

  /**
   * Ends it for good: its preStop hook, SIGTERM, and SIGKILL at `deadline` (milliseconds since 1970). A second call
   * may bring the deadline forward. It goes on serving, and being probed for readiness, until it ends.
   */
  stop(deadline: number): Promise<void> {
    if (deadline < this.#deadline) {
      this.#deadline = deadline;
      clearTimeout(this.#killTimer);
      const left = Math.max(0, deadline - this.#host.now());
      this.#killTimer = setTimeout(() => this.#program?.kill('SIGKILL'), left);
    }
    if (!this.#life) this.#done.resolve();
    if (!this.#stopping) {
      this.#stopping = true;
      this.#wake.resolve();
      void this.#end();
    }
    return this.#done.promise.finally(() => clearTimeout(this.#killTimer));
  }

  async #end(): Promise<void> {
    if (!this.#program) return;
    this.#probes?.stop('liveness', 'startup');
    const { preStop } = this.container.lifecycle ?? {};
    this.#host.event('Normal', 'Killing', `Stopping container ${this.container.name}`);
    if (preStop) {
      const result = await this.#hook(preStop, Math.max(0, this.#deadline - this.#host.now()));
      if (!result.ok) this.#host.event('Warning', 'FailedPreStopHook', `PreStopHook failed: ${result.message}`);
    }
    this.#program?.kill('SIGTERM');
  }

  async #live(): Promise<void> {
    const host = this.#host;
    // Of an earlier life of the node.
    const { terminated } = this.#facts.state;
    if (terminated && !host.restarts(terminated.exitCode)) return;
    let crashed: number | undefined;
    let looked: number | undefined = 0;
    while (!this.#stopping) {
      const begun = host.now();
      this.#changed = false;
      const ended = await this.#once();
      if (this.#stopping) return;
      if (ended === undefined) {
        if (this.#changed) continue;
        looked = nextWait(looked, 0, { ...LOOK_BACKOFF, baseMs: Math.min(LOOK_BACKOFF.baseMs, host.backoff.baseMs) });
        await this.#sleep(looked);
        continue;
      }
      looked = 0;
      if (!host.restarts(ended)) return;
      crashed = this.#changed ? undefined : nextWait(crashed, host.now() - begun, host.backoff);
      if (!crashed) continue;
      this.#backOff(crashed);
      await this.#sleep(crashed);
    }
  }

  #backOff(waitMs: number): void {
    const { name } = this.container;
    const { event, podName } = this.#host;
    const message = `back-off ${waitMs / 1000}s restarting failed container=${name} pod=${podName}`;
    this.#set({ state: { waiting: { reason: 'CrashLoopBackOff', message } }, last: this.#lastOf() });
    event('Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${podName}`);
  }

  #lastOf(): ContainerFacts['last'] {
    return this.#facts.state.terminated ?? this.#facts.last;
  }

  async #sleep(ms: number): Promise<void> {
    const timer = setTimeout(() => this.#wake.resolve(), ms);
    await this.#wake.promise;
    clearTimeout(timer);
    this.#wake = Promise.withResolvers();
  }

  /** One run, from its start to its end; gives the exit code, or undefined when it could not begin. */
  async #once(): Promise<number | undefined> {
    const { container } = this;
    const host = this.#host;
    const prepared = this.#prepare();
    if (typeof prepared === 'string') {
      this.#wait('CreateContainerConfigError', prepared);
      host.event('Warning', 'Failed', `Error: ${prepared}`);
      return undefined;
    }
    const { env, found } = prepared;
    if ('problem' in found) {
      this.#noImage(found);
      return undefined;
    }
    const ran = this.#facts.containerID !== undefined || this.#facts.last !== undefined;
    const containerID = `sluice://${host.uid().replaceAll('-', '')}`;
    if (ran) this.#previous = this.#log;
    this.#log = new ContainerLog(host.now);
    const startedAt = host.time();
    const restarts = this.#facts.restarts + (ran ? 1 : 0);
    let program: RunningProgram;
    try {
      program = await this.#run({
        argv: found.argv,
        env,
        ...(container.workingDir && { cwd: container.workingDir }),
        ...(container.stdin && { stdin: true }),
        ...(container.tty && { tty: true }),
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const exit = { code: 128, reason: 'StartError', message };
      const terminated = terminatedState(exit, { startedAt: null, finishedAt: host.time(), containerID });
      this.#set({ state: { terminated }, last: this.#lastOf(), restarts, ready: false, started: false, containerID });
      host.event('Warning', 'Failed', `Error: ${message}`);
      return exit.code;
    }
    this.#program = program;
    const log = this.#log;
    log.collect('Stdout', program.stdout);
    log.collect('Stderr', program.stderr);
    const { startupProbe, readinessProbe } = container;
    const begun = { state: { running: { startedAt } }, last: this.#lastOf(), restarts, containerID };
    this.#set({ ...begun, started: !startupProbe, ready: !startupProbe && !readinessProbe });
    host.event('Normal', 'Started', `Started container ${container.name}`);
    // A stop that came while it was being started.
    if (this.#stopping) this.#killAtOnceOrLater(program);
    else this.#beginProbes(program);
    const exit = await program.exit;
    this.#program = undefined;
    this.#probes?.stop();
    log.end();
    return this.#ended(exit, { startedAt, finishedAt: host.time(), containerID });
  }

  /** On a machine that has no terminals, a container that wants one runs without. */
  async #run(program: ProgramSpec): Promise<RunningProgram> {
    const { tty, ...plain } = program;
    return this.#host.run(program).catch((error: unknown) => {
      if (tty) return this.#host.run(plain);
      throw error;
    });
  }

  /** Environment and program, or what the environment still lacks. */
  #prepare(): { env: Record<string, string>; found: ReturnType<Images['launch']> } | string {
    const { image, command, args } = this.container;
    try {
      const env = this.#env();
      const values = new Map(Object.entries(env));
      const expanded = (words: readonly string[]): string[] => words.map((word) => expand(word, values));
      const found = this.#host.images.launch({
        image,
        ...(command && { command: expanded(command) }),
        ...(args && { args: expanded(args) }),
      });
      return { env, found };
    } catch (error) {
      if (error instanceof ConfigMissing) return error.message;
      throw error;
    }
  }

  /** As a kubelet that can't pull: an error, and from the second time on a wait for the next attempt. */
  #noImage({ reason, problem }: ImageProblem): void {
    const before = this.#facts.state.waiting?.reason;
    const again = before === 'ErrImagePull' || before === 'ImagePullBackOff';
    if (reason === 'ErrImagePull' && again) {
      this.#wait('ImagePullBackOff', `Back-off pulling image "${this.container.image}": ${problem}`);
      return;
    }
    this.#wait(reason, problem);
    this.#host.event('Warning', 'Failed', `Failed to pull image "${this.container.image}": ${problem}`);
  }

  /** A program beside the container's own, as its image understands the command. @throws Error when there is no such program */
  async exec(program: Omit<ProgramSpec, 'env'>): Promise<RunningProgram> {
    const found = this.#host.images.exec(this.container.image, program.argv);
    if ('problem' in found) throw new Error(found.problem);
    return this.#host.run({ ...program, argv: found.argv, env: this.#env() });
  }

  #killAtOnceOrLater(program: RunningProgram): void {
    program.kill(this.#deadline <= this.#host.now() ? 'SIGKILL' : 'SIGTERM');
  }

  #ended({ code, signal }: Exit, times: Parameters<typeof terminatedState>[1]): number {
    const message =
      code !== 0 && this.container.terminationMessagePolicy === 'FallbackToLogsOnError'
        ? this.#log.tail(LONGEST_MESSAGE)
        : undefined;
    const exit = { code, ...(signal && { signal: code - 128 }), ...(message && { message }) };
    this.#set({ state: { terminated: terminatedState(exit, times) }, ready: false, started: false });
    return code;
  }

  #wait(reason: string, message: string): void {
    this.#set({ state: { waiting: { reason, message } }, last: this.#lastOf(), ready: false, started: false });
  }

  #set(change: Partial<ContainerFacts>): void {
    this.#facts = { ...this.#facts, ...change };
    this.#host.changed();
  }

  #context(): HandlerContext {
    const { container } = this;
    return {
      ...this.#host.handlers,
      portNamed: (name) => container.ports?.find((port) => port.name === name)?.containerPort,
      run: (argv) => this.exec({ argv }),
    };
  }

  #hook(handler: Handler, timeoutMs: number) {
    return handle(handler, timeoutMs, this.#context());
  }

  /** Of a run that has just begun: after its postStart hook, if it has one. */
  #beginProbes(program: RunningProgram): void {
    const { container } = this;
    const host = this.#host;
    const probes = new ContainerProbes(container, {
      ask: (handler, timeoutMs) => this.#hook(handler, timeoutMs),
      started: () => this.#set({ started: true, ready: !container.readinessProbe }),
      ready: (ready) => {
        if (ready !== this.#facts.ready) this.#set({ ready });
      },
      unhealthy: (message) => host.event('Warning', 'Unhealthy', message),
      failed: (kind, graceMs) => this.#killForItself(program, `failed ${kind} probe`, graceMs ?? host.graceMs),
    });
    this.#probes = probes;
    const { postStart } = container.lifecycle ?? {};
    if (!postStart) {
      probes.begin();
      return;
    }
    void this.#hook(postStart, HOOK_MS).then((result) => {
      if (this.#program !== program) return;
      if (result.ok) {
        if (!this.#stopping) probes.begin();
        return;
      }
      host.event('Warning', 'FailedPostStartHook', `PostStartHook failed: ${result.message}`);
      this.#killForItself(program, 'FailedPostStartHook', host.graceMs);
    });
  }

  #killForItself(program: RunningProgram, why: string, graceMs: number): void {
    this.#probes?.stop('liveness', 'startup');
    const { name } = this.container;
    this.#host.event('Normal', 'Killing', `Container ${name} ${why}, will be restarted`);
    program.kill('SIGTERM');
    const timer = setTimeout(() => program.kill('SIGKILL'), graceMs);
    void program.exit.then(() => clearTimeout(timer));
  }
}
