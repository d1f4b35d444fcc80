/** The spawner's side of every program: its process group, its streams, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { childrenOf, outerId } from './proc.ts';
import { type GroupFile, signalGroup } from './process-groups.ts';
import { type Command, type FromSpawner, type OutputStream, WINDOW_BYTES } from './protocol.ts';

/** How long a stream may stay open after its program has ended: whoever holds it has left the group. */
const STRAY_STREAM_MS = 1000;

interface Spawned {
  child: ChildProcess;
  pid: number;
  tty: boolean;
  /** Bytes of each stream that the client has not made room for. */
  onTheWay: Record<OutputStream, number>;
  exited: boolean;
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
    const child = spawn(file, args, {
      cwd,
      env,
      // A session and a group of its own: a signal reaches all of it, and none of what a terminal sends here.
      detached: true,
      stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    const { pid } = child;
    if (pid === undefined) {
      child.once('error', ({ message }) => this.#send({ type: 'not-started', id, message }));
      return;
    }
    const program: Spawned = { child, pid, tty, onTheWay: { stdout: 0, stderr: 0 }, exited: false };
    this.#programs.set(id, program);
    this.#groupFile?.add(pid);
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

  killAll(): void {
    for (const program of this.#programs.values()) if (!program.exited) signalProgram(program, 'SIGKILL');
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

  #exited(program: Spawned): void {
    const { child, pid } = program;
    program.exited = true;
    signalGroup(pid, 'SIGKILL');
    this.#groupFile?.delete(pid);
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
