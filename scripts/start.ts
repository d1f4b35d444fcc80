/**
 * `npm start`: the embedded API server, AWS's APIs (moto), a network with three nodes, the controller, and the
 * example's LoadBalancer Service on its way to a hostname. Stays up until Ctrl-C, then removes everything.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { KubeConfig, type KubernetesObject, KubernetesObjectApi, loadAllYaml } from '@kubernetes/client-node';
import { waitFor } from '../test/support/wait.ts';
import type { ControlPlane } from '../test/tools/control-plane.ts';
import { startEmbeddedCluster } from '../test/tools/embedded-cluster.ts';
import { startMoto } from '../test/tools/moto.ts';
import { layOutNetwork, registerNodes } from '../test/tools/network.ts';
import { freePort, type Program, removeWithThisProcess, startProgram } from '../test/tools/processes.ts';
import { ensureMoto, goTool } from './tools.mjs';

const ROOT = join(import.meta.dirname, '..');
const STATE = join(ROOT, '.sluice');
const EXAMPLE = join('examples', 'web.yaml');
const CLUSTER = 'sluice-demo';
const WEB = '/api/v1/namespaces/default/services/web';
const HOSTNAME_MS = 120_000;

/** Says what is about to happen, then how long it took. */
async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  console.log(`• ${what}`);
  const result = await work();
  console.log(`  done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

async function runController(
  kubeconfig: string,
  awsEnv: Record<string, string>,
  vpcId: string,
): Promise<{ controller: Program; health: string }> {
  const health = `127.0.0.1:${await freePort()}`;
  const args = [
    'controller',
    `--kubeconfig=${kubeconfig}`,
    `--cluster-name=${CLUSTER}`,
    `--vpc-id=${vpcId}`,
    '--no-leader-elect',
    `--health-address=${health}`,
    `--metrics-address=${health}`,
    '--log-format=pretty',
  ];
  const controller = await startProgram(join(ROOT, 'bin', 'sluice'), args, {
    name: 'controller',
    env: { ...process.env, ...awsEnv },
    onLine: (line) => console.log(`  controller | ${line}`),
  });
  return { controller, health };
}

/** Creates every object of a manifest, as `kubectl create -f` would. */
async function createAll(kubeconfig: string, manifest: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const client = KubernetesObjectApi.makeApiClient(config);
  for (const object of loadAllYaml(readFileSync(manifest, 'utf8')) as KubernetesObject[]) {
    const { kind = '', metadata } = await client.create(object);
    console.log(`  ${kind.toLowerCase()}/${metadata?.name} created`);
  }
}

/** The hostname in the Service's status, once it has one. */
function hostnameOf(cluster: ControlPlane): Promise<string> {
  const look = async () => {
    const service = await cluster.request('GET', WEB);
    return service.body?.status?.loadBalancer?.ingress?.[0]?.hostname as string | undefined;
  };
  return waitFor(look, { timeoutMs: HOSTNAME_MS, intervalMs: 50, what: 'the hostname of the Service web' });
}

/** Brings everything up and resolves when something ends it. */
async function up(stack: AsyncDisposableStack, stopped: Promise<void>): Promise<void> {
  ensureMoto();
  mkdirSync(STATE, { recursive: true });
  const dir = mkdtempSync(join(STATE, 'run-'));
  removeWithThisProcess(dir);
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));

  const cluster = await step('starting the API server', () => startEmbeddedCluster({ dir, controllerManager: true }));
  stack.defer(() => cluster.stop());
  const kubeconfig = join(STATE, 'kubeconfig');
  copyFileSync(cluster.kubeconfig, kubeconfig);
  stack.defer(() => rmSync(kubeconfig, { force: true }));
  const moto = await step("starting AWS's APIs (moto)", startMoto);
  stack.defer(() => moto.stop());
  const network = await step('laying out a VPC with two zones and three nodes', async () => {
    const made = await layOutNetwork(moto.url, { clusterName: CLUSTER, zones: 2, nodes: 3 });
    await registerNodes(cluster, made.instances);
    return made;
  });
  const awsEnv = {
    AWS_ENDPOINT_URL: moto.url,
    AWS_REGION: network.region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const { controller, health } = await step('starting the controller', async () => {
    const started = await runController(kubeconfig, awsEnv, network.vpcId);
    stack.defer(() => started.controller.end('SIGTERM', 15_000));
    return started;
  });
  const ended = controller.exit.then((code) => {
    throw new Error(`the controller ended (${code})`);
  });
  const hostname = await step(`creating what ${EXAMPLE} says and waiting for its hostname`, async () => {
    await createAll(kubeconfig, join(ROOT, EXAMPLE));
    return Promise.race([hostnameOf(cluster), ended]);
  });
  printEnd(hostname, awsEnv, kubeconfig, health);
  await Promise.race([stopped, ended]);
}

function printEnd(hostname: string, awsEnv: Record<string, string>, kubeconfig: string, health: string): void {
  const exports = { KUBECONFIG: kubeconfig, ...awsEnv };
  const kubectl = goTool('kubectl');
  console.log(`
Service default/web: http://${hostname}
  moto answers AWS's API calls but moves no packets, and no kubelet runs here: the hostname leads nowhere.

Paste this into another terminal to look around:
${Object.entries(exports)
  .map(([name, value]) => `  export ${name}='${value}'`)
  .join('\n')}
${existsSync(kubectl) ? `  alias kubectl='${kubectl}'\n` : ''}  kubectl describe service web
  kubectl get service web -o yaml
  curl -s http://${health}/metrics | grep sluice

Ctrl-C stops it all and removes what it left in ${relative(process.cwd(), STATE)}.`);
}

const interrupted = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.resolve());

const stack = new AsyncDisposableStack();
try {
  await Promise.race([up(stack, interrupted.promise), interrupted.promise]);
  console.log('\nstopping');
} catch (error) {
  console.error(`start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
await stack.disposeAsync();
// What was still being started when Ctrl-C came is not on the stack; it ends with this process.
process.exit();
