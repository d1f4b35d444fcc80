/** Kubelets without nodes: programs run as children of this process, and a log says what the test made it say. */
import { spawn } from 'node:child_process';
import { EventEmitter, on } from 'node:events';
import { Writable } from 'node:stream';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { badRequest } from '../../../src/cluster/api/status.ts';
import type { RunningProgram } from '../../../src/cluster/network/network.ts';
import type { ExecOptions, Kubelets, LogOptions } from '../../../src/cluster/server/kubelet.ts';
import type { KubeAccess } from '../../tools/control-plane.ts';
import { ask } from './ask.ts';

export class FakeKubelets implements Kubelets {
  /** What was asked for, in order. */
  readonly asked: (Partial<LogOptions> & { pod: string })[] = [];
  /** Of the logs that are being followed: what their end looked like. */
  readonly ends: string[] = [];
  readonly programs: RunningProgram[] = [];
  /** The lines that there are already. */
  lines = ['one\n', 'two\n'];
  readonly #more = new EventEmitter();

  /** Writes a line into the log that is followed. */
  write(line: string): void {
    this.#more.emit('line', line);
  }

  /** The container ends, and its log with it. */
  end(): void {
    this.#more.emit('end');
  }

  logs(pod: KubeObject, options: LogOptions, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    this.asked.push({ pod: pod.metadata.name ?? '', ...options });
    if (options.container === 'broken') return Promise.reject(badRequest('the disk is full'));
    return Promise.resolve(this.#chunks(options, signal));
  }

  async *#chunks({ tailLines, follow, stream }: LogOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
    const coming = on(this.#more, 'line', { signal, close: ['end'] });
    const tail = tailLines === undefined ? this.lines : this.lines.slice(this.lines.length - tailLines);
    for (const line of tail) yield Buffer.from(line);
    if (!follow) return;
    try {
      for await (const [line] of coming) {
        const error = String(line).startsWith('error');
        if (stream === 'All' || error === (stream === 'Stderr')) yield Buffer.from(String(line));
      }
      this.ends.push('complete');
    } catch (error) {
      if (!signal.aborted) throw error;
      this.ends.push('client gone');
    }
  }

  /** What was typed into the container `main`. */
  typed = '';

  stdin(_pod: KubeObject, container: string): Writable | undefined {
    if (container !== 'main') return undefined;
    return new Writable({
      write: (chunk, _encoding, done) => {
        this.typed += String(chunk);
        done();
      },
      final: (done) => {
        this.typed += '<end>';
        done();
      },
    });
  }

  exec(_pod: KubeObject, { container, command: [program, ...args], stdin }: ExecOptions): Promise<RunningProgram> {
    if (container === 'broken') return Promise.reject(new Error(`container not found ("${container}")`));
    const child = spawn(program, args, { stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'], detached: true });
    return new Promise((resolve, reject) => {
      child.once('error', reject).once('spawn', () => {
        const { pid = 0, stdout, stderr } = child;
        if (!stdout || !stderr) throw new Error('no pipes');
        const running: RunningProgram = {
          pid,
          stdout,
          stderr,
          stdin: child.stdin ?? undefined,
          exit: new Promise((ended) => child.on('close', (code) => ended({ code: code ?? 137 }))),
          kill: (signal) => {
            if (child.exitCode === null && child.signalCode === null) process.kill(-pid, signal);
          },
        };
        this.programs.push(running);
        resolve(running);
      });
    });
  }
}

/** A pod with a node, whose containers run. */
export const running = (name: string, ...containers: string[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    nodeName: 'n1',
    containers: containers.map((one) => ({ name: one, image: 'i', stdin: true, stdinOnce: true })),
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    containerStatuses: containers.map((one) => ({
      name: one,
      image: 'i',
      imageID: '',
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
    })),
  },
});

/** Makes pods in the namespace `default`, and says that they run. */
export async function run(access: KubeAccess, pods: readonly ReturnType<typeof running>[]): Promise<void> {
  const path = '/api/v1/namespaces/default/pods';
  for (const pod of pods) {
    const made = await ask(access, `POST ${path}`, { body: pod });
    const told = await ask(access, `PATCH ${path}/${pod.metadata.name}/status`, { body: { status: pod.status } });
    if (made.status !== 201 || told.status !== 200) throw new Error(`${pod.metadata.name}: ${made.text} ${told.text}`);
  }
}
