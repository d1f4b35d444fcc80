import { constants } from 'node:os';
import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Exit, RunningProgram } from './network.ts';
import type { Command, OutputStream, ToSpawner } from './protocol.ts';

/** A program that the spawner runs, as its users see it. */
export class ClientProgram implements RunningProgram {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly stdin: Writable | undefined;
  readonly exit: Promise<Exit>;
  /** Resolves when it has ended, whether or not anyone reads. */
  readonly ended: Promise<void>;
  readonly #id: number;
  readonly #send: (message: ToSpawner) => void;
  /** Bytes of each stream that its reader has not asked beyond. */
  readonly #unread: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
  #inputTaken: (() => void) | undefined;
  #exited: ((exit: Exit) => void) | undefined;

  constructor(id: number, pid: number, { stdin }: Command, send: (message: ToSpawner) => void) {
    this.#id = id;
    this.pid = pid;
    this.#send = send;
    this.stdout = new Readable({ read: () => this.#makeRoom('stdout') });
    this.stderr = new Readable({ read: () => this.#makeRoom('stderr') });
    this.stdin = stdin ? this.#input() : undefined;
    const exited = new Promise<Exit>((resolve) => {
      this.#exited = resolve;
    });
    this.ended = exited.then(() => {});
    this.exit = exited.then(async (exit) => {
      // Who has just been given it has yet to begin to read.
      await nextTurn();
      await Promise.all([read(this.stdout), read(this.stderr)]);
      return exit;
    });
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#exited !== undefined) this.#send({ type: 'kill', id: this.#id, signal });
  }

  output(stream: OutputStream, data: Uint8Array): void {
    const readable = this[stream];
    this.#unread[stream] += data.length;
    // A reader that has gone takes all there is.
    if (readable.destroyed || readable.push(data)) this.#makeRoom(stream);
  }

  inputTaken(): void {
    const taken = this.#inputTaken;
    this.#inputTaken = undefined;
    taken?.();
  }

  end(code: number | null, signal: NodeJS.Signals | null): void {
    this.stdout.push(null);
    this.stderr.push(null);
    this.stdin?.destroy();
    const exit: Exit = signal === null ? { code: code ?? 0 } : { code: 128 + constants.signals[signal], signal };
    this.#exited?.(exit);
    this.#exited = undefined;
  }

  #makeRoom(stream: OutputStream): void {
    const bytes = this.#unread[stream];
    if (bytes === 0) return;
    this.#unread[stream] = 0;
    this.#send({ type: 'room', id: this.#id, stream, bytes });
  }

  #input(): Writable {
    const id = this.#id;
    const stdin = new Writable({
      write: (data: Buffer, _encoding, taken) => {
        this.#inputTaken = taken;
        this.#send({ type: 'input', id, data });
      },
      final: (done) => {
        this.#send({ type: 'input', id });
        done();
      },
    });
    // Who writes to what has ended need not listen for that.
    return stdin.on('error', () => {});
  }
}

/** When a stream has been read to its end or given up; at once when nobody has begun. */
async function read(stream: Readable): Promise<void> {
  if (stream.readableFlowing === null && stream.listenerCount('readable') === 0) return;
  await finished(stream, { cleanup: true }).catch(() => {});
}
