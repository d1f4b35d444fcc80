import { setTimeout as sleep } from 'node:timers/promises';
import type { Place, ProgramSpec, RunningProgram } from '../network/network.ts';

const AGAIN_MS = 1000;
/** A proxy lets requests end that are under way. */
const LEAVE_MS = 1000;
/** Of what it says on its error stream, the last is shown when it ends by itself. */
const KEPT_WORDS = 2048;

/** A program that runs on a node for as long as the node does. */
export class NodeAgent {
  readonly #place: Place;
  readonly #program: ProgramSpec;
  readonly #warn: (message: string, error: unknown) => void;
  #running: RunningProgram | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(place: Place, program: ProgramSpec, warn: (message: string, error: unknown) => void) {
    this.#place = place;
    this.#program = program;
    this.#warn = warn;
  }

  start(): void {
    void this.#once().then((why) => {
      if (this.#closed) return;
      this.#warn('the agent of a node ended; it is started again', why);
      this.#timer = setTimeout(() => this.start(), AGAIN_MS);
    });
  }

  /** Asks it to end; done when it has, or after a moment. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#running?.kill('SIGTERM');
    const late = new AbortController();
    const moment = sleep(LEAVE_MS, undefined, { signal: late.signal }).catch(() => {});
    await Promise.race([this.#running?.exit, moment]);
    late.abort();
  }

  /** Runs it to its end, and tells why it ended. */
  async #once(): Promise<Error> {
    try {
      const program = await this.#place.run(this.#program);
      this.#running = program;
      if (this.#closed) program.kill('SIGTERM');
      let words = '';
      const keep = (chunk: Buffer): void => {
        words = (words + chunk.toString()).slice(-KEPT_WORDS);
      };
      program.stderr.on('data', keep);
      program.stdout.on('data', keep);
      const { code } = await program.exit;
      return new Error(`exit code ${code}: ${words.trim().split('\n').at(-1) ?? ''}`);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
