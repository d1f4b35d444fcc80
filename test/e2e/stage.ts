/**
 * The whole set of real parts that the controller's tests stand on: API server, an AWS endpoint behind a
 * counting proxy, a network, nodes.
 */
import { EC2Client, paginateDescribeSecurityGroups } from '@aws-sdk/client-ec2';
import {
  DescribeListenersCommand,
  DescribeTagsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Service, ServiceSpec } from '../../src/kube/objects.ts';
import { describeWith, type Requirement } from '../support/requirements.ts';
import { waitFor } from '../support/wait.ts';
import { type AwsProxy, startAwsProxy } from '../tools/aws-proxy.ts';
import { bundlePath } from '../tools/bundle.ts';
import { apiServerName, apiServerRequirements, startApiServer } from '../tools/api-server.ts';
import type { ControlPlane } from '../tools/control-plane.ts';
import { eventsOf } from '../tools/events.ts';
import type { Values } from '../tools/helm.ts';
import { type Endpoint, endpointName, startEndpoint } from '../tools/endpoint.ts';
import { type Network, registerNodes } from '../tools/network.ts';
import { type Program, startProgram } from '../tools/processes.ts';
import { type Account, installRoles } from '../tools/roles.ts';

export const CLUSTER = 'e2e';
export const CLASS = 'sluice.dev/nlb';

/** NodePorts for a test to name: of the static band (KEP-3668), so no other port got one of them by chance. */
export const STATIC_NODE_PORTS = [30_001, 30_002] as const;

/** `describeWith` for tests on a stage; the title says on which API server and which endpoint. */
export function describeStage(title: string, define: () => void, more: readonly Requirement[] = []): void {
  const endpoint = endpointName();
  const apiServer = apiServerName();
  const on = apiServer === 'embedded' ? `embedded API server, ${endpoint}` : endpoint;
  // On the embedded API server a machine without Go is enough, and so without Helm.
  const helm: Requirement[] = apiServer === 'embedded' && process.env['CI'] !== 'true' ? [] : ['helm'];
  describeWith([...apiServerRequirements(), ...helm, endpoint, ...more], `${title} (${on})`, define);
}

export interface ServiceInput {
  name: string;
  namespace?: string;
  annotations?: Record<string, string>;
  spec?: ServiceSpec;
}

