/** One Service walked through the controller, with the SDK mocked, where moto can't show what AWS does. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { Inventory } from '../../src/cloud/aws/inventory.ts';
import { Network } from '../../src/cloud/aws/network.ts';
import { Observer } from '../../src/cloud/aws/observe.ts';
import { SharedGroups } from '../../src/cloud/aws/shared-groups.ts';
import { Controller } from '../../src/cloud/controller.ts';
import { ServiceWriter } from '../../src/cloud/service-writer.ts';
import { EventRecorder } from '../../src/kube/events.ts';
import type { Condition, Node, Service } from '../../src/kube/objects.ts';
import { ApiError, type KubeClient, type RequestOptions } from '../../src/kube/request.ts';
import { Store } from '../../src/kube/store.ts';
import { WorkQueue } from '../../src/kube/work-queue.ts';
import { FINALIZER } from '../../src/service/ownership.ts';
import { awsError, awsLoadBalancer, mockAws, VPC } from './support/aws.ts';
import { silent, webService } from './support/service.ts';

const KEY = 'shop/web';
const CONFIG = {
  clusterName: 'prod',
  defaultScheme: 'internal' as const,
  loadBalancerClasses: ['sluice.dev/nlb'],
  classless: false,
};

function setUp() {
  const mock = mockAws();
  const state = { code: 'provisioning', conflicts: 0 };
  mock.elb.on(DescribeLoadBalancersCommand).callsFake(({ Names }: { Names?: string[] }) => {
    if (Names) throw awsError('LoadBalancerNotFound');
    const SecurityGroups = ['sg-1', 'sg-2'];
    return { LoadBalancers: [awsLoadBalancer('lb-1', { State: { Code: state.code as never }, SecurityGroups })] };
  });
  mock.elb.on(CreateLoadBalancerCommand).callsFake(({ SecurityGroups }) => ({
    $metadata: { attempts: 1 },
    LoadBalancers: [awsLoadBalancer('lb-1', { State: { Code: 'provisioning' }, SecurityGroups })],
  }));
  mock.elb.on(CreateTargetGroupCommand).callsFake((input) => ({
    $metadata: { attempts: 1 },
    TargetGroups: [{ ...input, TargetGroupArn: 'arn:targetgroup/tg-1', TargetGroupName: input.Name }],
  }));
  mock.elb.on(CreateListenerCommand).callsFake((input) => ({
    $metadata: { attempts: 1 },
    Listeners: [{ ...input, ListenerArn: 'ls-1' }],
  }));
  mock.elb.on(DescribeLoadBalancerAttributesCommand).resolves({ Attributes: [] });
  let groups = 0;
  mock.ec2.on(CreateSecurityGroupCommand).callsFake(() => ({ GroupId: `sg-${++groups}` }));
  mock.ec2.on(AuthorizeSecurityGroupIngressCommand).resolves({});
  mock.ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [] });
  mock.ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
  const tag = { Key: 'kubernetes.io/role/internal-elb', Value: '1' };
  const subnet = { VpcId: VPC, AvailableIpAddressCount: 100, Tags: [tag] };
  mock.ec2.on(DescribeSubnetsCommand).resolves({
    Subnets: ['a', 'b'].map((zone) => ({ ...subnet, SubnetId: `subnet-${zone}`, AvailabilityZone: zone })),
  });

  const services = new Store<Service>();
  const web = webService({});
  services.replace([{ ...web, spec: { ...web.spec, loadBalancerClass: 'sluice.dev/nlb' } }]);
  const requests: string[] = [];
  const client = apiServer(services, state, requests);
  const inventory = new Inventory(mock.aws, CONFIG.clusterName, VPC);
  const network = new Network(mock.aws, VPC, CONFIG.clusterName);
  const { signal } = new AbortController();
  const shared = new SharedGroups({
    aws: mock.aws,
    inventory,
    network,
    clusterName: CONFIG.clusterName,
    budget: 40,
    instanceIds: () => [],
    logger: silent,
    signal,
  });
  const controller = new Controller({
    config: CONFIG,
    clusterName: CONFIG.clusterName,
    vpcId: VPC,
    aws: mock.aws,
    inventory,
    observer: new Observer(mock.aws, inventory),
    network,
    shared,
    services,
    nodes: new Store<Node>(),
    queue: new WorkQueue(),
    writer: new ServiceWriter(client, new EventRecorder({ client, component: 'test' })),
    logger: silent,
    lbcActive: () => false,
  });
  const edit = (spec: Partial<Service['spec']>) => {
    const old = services.get(KEY) as Service;
    services.upsert({ ...old, metadata: bumped(old), spec: { ...old.spec, ...spec } });
  };
  const look = () => controller.reconcile(KEY, signal);
  const rewind = (service: Service) => services.replace([service]);
  return {
    ...mock,
    state,
    services,
    controller,
    edit,
    look,
    rewind,
    requests,
    web: () => services.get(KEY) as Service,
  };
}

const bumped = ({ metadata }: Service) => ({
  ...metadata,
  resourceVersion: String(Number(metadata.resourceVersion) + 1),
});

/** What a real one makes of the patches of Services that Sluice sends; events are taken as they are. */
function apiServer(services: Store<Service>, state: { conflicts: number }, requests: string[]): KubeClient {
  return {
    request: <T>(method: string, path: string, options: RequestOptions = {}): Promise<T> => {
      requests.push(`${method} ${path}`);
      if (!path.includes('/services/')) return Promise.resolve({ metadata: {} } as T);
      const { metadata, status } = options.body as { metadata: Service['metadata']; status?: Service['status'] };
      if (metadata.finalizers?.length === 0 && state.conflicts > 0) {
        state.conflicts -= 1;
        return Promise.reject(new ApiError('PATCH', path, 409, { reason: 'Conflict' }));
      }
      const old = services.get(KEY) as Service;
      const conditions = new Map<string, Condition>((old.status?.conditions ?? []).map((one) => [one.type, one]));
      for (const one of status?.conditions ?? []) conditions.set(one.type, one);
      const annotations = { ...old.metadata.annotations, ...metadata.annotations };
      const next: Service = {
        ...old,
        metadata: { ...bumped(old), annotations, finalizers: metadata.finalizers ?? old.metadata.finalizers ?? [] },
        status: { ...old.status, ...status, conditions: [...conditions.values()] },
      };
      services.upsert(next);
      return Promise.resolve(next as T);
    },
    watch: () => expect.unreachable('nothing here watches'),
  };
}

