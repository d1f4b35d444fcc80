/**
 * Lanes: several independent clusters, as their controllers see it, on one stage. Each has its own cluster name, class,
 * namespace and proxies, so trials in different lanes run side by side and never meet.
 */
import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import type { Service, ServiceSpec } from '../../src/kube/objects.ts';
import { waitFor } from '../support/wait.ts';
import { type AwsProxy, type CallRecord, startAwsProxy } from '../tools/aws-proxy.ts';
import type { Program } from '../tools/processes.ts';
import { laneCloud, leftovers, wipe } from './crash-cloud.ts';
import { differences, type Wanted } from './crash-expect.ts';
import { type KubeProxy, startKubeProxy } from './crash-kube-proxy.ts';
import type { Stage } from './stage.ts';

/** What a Service says, and what must come of it that its spec alone does not tell. */
export interface Form {
  annotations: Record<string, string | null>;
  spec: ServiceSpec;
  wanted: Wanted;
}

export interface Lane {
  /** Cluster name and namespace. */
  name: string;
  /** NodePorts from here on, 50 of them, are the lane's. */
  firstNodePort: number;
  stage: Stage;
  proxy: AwsProxy;
  kubeProxy: KubeProxy;
  program: Program | undefined;
  /** Starts the lane's controller if it does not run. */
  run(flags?: string[]): Promise<Program>;
  /** As `run`, and waits until its first look at AWS is over. */
  awake(flags?: string[]): Promise<Program>;
  kill(): Promise<void>;
  create(name: string, form: Form): Promise<void>;
  update(name: string, form: Form): Promise<void>;
  remove(name: string): Promise<void>;
  get(name: string): Promise<Service | undefined>;
  /** What is not as `form` asks: empty when the Service is done and nothing of the lane's is there besides. */
  faults(forms: Record<string, Form>): Promise<string[]>;
  settled(forms: Record<string, Form>, timeoutMs?: number): Promise<void>;
  /** Waits until the Service is gone. */
  gone(name: string, timeoutMs?: number): Promise<void>;
  /** What the lane has in AWS. Once its last Service is gone, that must be nothing. */
  leftovers(): Promise<string[]>;
  /** After a failure: everything goes, by force. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** Looks at the cloud less often than at the Service, which is cheap. */
const LOOK_MS = 60;

export async function openLanes(stage: Stage, prefix: string, count: number): Promise<Lane[]> {
  const { vpcId: _, subnetIds, nodeSecurityGroupId } = stage.network;
  const names = Array.from({ length: count }, (__, index) => `${prefix}${index}`);
  const resources = [...subnetIds.public, ...subnetIds.internal, nodeSecurityGroupId];
  const tags = names.map((name) => ({ Key: `kubernetes.io/cluster/${name}`, Value: 'shared' }));
  await stage.ec2.send(new CreateTagsCommand({ Resources: resources, Tags: tags }));
  return Promise.all(names.map((name, index) => openLane(stage, name, 30_000 + index * 50)));
}

async function openLane(stage: Stage, name: string, firstNodePort: number): Promise<Lane> {
  const { kube } = stage;
  const made = await kube.request('POST', '/api/v1/namespaces', { metadata: { name } });
  if (made.status !== 201) throw new Error(`namespace ${name}: ${made.status} ${JSON.stringify(made.body)}`);
  const [proxy, kubeProxy] = await Promise.all([
    startAwsProxy(stage.endpoint.url),
    startKubeProxy(kube, stage.account.token, name),
  ]);
  const loadBalancerClass = `${name}.sluice.test/nlb`;
  const services = `/api/v1/namespaces/${name}/services`;
  const ok = async (method: string, path: string, body?: unknown) => {
    const answer = await kube.request(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };

  const lane: Lane = {
    name,
    firstNodePort,
    stage,
    proxy,
    kubeProxy,
    program: undefined,
    async run(flags = []) {
      if (lane.program && !lane.program.ended) return lane.program;
      const own = ['--cluster-name', name, '--load-balancer-class', loadBalancerClass];
      own.push('--kubeconfig', kubeProxy.kubeconfig, '--drift-period', '1h', '--log-format', 'pretty', ...flags);
      lane.program = await stage.controller(own, { AWS_ENDPOINT_URL: proxy.url });
      return lane.program;
    },
    async awake(flags = []) {
      if (lane.program && !lane.program.ended) return lane.program;
      proxy.reset();
      const program = await lane.run(flags);
      // The last thing that it reads before it looks at Services: the nodes' groups, by their ids.
      const last = ({ action, params, status }: CallRecord) =>
        action === 'DescribeSecurityGroups' && params.get('Filter.1.Name') === 'group-id' && status === 200;
      await waitFor(() => program.ended || proxy.calls.some(last), { timeoutMs: 30_000, what: `${name} to be awake` });
      if (program.ended) throw new Error(`the controller of ${name} ended:\n${program.tail()}`);
      return program;
    },
    async kill() {
      await lane.program?.end('SIGKILL');
    },
    create: (service, { annotations, spec }) =>
      ok('POST', services, {
        metadata: { name: service, annotations },
        spec: { type: 'LoadBalancer', loadBalancerClass, selector: { app: service }, ...spec },
      }),
    update: (service, { annotations, spec }) =>
      ok('PATCH', `${services}/${service}`, { metadata: { annotations }, spec }),
    remove: (service) => ok('DELETE', `${services}/${service}`),
    async get(service) {
      const answer = await kubeProxy.request('GET', `${services}/${service}`);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw new Error(`${service}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body as Service;
    },
    async faults(forms) {
      const held = await Promise.all(
        Object.entries(forms).map(async ([service, { wanted }]) => ({ service: await lane.get(service), wanted })),
      );
      return differences(lane, held, () => laneCloud(stage, name));
    },
    async settled(forms, timeoutMs = 40_000) {
      let faults: string[] = [];
      const look = async () => {
        faults = await lane.faults(forms);
        return faults.length === 0;
      };
      try {
        await waitFor(look, { timeoutMs, intervalMs: LOOK_MS, what: `${Object.keys(forms).join(', ')} to be right` });
      } catch (error) {
        throw new Error(`${(error as Error).message}:\n  ${faults.join('\n  ')}`, { cause: error });
      }
    },
    gone: async (service, timeoutMs = 40_000) => {
      await waitFor(async () => (await lane.get(service)) === undefined, {
        timeoutMs,
        intervalMs: LOOK_MS,
        what: `Service ${service} to be gone`,
      });
    },
    leftovers: async () => leftovers(await laneCloud(stage, name)),
    async clear() {
      proxy.reset();
      kubeProxy.reset();
      await lane.kill();
      const list = await kube.request('GET', services);
      for (const { metadata } of (list.body as { items: Service[] }).items) {
        if (!metadata.deletionTimestamp) await kube.request('DELETE', `${services}/${metadata.name}`);
        await kube.request('PATCH', `${services}/${metadata.name}`, { metadata: { finalizers: null } });
      }
      await wipe(stage, await laneCloud(stage, name));
    },
    async stop() {
      await lane.kill();
      await Promise.all([proxy.stop(), kubeProxy.stop()]);
    },
  };
  return lane;
}