export interface Stage {
  kube: ControlPlane;
  endpoint: Endpoint;
  proxy: AwsProxy;
  network: Network;
  nodeNames: string[];
  elb: ElasticLoadBalancingV2Client;
  ec2: EC2Client;
  /** What the chart's service account may do is all that `sluice` may, here. */
  account: Account;
  /** Starts a command of `sluice`, as the image has it, with the account and with this cloud. */
  sluice(command: string, args: string[], env?: Record<string, string>): Promise<Program>;
  /** Starts `sluice controller`; `env` and `flags` are added to the usual ones. */
  controller(flags?: string[], env?: Record<string, string>): Promise<Program>;
  create(input: ServiceInput): Promise<Service>;
  patch(name: string, patch: unknown): Promise<Service>;
  get(name: string): Promise<Service | undefined>;
  remove(name: string): Promise<void>;
  gone(name: string): Promise<void>;
  hostname(name: string): Promise<string>;
  /** What was told of a Service, but for what the API server says of its address. */
  events(name: string): Promise<{ type: string; reason: string; message: string }[]>;
  cloud(): Promise<Cloud>;
  /** The ARN of a load balancer's listener on a port; undefined when there is none. */
  listenerArn(loadBalancer: string, port: number): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Everything of interest in AWS, asked of the endpoint itself and not through the proxy. */
export interface Cloud {
  loadBalancers: {
    arn: string;
    name: string;
    scheme: string;
    dnsName: string;
    subnets: string[];
    groups: string[];
    tags: Record<string, string>;
    listeners: { port: number; protocol: string; group: string }[];
  }[];
  targetGroups: {
    arn: string;
    name: string;
    port: number;
    protocol: string;
    tags: Record<string, string>;
    targets: string[];
    healthCheck: string;
  }[];
  /** All but the VPC's default group and the nodes'. */
  groups: { id: string; name: string; rules: string[] }[];
  /** Rules of the nodes' group, as `tcp/30080 from NAME`. */
  nodeRules: string[];
}

export interface StageOptions {
  nodes?: number;
  zones?: number;
  /** Extra arguments for kube-apiserver. */
  apiServerArgs?: string[];
  /** Values of the chart besides the cluster's name, where its roles depend on them. */
  chart?: Values;
  /** With the roles that the chart has during `helm uninstall` only. */
  uninstalling?: boolean;
}

export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const { apiServerArgs = [] } = options;
  const [kube, endpoint] = await Promise.all([
    startApiServer({ apiServerArgs }),
    startEndpoint({ clusterName: CLUSTER, nodes: options.nodes ?? 3, zones: options.zones ?? 2 }),
  ]);
  const { network } = endpoint;
  const proxy = await startAwsProxy(endpoint.url);
  const nodeNames = await registerNodes(kube, network.instances);
  const account = await installRoles(kube, { clusterName: CLUSTER, ...options.chart }, options.uninstalling);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const elb = new ElasticLoadBalancingV2Client({ endpoint: endpoint.url, region: network.region, credentials });
  const ec2 = new EC2Client({ endpoint: endpoint.url, region: network.region, credentials });
  const path = (name: string) => {
    const [namespace, service] = name.includes('/') ? name.split('/') : ['default', name];
    return `/api/v1/namespaces/${namespace}/services/${service}`;
  };
  const ok = (answer: { status: number; body: unknown }): never | unknown => {
    if (answer.status >= 300) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const programs: Program[] = [];

  const stage: Stage = {
    kube,
    endpoint,
    proxy,
    network,
    nodeNames,
    elb,
    ec2,
    account,
    controller(flags = [], env = {}) {
      const usual = ['--cluster-name', CLUSTER, '--metrics-address', '0', '--health-address', '0'];
      return stage.sluice('controller', [...usual, '--leader-elect=false', ...flags], env);
    },
    async sluice(command, args, env = {}) {
      const all = ['--enable-source-maps', bundlePath(), command, '--kubeconfig', account.kubeconfig, ...args];
      const program = await startProgram(process.execPath, all, {
        name: `sluice ${command}`,
        env: {
          ...process.env,
          AWS_ENDPOINT_URL: proxy.url,
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_EC2_METADATA_DISABLED: 'true',
          ...env,
        },
      });
      programs.push(program);
      return program;
    },
    async create({ name, namespace = 'default', annotations = {}, spec = {} }) {
      const body = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, annotations },
        spec: {
          type: 'LoadBalancer',
          loadBalancerClass: CLASS,
          selector: { app: name },
          ports: [{ port: 80 }],
          ...spec,
        },
      };
      return ok(await kube.request('POST', `/api/v1/namespaces/${namespace}/services`, body)) as Service;
    },
    patch: async (name, patch) => ok(await kube.request('PATCH', path(name), patch)) as Service,
    async get(name) {
      const answer = await kube.request('GET', path(name));
      return answer.status === 404 ? undefined : (ok(answer) as Service);
    },
    async remove(name) {
      ok(await kube.request('DELETE', path(name)));
    },
    async gone(name) {
      await waitFor(async () => (await stage.get(name)) === undefined, {
        what: `Service ${name} to be gone`,
        timeoutMs: 60_000,
      });
    },
    hostname: (name) =>
      waitFor(async () => (await stage.get(name))?.status?.loadBalancer?.ingress?.[0]?.hostname, {
        what: `a hostname for ${name}`,
        timeoutMs: 60_000,
      }),
    async events(name) {
      return (await eventsOf(kube, name)).map(({ type, reason, message }) => ({ type, reason, message }));
    },
    cloud: () => readCloud(stage),
    async listenerArn(loadBalancer, port) {
      const answer = await elb.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancer }));
      return answer.Listeners?.find((listener) => listener.Port === port)?.ListenerArn;
    },
    async stop() {
      for (const program of programs) if (!program.ended) await program.end('SIGKILL');
      await proxy.stop();
      await Promise.all([endpoint.stop(), kube.stop()]);
    },
  };
  return stage;
}

