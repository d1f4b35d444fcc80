import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compileCacheEnv } from '../../runtime/compile-cache.ts';
import type { Place, RunningProgram } from '../network/network.ts';

/** A question to a node's prober. */
export interface ProbeQuestion {
  id: number;
  kind: 'http' | 'tcp';
  host: string;
  port: number;
  timeoutMs: number;
  /** Where the question comes from, where addresses don't say it by themselves (loopback mode). */
  localAddress?: string;
  path?: string;
  scheme?: 'HTTP' | 'HTTPS';
  headers?: Record<string, string>;
}

export interface ProbeAnswer {
  id: number;
  ok: boolean;
  message: string;
}

export type ProbeAsked = Omit<ProbeQuestion, 'id' | 'localAddress'>;
export type ProbeResult = Omit<ProbeAnswer, 'id'>;

/** Added to a question's own time, for a prober that answers nothing any more. */
const PATIENCE_MS = 5000;

/** The probes that leave from a node; its program is started with the first question and again when it has ended. */
export class Prober {
  readonly #node: Place;
  readonly #localAddress: string | undefined;
  #program: Promise<RunningProgram> | undefined;
  #next = 1;
  readonly #waiting = new Map<number, (result: ProbeResult) => void>();
  #closed = false;

  /** `localAddress` is given in loopback mode, where every program would otherwise come from 127.0.0.1. */
  constructor(node: Place, localAddress?: string) {
    this.#node = node;
    this.#localAddress = localAddress;
  }

  /** Never rejects: what can't be asked has failed. */
  async ask(asked: ProbeAsked): Promise<ProbeResult> {
    if (this.#closed) return { ok: false, message: 'the node is going' };
    const id = this.#next++;
    const { promise, resolve } = Promise.withResolvers<ProbeResult>();
    this.#waiting.set(id, resolve);
    const late = { ok: false, message: 'the probe was not answered' };
    const timer = setTimeout(() => resolve(late), asked.timeoutMs + PATIENCE_MS);
    try {
      const { stdin } = await this.#start();
      const question: ProbeQuestion = { id, ...asked, ...(this.#localAddress && { localAddress: this.#localAddress }) };
      stdin?.write(`${JSON.stringify(question)}\n`);
      return await promise;
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#closed = true;
    this.#program?.then((program) => program.kill('SIGKILL')).catch(() => {});
    this.#fail('the node is going');
  }

  #start(): Promise<RunningProgram> {
    this.#program ??= this.#run().catch((error: unknown) => {
      this.#program = undefined;
      throw error;
    });
    return this.#program;
  }

  async #run(): Promise<RunningProgram> {
    const program = await this.#node.run({
      argv: [process.execPath, '--no-warnings', join(import.meta.dirname, 'prober-program.ts')],
      env: compileCacheEnv(),
      stdin: true,
    });
    createInterface({ input: program.stdout }).on('line', (line) => {
      const { id, ...result } = JSON.parse(line) as ProbeAnswer;
      this.#waiting.get(id)?.(result);
    });
    program.stderr.resume();
    program.stdin?.on('error', () => {});
    void program.exit.then(() => {
      this.#program = undefined;
      this.#fail('the prober of the node has ended');
    });
    return program;
  }

  #fail(message: string): void {
    for (const resolve of this.#waiting.values()) resolve({ ok: false, message });
  }
}
