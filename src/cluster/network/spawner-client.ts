/** This process's side of the spawner: starts it, has programs run, notices when it is gone. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { compileCacheEnv } from '../../runtime/compile-cache.ts';
import { ClientProgram } from './client-program.ts';
import type { Command, FromSpawner, ToSpawner } from './protocol.ts';

const SPAWNER = join(import.meta.dirname, 'spawner.ts');
const STOP_MS = 3000;
/** Of what it says on its error stream, the last is kept for whoever asks why it ended. */
const KEPT_WORDS = 4096;

export interface SpawnerOptions {
  /** Put before the command that starts the spawner. */
  prefix?: readonly string[];
  /** The spawner's own environment; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  /** Arguments of `spawner.ts`. */
  args: readonly string[];
  onWarning(message: string): void;
  /** It ended without having been told to; all programs have ended with it. */
  onLost(error: Error): void;
}

interface Starting {
  command: Command;
  resolve(program: ClientProgram): void;
  reject(error: Error): void;
}

export class SpawnerClient {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #onWarning: SpawnerOptions['onWarning'];
  readonly #starting = new Map<number, Starting>();
  readonly #programs = new Map<number, ClientProgram>();
  #listening: { resolve(server: Server): void; reject(error: Error): void } | undefined;
  #lastId = 0;
  #words = '';
  #ready: { resolve(): void; reject(error: Error): void } | undefined;
  #stopping = false;
  #lost = false;

  /** @throws Error with what the spawner, or what should have started it, said. */
  static async start(options: SpawnerOptions): Promise<SpawnerClient> {
    const client = new SpawnerClient(options);
    await new Promise<void>((resolve, reject) => {
      client.#ready = { resolve, reject };
    });
    client.#ready = undefined;
    return client;
  }

  constructor({ prefix = [], env, args, onWarning, onLost }: SpawnerOptions) {
    this.#onWarning = onWarning;
    const [file, ...rest] = [...prefix, process.execPath, SPAWNER, ...args] as [string, ...string[]];
    this.#child = spawn(file, rest, {
      env: { ...compileCacheEnv(), ...env },
      // Ctrl-C on a terminal is this process's to answer, in order.
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.on('message', (message, handle) => this.#receive(message as FromSpawner, handle as Server | undefined));
    this.#child.stderr?.setEncoding('utf8').on('data', (words: string) => {
      this.#words = (this.#words + words).slice(-KEPT_WORDS);
    });
    this.#gone = new Promise((resolve) => {
      // `close` comes after its last words.
      for (const event of ['error', 'close']) {
        this.#child.once(event, (how: unknown) => {
          if (how instanceof Error) this.#words ||= how.message;
          this.#end(onLost);
          resolve();
        });
      }
    });
  }

  /**
   * Runs a program. @throws Error when the system can't start it.
   */
  run(command: Command): Promise<ClientProgram> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#lost || this.#stopping) {
        reject(new Error('the network is closed'));
        return;
      }
      this.#starting.set(id, { command, resolve, reject });
      this.#send({ type: 'run', id, command });
    });
  }

  /** Ends what is in a place, wherever that has gone. */
  sweep(what: { namespace: string } | { places: string }): void {
    this.#send({ type: 'sweep', ...what });
  }

  /** A server whose socket was opened where the spawner is. One at a time. @throws Error when it can't listen there. */
  listen(host: string, port: number): Promise<Server> {
    return new Promise((resolve, reject) => {
      this.#listening = { resolve, reject };
      this.#send({ type: 'listen', host, port });
    });
  }

  /** Ends all programs and the spawner. */
  async close(): Promise<void> {
    this.#stopping = true;
    this.#send({ type: 'stop' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#gone;
    clearTimeout(timer);
  }

  #send(message: ToSpawner): void {
    // What fails here fails because it is gone, and `close` says that to everyone.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #receive(message: FromSpawner, handle: Server | undefined): void {
    switch (message.type) {
      case 'ready':
        return this.#ready?.resolve();
      case 'started': {
        const starting = this.#starting.get(message.id);
        if (starting === undefined) return;
        const program = new ClientProgram(message.id, message.pid, starting.command, (about) => this.#send(about));
        this.#programs.set(message.id, program);
        this.#starting.delete(message.id);
        return starting.resolve(program);
      }
      case 'not-started': {
        const starting = this.#starting.get(message.id);
        this.#starting.delete(message.id);
        return starting?.reject(new Error(message.message));
      }
      case 'output':
        return this.#programs.get(message.id)?.output(message.stream, message.data);
      case 'input-taken':
        return this.#programs.get(message.id)?.inputTaken();
      case 'ended': {
        const program = this.#programs.get(message.id);
        this.#programs.delete(message.id);
        return program?.end(message.code, message.signal);
      }
      case 'listening':
        if (handle !== undefined) this.#listening?.resolve(handle);
        return;
      case 'not-listening':
        return this.#listening?.reject(new Error(message.message));
      case 'warning':
        return this.#onWarning(message.message);
    }
  }

  #end(onLost: SpawnerOptions['onLost']): void {
    if (this.#lost) return;
    this.#lost = true;
    const lines = this.#words.trim().split('\n');
    const error = new Error(
      (lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0]) || 'the process that runs all programs has ended',
    );
    this.#ready?.reject(error);
    this.#listening?.reject(error);
    for (const { reject } of this.#starting.values()) reject(error);
    this.#starting.clear();
    for (const program of this.#programs.values()) program.end(null, 'SIGKILL');
    this.#programs.clear();
    if (!this.#stopping && this.#ready === undefined) onLost(error);
  }
}