export function condition(service: Service | undefined, type: string) {
  return service?.status?.conditions?.find((one) => one.type === `sluice.dev/${type}`);
}

async function readCloud({ elb, ec2, network }: Stage): Promise<Cloud> {
  const tagsOf = async (arn: string) => {
    const answer = await elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
    return Object.fromEntries(
      (answer.TagDescriptions?.[0]?.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']),
    );
  };
  const loadBalancers: Cloud['loadBalancers'] = [];
  const balancers = [];
  for await (const page of paginateDescribeLoadBalancers({ client: elb }, {}))
    balancers.push(...(page.LoadBalancers ?? []));
  for (const lb of balancers) {
    const arn = lb.LoadBalancerArn ?? '';
    const listeners = (await elb.send(new DescribeListenersCommand({ LoadBalancerArn: arn }))).Listeners ?? [];
    loadBalancers.push({
      arn,
      name: lb.LoadBalancerName ?? '',
      scheme: lb.Scheme ?? '',
      dnsName: lb.DNSName ?? '',
      subnets: (lb.AvailabilityZones ?? []).map((zone) => zone.SubnetId ?? '').sort(),
      groups: lb.SecurityGroups ?? [],
      tags: await tagsOf(arn),
      listeners: listeners
        .map((one) => ({
          port: one.Port ?? 0,
          protocol: one.Protocol ?? '',
          group: one.DefaultActions?.[0]?.TargetGroupArn ?? '',
        }))
        .sort((a, b) => a.port - b.port),
    });
  }
  const targetGroups: Cloud['targetGroups'] = [];
  const found = [];
  for await (const page of paginateDescribeTargetGroups({ client: elb }, {})) found.push(...(page.TargetGroups ?? []));
  for (const group of found) {
    const arn = group.TargetGroupArn ?? '';
    const health = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }));
    targetGroups.push({
      arn,
      name: group.TargetGroupName ?? '',
      port: group.Port ?? 0,
      protocol: group.Protocol ?? '',
      tags: await tagsOf(arn),
      targets: (health.TargetHealthDescriptions ?? []).map((one) => `${one.Target?.Id}:${one.Target?.Port}`).sort(),
      healthCheck: [
        group.HealthCheckProtocol,
        group.HealthCheckPort,
        group.HealthCheckPath,
        group.HealthCheckIntervalSeconds,
        group.HealthCheckTimeoutSeconds,
        group.HealthyThresholdCount,
        group.UnhealthyThresholdCount,
      ].join(' '),
    });
  }
  const groups: Cloud['groups'] = [];
  const nodeRules: string[] = [];
  const input = { Filters: [{ Name: 'vpc-id', Values: [network.vpcId] }] };
  for await (const page of paginateDescribeSecurityGroups({ client: ec2 }, input)) {
    for (const group of page.SecurityGroups ?? []) {
      const rules = (group.IpPermissions ?? []).flatMap((permission) => {
        const ports =
          permission.FromPort === permission.ToPort
            ? permission.FromPort
            : `${permission.FromPort}-${permission.ToPort}`;
        const sources = [
          ...(permission.IpRanges ?? []).map((range) => range.CidrIp),
          ...(permission.UserIdGroupPairs ?? []).map((pair) => pair.GroupId),
        ];
        return sources.map((source) => `${permission.IpProtocol}/${ports} from ${source}`);
      });
      if (group.GroupId === network.nodeSecurityGroupId) nodeRules.push(...rules.sort());
      else if (group.GroupName !== 'default')
        groups.push({ id: group.GroupId ?? '', name: group.GroupName ?? '', rules: rules.sort() });
    }
  }
  return { loadBalancers, targetGroups, groups, nodeRules };
}