test('while AWS provisions, only the state is asked for, and no hostname is given out', async () => {
  const { look, names, elb, ec2, state, web } = setUp();
  await look();
  expect(web().metadata.finalizers).toEqual([FINALIZER]);
  elb.resetHistory();
  ec2.resetHistory();
  for (let polls = 1; polls <= 3; polls++) {
    await look();
    expect(names()).toEqual(Array(polls).fill('DescribeLoadBalancers'));
    expect(web().status?.loadBalancer).toEqual({});
  }
  state.code = 'active';
  await look();
  expect(web().status?.loadBalancer?.ingress?.[0]?.hostname).toBe('lb-1.example.com');
  elb.resetHistory();
  await look();
  expect(names()).toEqual([]);
});

test('a removal is not begun again while the watch is behind it', async () => {
  const { look, rewind, controller, state, web, requests } = setUp();
  state.code = 'active';
  await look();
  const deleted = { ...web(), metadata: { ...bumped(web()), deletionTimestamp: '2026-01-02T03:04:05Z' } };
  rewind(deleted);
  await look();
  expect(web().metadata.finalizers).toEqual([]);
  const sent = requests.length;
  for (let late = 0; late < 2; late++) {
    rewind(deleted);
    await look();
  }
  expect(requests.slice(sent)).toEqual([]);
  expect(controller.states.managedKeys()).toEqual([]);
});

test('a Service that comes back while it is being let go is managed again', async () => {
  const { look, edit, controller, state } = setUp();
  state.code = 'active';
  await look();
  expect(controller.states.managedKeys()).toEqual([KEY]);
  edit({ type: 'ClusterIP' });
  state.conflicts = 1;
  await expect(look()).rejects.toMatchObject({ status: 409 });
  expect(controller.states.managedKeys()).toEqual([]);
  edit({ type: 'LoadBalancer' });
  await look();
  expect(controller.states.managedKeys()).toEqual([KEY]);
});
