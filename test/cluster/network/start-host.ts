import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OWN_LOOPBACK } from './users.ts';
import type { HostAnswer, HostCalls } from './host-protocol.ts';

const HOST = join(import.meta.dirname, 'host.ts');
/** The program of every place. */
export const PEER = join(import.meta.dirname, 'peer.ts');

/** The process that has a network, and its calls, each of which rejects with what the call threw. */
export type Host = {
  [Call in keyof HostCalls]: (...args: Parameters<HostCalls[Call]>) => Promise<ReturnType<HostCalls[Call]>>;
} & {
  readonly pid: number;
  readonly stateDir: string;
  /** Ends the process without a word to the network; done when it is gone. */
  kill9(): Promise<void>;
  /** The same, and removes its folder. */
  discard(): Promise<void>;
};

export interface HostOptions {
  /** What the process is started through. */
  prefix?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** A folder that an earlier one has used. */
  stateDir?: string;
}

/** Starts a process that can have a network; it ends when this one does. */
export async function startHost({
  prefix = [],
  env = {},
  stateDir = mkdtempSync(join(tmpdir(), "sluice-network of $USER's ")),
}: HostOptions = {}): Promise<Host> {
  // Whoever the host runs as.
  chmodSync(stateDir, 0o777);
  const [file, ...args] = [...prefix, process.execPath, HOST] as unknown as [string, ...string[]];
  const child = spawn(file, args, {
    env: {
      PATH: process.env['PATH'] ?? '',
      SHARED_LOOPBACK: String(OWN_LOOPBACK.length === 0),
      STATE_DIR: stateDir,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const call = (name: string, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = waiting.size + 1;
      waiting.set(id, { resolve, reject });
      child.send({ id, call: name, args });
    });
  await new Promise<unknown>((resolve, reject) => {
    waiting.set(0, { resolve, reject });
    void gone.then(() => {
      for (const { reject: rejectCall } of waiting.values()) rejectCall(new Error('the host has ended'));
    });
    child.on('message', ({ id, result, error }: HostAnswer) => {
      const call = waiting.get(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(Object.assign(new Error(error.message), { name: error.name }));
    });
  });
  return new Proxy({} as Host, {
    get: (_, name) => {
      if (name === 'pid') return child.pid;
      if (name === 'stateDir') return stateDir;
      // Not a promise.
      if (name === 'then') return undefined;
      if (name === 'kill9') return () => killed(child, gone);
      if (name === 'discard') {
        return async () => {
          await killed(child, gone);
          // What a network of its own namespaces mounts there goes with them, which may take a moment.
          rmSync(stateDir, { recursive: true, force: true, maxRetries: 10 });
        };
      }
      return (...args: unknown[]) => call(String(name), args);
    },
  });
}

async function killed(child: ChildProcess, gone: Promise<void>): Promise<void> {
  child.kill('SIGKILL');
  await gone;
}
