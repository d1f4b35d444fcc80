/** Asks the API server everything that the checks need, all at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, Node, Service } from '../../kube/objects.ts';
import { isNotFound, type KubeClient } from '../../kube/request.ts';
import { ask, type RemoteClock } from './ask.ts';
import { LBC_WEBHOOK } from './check-controllers.ts';
import { permissionQuestions } from './check-kube.ts';
import type { DoctorConfig } from './config.ts';
import type { KubeFacts, LeaseSeen, PermissionAnswer, PermissionQuestion, Workload } from './facts.ts';
import { needsSecondLook } from './lease-state.ts';
import type { Failure } from './look.ts';

const REQUEST_TIMEOUT_MS = 10_000;
/** Longer than every controller's renewals are apart. */
const SECOND_LOOK_MS = 3_000;

export interface KubeSource {
  client: KubeClient & { server: string };
  clock: RemoteClock;
  signal: AbortSignal;
}

type Get = <T>(path: string) => Promise<T>;

/** Starts all the questions; `nodes` is there before the rest, for AWS waits for it. */
export function gatherKube(
  { client, clock, signal }: KubeSource,
  config: DoctorConfig,
): { nodes: Promise<KubeFacts['nodes']>; facts: Promise<KubeFacts> } {
  const options = { signal, timeoutMs: REQUEST_TIMEOUT_MS };
  const get: Get = (path) => client.request('GET', path, options);
  const post = <T>(path: string, body: object) => client.request<T>('POST', path, { ...options, body });
  const list = async <T>(path: string) => (await get<{ items: T[] }>(path)).items;
  const lease = (namespace: string, name: string) => ask(signal, () => seeLease(get, clock, signal, namespace, name));

  const nodes = ask(signal, () => list<Node>('/api/v1/nodes'));
  const gather = async (): Promise<KubeFacts> => {
    const whoami = ask(signal, () => readWhoami(post));
    const permissions = ask(signal, async () => {
      const questions = permissionQuestions(config, (await whoami).value);
      return Promise.all(questions.map((question) => review(post, question, config.serviceAccount)));
    });
    const version = ask(signal, async () => (await get<{ gitVersion: string }>('/version')).gitVersion);
    const serviceAccountExists = ask(signal, () => exists(get, config.serviceAccount));
    const services = ask(signal, () => list<Service>('/api/v1/services'));
    const lbc = lease('kube-system', 'aws-load-balancer-controller-leader');
    const ccm = lease('kube-system', 'cloud-controller-manager');
    const own = lease(config.leaderElectNamespace, config.leaseName);
    const workloads = ask(signal, () => readWorkloads(list));
    const webhooks = ask(signal, () => readWebhooks(get));
    return {
      server: client.server,
      version: await version,
      whoami: await whoami,
      permissions: await permissions,
      serviceAccountExists: await serviceAccountExists,
      services: await services,
      nodes: await nodes,
      leases: { lbc: await lbc, ccm: await ccm, own: await own },
      workloads: await workloads,
      webhooks: await webhooks,
    };
  };
  return { nodes, facts: gather() };
}

