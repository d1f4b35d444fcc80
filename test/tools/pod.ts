/**
 * A stand-in for kubelet and job controller, as far as a chart's test needs them: it takes a pod template from the API
 * server and really starts its program, as its service account and with its arguments and environment.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../support/wait.ts';
import type { ControlPlane, KubeAnswer } from './control-plane.ts';
import { bundlePath } from './bundle.ts';
import { type Program, removeWithThisProcess, startProgram } from './processes.ts';

/** The part of a pod template that is used. */
export interface PodTemplate {
  spec: {
    serviceAccountName?: string;
    automountServiceAccountToken?: boolean;
    containers: { name: string; args?: string[]; env?: EnvVar[]; readinessProbe?: Probe }[];
  };
}

interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { fieldRef?: { fieldPath: string } };
}

interface Probe {
  httpGet: { path: string; port: number };
}

/** What the image starts, with its arguments to come: see the Dockerfile. */
const imageEntrypoint = (): readonly string[] => [process.execPath, '--enable-source-maps', bundlePath()];

export interface PodOptions {
  kube: ControlPlane;
  namespace: string;
  template: PodTemplate;
  /** The pod's name. */
  name: string;
  /** The image's entrypoint; its program by default. */
  entrypoint?: readonly string[];
  /** Where AWS is, say. The container's own environment wins. */
  env?: Record<string, string>;
}

export interface Pod {
  program: Program;
  /** Resolves when the readiness probe succeeds; throws with the program's last lines when it ends before. */
  ready(): Promise<void>;
}

/** Starts the one container of a pod, with nothing of this process's environment but the path. */
export async function startPod(options: PodOptions): Promise<Pod> {
  const { kube, namespace, template, name, entrypoint = imageEntrypoint(), env = {} } = options;
  const { containers, serviceAccountName = 'default', automountServiceAccountToken } = template.spec;
  const [container, another] = containers;
  if (!container || another) throw new Error(`pod ${name} has ${containers.length} containers`);
  if (automountServiceAccountToken === false) throw new Error(`pod ${name} gets no service account's token`);
  const fields: Record<string, string> = {
    'metadata.name': name,
    'metadata.namespace': namespace,
    'spec.serviceAccountName': serviceAccountName,
    'status.podIP': '127.0.0.1',
  };
  const own = (container.env ?? []).map(({ name: variable, value, valueFrom }): [string, string] => {
    if (valueFrom === undefined) return [variable, value ?? ''];
    const field = fields[valueFrom.fieldRef?.fieldPath ?? ''];
    if (field === undefined) throw new Error(`pod ${name}: ${variable} is from what this stand-in does not know`);
    return [variable, field];
  });
  const { args = [] } = container;
  const account = await accountFolder(kube, namespace, serviceAccountName);
  const { command, variables } = inCluster(kube, account);
  const [first = '', ...words] = [...command, ...entrypoint, ...args];
  const program = await startProgram(first, words, {
    name: `pod ${name}`,
    env: { PATH: process.env['PATH'], ...env, ...Object.fromEntries(own), ...variables },
  });
  return {
    program,
    async ready() {
      const probe = container.readinessProbe?.httpGet;
      if (!probe) throw new Error(`pod ${name} has no readiness probe`);
      await waitFor(async () => program.ended || (await fetch(`http://127.0.0.1:${probe.port}${probe.path}`)).ok, {
        what: `pod ${name} to be ready`,
        timeoutMs: 30_000,
      });
      if (program.ended) throw new Error(`pod ${name} ended (${await program.exit}):\n${program.tail()}`);
    },
  };
}

const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The service account's folder as a pod finds it: a token from the TokenRequest API, and the certificate authority. */
async function accountFolder(kube: ControlPlane, namespace: string, serviceAccount: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
  const { status } = ok(await kube.request('POST', path, { spec: { expirationSeconds: 3600 } })) as {
    status: { token: string };
  };
  const dir = mkdtempSync(join(tmpdir(), 'sluice-pod-'));
  removeWithThisProcess(dir);
  writeFileSync(join(dir, 'token'), status.token, { mode: 0o600 });
  writeFileSync(join(dir, 'namespace'), namespace);
  writeFileSync(join(dir, 'ca.crt'), kube.ca);
  return dir;
}

