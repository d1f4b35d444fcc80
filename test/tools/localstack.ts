import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localStackPython } from '../../scripts/tools.mjs';
import { readyOrTail } from './control-plane.ts';
import { hookEnvironment, type NetworkOptions } from './network.ts';
import { freePort, removeWithThisProcess, startProgram } from './processes.ts';

/** A LocalStack gateway: its community core, with ELBv2 by the plug-in in `localstack/plugin`. */
export interface LocalStack {
  url: string;
  stop(): Promise<void>;
}

const HOOKS = join(import.meta.dirname, '..', '..', 'localstack', 'init');

/** Starts it on a free loopback port, with the repository's init hook, and returns when that has laid out the network. */
export async function startLocalStack(options: NetworkOptions = {}): Promise<LocalStack> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-localstack-'));
  removeWithThisProcess(dir);
  // The place of the image, under the root given below.
  const hooks = join(dir, 'etc', 'localstack', 'init');
  mkdirSync(hooks, { recursive: true });
  cpSync(HOOKS, hooks, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const gateway = await startProgram(localStackPython(), ['-m', 'localstack.runtime.main'], {
    name: 'localstack',
    cwd: dir,
    env: {
      PATH: process.env['PATH'],
      HOME: dir,
      TMPDIR: dir,
      PYTHONUNBUFFERED: '1',
      // Else it takes this for its container, and writes to /var/lib and /etc.
      OVERRIDE_IN_DOCKER: '0',
      FILESYSTEM_ROOT: dir,
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      DNS_ADDRESS: '0',
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      // A line a call, else.
      LS_LOG: 'warn',
      ...hookEnvironment(options),
    },
  });
  const stop = async () => {
    await gateway.end('SIGKILL');
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await readyOrTail(gateway, async () => hooksDone(`${url}/_localstack/init/ready`));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** @throws Error when a hook failed. */
async function hooksDone(url: string): Promise<boolean> {
  const { completed, scripts } = (await (await fetch(url)).json()) as {
    completed: boolean;
    scripts: { name: string; state: string }[];
  };
  const failed = scripts.find(({ state }) => state === 'ERROR');
  if (failed) throw new Error(`LocalStack's init hook ${failed.name} failed`);
  return completed;
}
