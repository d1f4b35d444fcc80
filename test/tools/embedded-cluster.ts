import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../support/wait.ts';
import { type ControlPlane, type ControlPlaneOptions, kubeRequest, readyOrTail } from './control-plane.ts';
import { freePort, type Program, removeWithThisProcess, startProgram } from './processes.ts';

/** kube-apiserver's flags that the embedded server has too, and where they stand in its arguments. */
const FLAGS: Record<string, number> = {
  '--service-cluster-ip-range': 0,
  '--service-node-port-range': 1,
  '--audit-log-path': 2,
};
/** What these say, the embedded server's log does by itself. */
const MEANINGLESS = new Set(['--audit-policy-file']);

/** The embedded API server as a process of its own, behind the same interface as the real control plane. */
export async function startEmbeddedCluster(
  options: ControlPlaneOptions & { controllerManager?: boolean } = {},
): Promise<ControlPlane> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'sluice-embedded-'));
  if (options.dir) mkdirSync(dir, { recursive: true });
  else removeWithThisProcess(dir);
  const port = await freePort();
  const own = ['10.96.0.0/16', '30000-32767', ''];
  for (const argument of options.apiServerArgs ?? []) {
    const [flag = '', value = ''] = argument.split(/=(.*)/s);
    if (MEANINGLESS.has(flag)) continue;
    const index = FLAGS[flag];
    if (index === undefined) throw new Error(`the embedded API server has no ${flag}`);
    own[index] = value;
  }
  const url = `https://127.0.0.1:${port}`;
  let program: Program | undefined;
  let access = { url, token: '', ca: '' };

  const startApiServer = async () => {
    let ready = false;
    const args = [join(import.meta.dirname, 'embedded-server.ts'), dir, String(port), ...own];
    program = await startProgram(process.execPath, ['--enable-source-maps', ...args], {
      name: 'embedded API server',
      logFile: join(dir, 'api-server.log'),
      env: { ...process.env, SLUICE_TEST_CONTROLLERS: String(options.controllerManager ?? false) },
      onLine: (line) => {
        ready ||= line.startsWith('ready ');
      },
    });
    await readyOrTail(program, () => ready);
    const read = (file: string) => readFileSync(join(dir, file), 'utf8');
    access = { url, token: read('token').trim(), ca: read('pki/ca.crt') };
  };
  const stop = async () => {
    await program?.end('SIGKILL');
    if (!options.dir) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await startApiServer();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kubeconfig: join(dir, 'kubeconfig'),
    url,
    token: access.token,
    ca: access.ca,
    etcdUrl: '',
    dir,
    request: (method, path, body) => kubeRequest(access, method, path, body),
    killApiServer: async (signal = 'SIGKILL') => {
      await program?.end(signal, 60_000);
    },
    startApiServer,
    compactEtcd: async () => {
      const before = program?.tail(1000).split('compacted').length ?? 0;
      process.kill(program?.pid ?? 0, 'SIGUSR2');
      await waitFor(() => (program?.tail(1000).split('compacted').length ?? 0) > before, {
        what: 'the history to be compacted',
        timeoutMs: 10_000,
      });
    },
    pids: () => (program && !program.ended ? [program.pid] : []),
    stop,
  };
}