/** May this process mount what only its child sees? As root, or with user namespaces. */
const canMount = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0;

/** How a program finds the API server in a pod: by its variables and the folder; where nothing can be mounted, by a kubeconfig. */
function inCluster(kube: ControlPlane, account: string): { command: string[]; variables: Record<string, string> } {
  if (canMount) {
    const { hostname, port } = new URL(kube.url);
    const script = `mount -t tmpfs tmpfs /var/run && mkdir -p ${ACCOUNT_FOLDER} && cp "$0"/* ${ACCOUNT_FOLDER}/ && exec "$@"`;
    return {
      command: ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, account],
      variables: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    };
  }
  const file = join(account, 'kubeconfig');
  const name = 'pod';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: kube.url, 'certificate-authority': join(account, 'ca.crt') } }],
    users: [{ name, user: { tokenFile: join(account, 'token') } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return { command: [], variables: { KUBECONFIG: file } };
}

/** Starts the pods of a Deployment as it is on the API server. */
export async function startDeployment(
  options: Omit<PodOptions, 'template' | 'name'> & { deployment: string },
): Promise<Pod[]> {
  const { kube, namespace, deployment } = options;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`;
  const { spec } = ok(await kube.request('GET', path)) as { spec: { replicas: number; template: PodTemplate } };
  const names = Array.from({ length: spec.replicas }, (_, index) => `${deployment}-${index}`);
  return Promise.all(names.map((name) => startPod({ ...options, template: spec.template, name })));
}

interface Job {
  metadata: { name: string; uid: string };
  spec: { template: PodTemplate; backoffLimit: number; activeDeadlineSeconds?: number };
  status?: { conditions?: unknown[] };
}

/** A Job that was run to its end. */
export interface JobRun {
  name: string;
  succeeded: boolean;
  /** What its last pod wrote. */
  output: string;
}

/** Waits for a Job to appear, runs its pods one after another, and reports as the job controller does. */
export async function runNextJob(options: Omit<PodOptions, 'template' | 'name'>): Promise<JobRun> {
  const { kube, namespace } = options;
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const job = await waitFor(
    async () => {
      const { items } = ok(await kube.request('GET', jobs)) as { items: Job[] };
      return items.find(({ status }) => status?.conditions === undefined);
    },
    { what: `a Job in ${namespace}`, timeoutMs: 30_000 },
  );
  const { name } = job.metadata;
  const report = async (status: Record<string, unknown>) => {
    ok(await kube.request('PATCH', `${jobs}/${name}/status`, { status }));
  };
  const deadline = setTimeout(
    () => void current?.program.end('SIGTERM'),
    (job.spec.activeDeadlineSeconds ?? 3600) * 1000,
  );
  let current: Pod | undefined;
  await report({ startTime: now(), active: 1 });
  let failed = 0;
  let succeeded = false;
  for (; failed <= job.spec.backoffLimit && !succeeded; failed += succeeded ? 0 : 1) {
    current = await startPod({ ...options, template: job.spec.template, name: `${name}-${failed}` });
    succeeded = (await current.program.exit) === 0;
  }
  clearTimeout(deadline);
  await report(
    succeeded
      ? {
          active: 0,
          failed,
          succeeded: 1,
          completionTime: now(),
          uncountedTerminatedPods: {},
          conditions: [
            condition('SuccessCriteriaMet', 'CompletionsReached'),
            condition('Complete', 'CompletionsReached'),
          ],
        }
      : {
          active: 0,
          failed,
          uncountedTerminatedPods: {},
          conditions: [condition('FailureTarget', 'BackoffLimitExceeded'), condition('Failed', 'BackoffLimitExceeded')],
        },
  );
  return { name, succeeded, output: current?.program.tail(400) ?? '' };
}

const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

function condition(type: string, reason: string) {
  return { type, status: 'True', reason, message: reason, lastProbeTime: now(), lastTransitionTime: now() };
}

function ok({ status, body }: KubeAnswer): unknown {
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body as unknown;
}