/** Where there is no way to ask: every look failed for the same reason. */
export function nothingOfKube(failure: Failure): KubeFacts {
  const look = { failure };
  return {
    server: '',
    version: look,
    whoami: look,
    permissions: look,
    serviceAccountExists: look,
    services: look,
    nodes: look,
    leases: { lbc: look, ccm: look, own: look },
    workloads: look,
    webhooks: look,
  };
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function readWhoami(post: <T>(path: string, body: object) => Promise<T>): Promise<string> {
  const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await post<{ status: { userInfo: { username?: string } } }>(
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    kind,
  );
  return answer.status.userInfo.username ?? '';
}

async function exists(get: Get, serviceAccount: string | undefined): Promise<boolean> {
  if (serviceAccount === undefined) return true;
  const [namespace, name] = serviceAccount.split('/');
  return (await orAbsent(get(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`))) !== undefined;
}

async function review(
  post: <T>(path: string, body: object) => Promise<T>,
  question: PermissionQuestion,
  serviceAccount: string | undefined,
): Promise<PermissionAnswer> {
  const { permission, ofSelf, namespace, object } = question;
  const { apiGroup, verb } = permission;
  const [resource, subresource] = permission.resource.split('/');
  const resourceAttributes = { group: apiGroup, resource, subresource, verb, namespace, name: object };
  const kind = ofSelf ? 'SelfSubjectAccessReview' : 'SubjectAccessReview';
  const [home, name] = (serviceAccount ?? '').split('/');
  const subject = {
    user: `system:serviceaccount:${home}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${home}`, 'system:authenticated'],
  };
  const answer = await post<{ status?: { allowed?: boolean } }>(
    `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`,
    { apiVersion: 'authorization.k8s.io/v1', kind, spec: { resourceAttributes, ...(!ofSelf && subject) } },
  );
  return { ...question, allowed: answer.status?.allowed === true };
}

async function seeLease(
  get: Get,
  clock: RemoteClock,
  signal: AbortSignal,
  namespace: string,
  name: string,
): Promise<LeaseSeen> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;
  const first = await orAbsent(get<Lease>(path));
  const at = clock.now();
  if (!first) return { at };
  if (!needsSecondLook(first, at)) return { first, at };
  await sleep(SECOND_LOOK_MS, undefined, { signal });
  const second = await orAbsent(get<Lease>(path));
  return { first, at, ...(second && { second }) };
}

interface WorkloadObject {
  metadata: { namespace: string; name: string; labels?: Record<string, string> };
  spec: {
    replicas?: number;
    template: { spec: { containers: { image: string; command?: string[]; args?: string[] }[] } };
  };
  status?: { observedGeneration?: number; desiredNumberScheduled?: number };
}

/** Those of other namespaces are found by the label that their charts give them. */
const CHARTS = encodeURIComponent('app.kubernetes.io/name in (sluice,aws-load-balancer-controller)');

async function readWorkloads(list: <T>(path: string) => Promise<T[]>): Promise<Workload[]> {
  const kinds = { Deployment: 'deployments', DaemonSet: 'daemonsets' } as const;
  const read = async (kind: keyof typeof kinds) => {
    const [system, labelled] = await Promise.all([
      list<WorkloadObject>(`/apis/apps/v1/namespaces/kube-system/${kinds[kind]}`),
      list<WorkloadObject>(`/apis/apps/v1/${kinds[kind]}?labelSelector=${CHARTS}`),
    ]);
    const elsewhere = labelled.filter(({ metadata }) => metadata.namespace !== 'kube-system');
    return [...system, ...elsewhere].map((object) => decodeWorkload(kind, object));
  };
  return (await Promise.all([read('Deployment'), read('DaemonSet')])).flat();
}

function decodeWorkload(kind: Workload['kind'], { metadata, spec, status }: WorkloadObject): Workload {
  // A DaemonSet that its controller has not seen yet will have pods.
  const scheduled = status?.observedGeneration === undefined ? 1 : (status.desiredNumberScheduled ?? 0);
  return {
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    labels: metadata.labels ?? {},
    replicas: kind === 'Deployment' ? (spec.replicas ?? 1) : scheduled,
    containers: spec.template.spec.containers.map(({ image, command = [], args = [] }) => ({
      image,
      args: [...command, ...args],
    })),
  };
}

async function readWebhooks(get: Get): Promise<string[]> {
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${LBC_WEBHOOK}`;
  const configuration = await orAbsent(get<{ webhooks?: { rules?: { resources?: string[] }[] }[] }>(path));
  const changesServices = configuration?.webhooks?.some(({ rules }) =>
    rules?.some(({ resources }) => resources?.includes('services')),
  );
  return changesServices ? [LBC_WEBHOOK] : [];
}
