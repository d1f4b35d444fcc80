import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { waitFor } from '../support/wait.ts';
import { type KubeAccess, type KubeAnswer, kubeRequest, readyOrTail } from './control-plane.ts';
import { freePort, type Program, removeWithThisProcess, startProgram } from './processes.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** `sluice cluster --nodes` as a process of its own. */
export interface MachineCluster extends KubeAccess {
  dir: string;
  kubeconfig: string;
  program: Program;
  request(method: string, path: string, body?: unknown): Promise<KubeAnswer>;
  /** Another command of `sluice` against it; gives exit code and output. */
  sluice(...args: string[]): Promise<{ code: number | NodeJS.Signals; output: string }>;
  stop(): Promise<void>;
}

export interface MachineClusterOptions {
  network: 'kernel' | 'loopback' | 'auto';
  nodes: number;
  flags?: readonly string[];
  /** Kept when given, else temporary. */
  dir?: string;
  /** Put before the command: another user, another namespace. */
  prefix?: readonly string[];
}

/** Starts it and waits until its nodes are ready. */
export async function startMachineCluster(options: MachineClusterOptions): Promise<MachineCluster> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'sluice-machines-'));
  if (!options.dir) removeWithThisProcess(dir);
  const port = await freePort();
  const [file = '', ...args] = [
    ...(options.prefix ?? []),
    process.execPath,
    MAIN,
    'cluster',
    `--data-dir=${dir}`,
    `--port=${port}`,
    `--nodes=${options.nodes}`,
    `--network=${options.network}`,
    ...(options.flags ?? []),
  ];
  const program = await startProgram(file, args, { name: 'sluice cluster' });
  const kubeconfig = join(dir, 'kubeconfig');
  const stop = async () => {
    await program.end('SIGTERM', 20_000);
    if (!options.dir) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await readyOrTail(program, () => program.tail().includes('ready in'));
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8'));
    const access: KubeAccess = {
      url: clusters[0].cluster.server,
      ca: Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64').toString(),
      token: users[0].user.token,
    };
    return {
      ...access,
      dir,
      kubeconfig,
      program,
      request: (method, path, body) => kubeRequest(access, method, path, body),
      async sluice(...words) {
        const run = await startProgram(process.execPath, [MAIN, ...words], {
          env: { ...process.env, KUBECONFIG: kubeconfig },
        });
        const code = await run.exit;
        return { code, output: run.tail() };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for an object to be as wanted, and shows it when it never is. */
export async function untilObject(
  cluster: Pick<MachineCluster, 'request'>,
  path: string,
  what: string,
  // oxlint-disable-next-line typescript/no-explicit-any -- any object of the API
  wanted: (object: any) => unknown,
  timeoutMs = 30_000,
): Promise<void> {
  let last: KubeAnswer | undefined;
  const look = async () => {
    last = await cluster.request('GET', path);
    return wanted(last.body);
  };
  await waitFor(look, { what, timeoutMs, intervalMs: 50 }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${JSON.stringify(last?.body, null, 1).slice(0, 4000)}`);
  });
}
