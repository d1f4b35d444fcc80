/** The spawner's side of every program: its process group, its streams, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, outerId } from './proc.ts';
import { type GroupFile, signalGroup } from './process-groups.ts';
import { type Command, type FromSpawner, type OutputStream, WINDOW_BYTES } from './protocol.ts';

/** How long a stream may stay open after its program has ended: whoever holds it has left the group. */
const STRAY_STREAM_MS = 1000;

/** The system's own business, unless a disk or a device hangs. */
const KILLED_WITHIN_MS = 1000;
/** How soon `script` starts what it runs is up to the machine. */
const LOOK_AGAIN_MS = 5;

interface Spawned {
  child: ChildProcess;
  pid: number;
  tty: boolean;
  /** Bytes of each stream that the client has not made room for. */
  onTheWay: Record<OutputStream, number>;
  exited: boolean;
  /** The group that `script` has put what it runs into, as soon as that is known. */
  inner?: number;
}

export class SpawnedPrograms {
  readonly #programs = new Map<number, Spawned>();
  readonly #send: (message: FromSpawner) => void;
  readonly #groupFile: GroupFile | undefined;

  constructor(send: (message: FromSpawner) => void, groupFile: GroupFile | undefined) {
    this.#send = send;
    this.#groupFile = groupFile;
  }

  run(id: number, { file, args, env, cwd, stdin, tty }: Command): void {
    let child: ChildProcess;
    try {
      child = spawn(file, args, {
        cwd,
        env,
        // A session and a group of its own: a signal reaches all of it, and none of what a terminal sends here.
        detached: true,
        stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      // As of too many arguments; other errors come later.
      this.#send({ type: 'not-started', id, message: (error as Error).message });
      return;
    }
    const { pid } = child;
    if (pid === undefined) {
      child.once('error', ({ message }) => this.#send({ type: 'not-started', id, message }));
      return;
    }
    const program: Spawned = { child, pid, tty, onTheWay: { stdout: 0, stderr: 0 }, exited: false };
    this.#programs.set(id, program);
    this.#note((groups) => groups.add(pid));
    if (tty) this.#noteInner(program);
    this.#send({ type: 'started', id, pid: outerId(pid) });
    child.on('error', () => {});
    // Who writes to a program that has ended or doesn't read is told nothing, as with a pipe to a container.
    child.stdin?.on('error', () => {});
    this.#forward(id, program, 'stdout');
    this.#forward(id, program, 'stderr');
    child.once('exit', () => this.#exited(program));
    child.once('close', (code, signal) => {
      this.#programs.delete(id);
      this.#send({ type: 'ended', id, code, signal });
    });
  }

  input(id: number, data: Uint8Array | undefined): void {
    const stdin = this.#programs.get(id)?.child.stdin;
    if (data === undefined) stdin?.end();
    else if (stdin === undefined || stdin === null) this.#send({ type: 'input-taken', id });
    else stdin.write(data, () => this.#send({ type: 'input-taken', id }));
  }

  room(id: number, stream: OutputStream, bytes: number): void {
    const program = this.#programs.get(id);
    if (program === undefined) return;
    program.onTheWay[stream] -= bytes;
    if (program.onTheWay[stream] < WINDOW_BYTES) program.child[stream]?.resume();
  }

  kill(id: number, signal: NodeJS.Signals): void {
    const program = this.#programs.get(id);
    if (program !== undefined && !program.exited) signalProgram(program, signal);
  }

  /** Done when they have ended, so that who comes next finds their addresses free; or after a while. */
  async killAll(): Promise<void> {
    const running = [...this.#programs.values()].filter(({ exited }) => !exited);
    const ends = running.map(({ child }) => once(child, 'exit'));
    for (const program of running) signalProgram(program, 'SIGKILL');
    await Promise.race([Promise.all(ends), sleep(KILLED_WITHIN_MS)]);
  }

  #forward(id: number, program: Spawned, stream: OutputStream): void {
    const readable = program.child[stream] as Readable;
    readable.on('data', (data: Buffer) => {
      this.#send({ type: 'output', id, stream, data });
      program.onTheWay[stream] += data.length;
      // What is left when the program has ended is little, and its end waits for nobody who doesn't read.
      if (program.onTheWay[stream] >= WINDOW_BYTES && !program.exited) readable.pause();
    });
    readable.on('error', () => {});
  }

  #note(change: (groups: GroupFile) => void): void {
    if (this.#groupFile === undefined) return;
    try {
      change(this.#groupFile);
    } catch (error) {
      const { message } = error as Error;
      this.#send({ type: 'warning', message: `which programs run could not be written down: ${message}` });
    }
  }

  /** On a terminal the program itself is in a session of its own, which must be known when this process is killed. */
  #noteInner(program: Spawned): void {
    if (program.exited || this.#groupFile === undefined) return;
    const [inner] = childrenOf(program.pid);
    if (inner === undefined) {
      setTimeout(() => this.#noteInner(program), LOOK_AGAIN_MS).unref();
      return;
    }
    program.inner = inner;
    this.#note((groups) => groups.add(inner));
  }

  #exited(program: Spawned): void {
    const { child, pid, inner } = program;
    program.exited = true;
    for (const group of inner === undefined ? [pid] : [inner, pid]) {
      signalGroup(group, 'SIGKILL');
      this.#note((groups) => groups.delete(group));
    }
    child.stdout?.resume();
    child.stderr?.resume();
    setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, STRAY_STREAM_MS).unref();
  }
}

/** `script` has put what it runs into a session of its own, and keeps the terminal open until that has ended. */
function signalProgram({ pid, tty }: Spawned, signal: NodeJS.Signals): void {
  const inner = tty ? childrenOf(pid) : [];
  for (const child of inner) signalGroup(child, signal);
  if (inner.length === 0 || signal === 'SIGKILL') signalGroup(pid, signal);
}
