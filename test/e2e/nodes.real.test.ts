import {
  CreateSubnetCommand,
  CreateVpcCommand,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { registerNodes } from '../tools/network.ts';
import { actions, clear, converged, eventually, handled, holdings, nlb, serving, writes } from './look.ts';
import { condition, type Stage, startStage, describeStage } from './stage.ts';

const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers';

describeStage('nodes as targets', () => {
  let stage: Stage;
  let tests = 0;
  let name: string;
  const extra: string[] = [];
  beforeAll(async () => {
    stage = await startStage({ nodes: 2, zones: 2 });
    await stage.controller(['--concurrency', '1']);
    // It finds its VPC from the nodes of now.
    await handled(stage);
  });
  beforeEach(() => {
    name = `nodes-${++tests}`;
  });
  afterEach(async () => {
    for (const node of extra.splice(0)) await stage.kube.request('DELETE', `/api/v1/nodes/${node}`);
    await clear(stage);
  });
  afterAll(() => stage?.stop());

  const patchNode = (node: string | undefined, patch: unknown) =>
    stage.kube.request('PATCH', `/api/v1/nodes/${node}`, patch);
  const label = (node: string | undefined, value: string | null) =>
    patchNode(node, { metadata: { labels: { [EXCLUDE]: value } } });
  const targets = async (port = 80) =>
    (await serving(stage, name)).groupOf(port).targets.map((target) => target.split(':')[0] as string);
  const ids = () => stage.network.instances.map(({ id }) => id);
  const sameMembers = (a: string[], b: string[]) => expect(new Set(a)).toEqual(new Set(b));

  /** A running instance that is no node yet. */
  async function launch(subnetId = stage.network.subnetIds.internal[0] as string) {
    const run = await stage.ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12c6146b',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: subnetId,
        ...(subnetId === stage.network.subnetIds.internal[0] && {
          SecurityGroupIds: [stage.network.nodeSecurityGroupId],
        }),
      }),
    );
    const started = run.Instances?.[0];
    return { id: started?.InstanceId ?? '', zone: 'us-east-1a', privateIp: started?.PrivateIpAddress ?? '' };
  }

  async function join(...instances: Awaited<ReturnType<typeof launch>>[]): Promise<string[]> {
    const names = await registerNodes(stage.kube, instances);
    extra.push(...names);
    return names;
  }

  async function served(ports = [{ name: 'a', port: 80 }]) {
    await stage.create({ name, spec: { ports } });
    await converged(stage, name);
    stage.proxy.reset();
  }

  test('nodes that come and go together are one call a target group', async () => {
    await served([
      { name: 'a', port: 80 },
      { name: 'b', port: 81 },
    ]);
    const instances = [await launch(), await launch()];
    const nodes = await join(...instances);
    const all = [...ids(), ...instances.map(({ id }) => id)];
    await eventually(async () => {
      sameMembers(await targets(80), all);
      sameMembers(await targets(81), all);
    });
    expect(actions(writes(stage))).toEqual(['RegisterTargets', 'RegisterTargets']);
    stage.proxy.reset();
    for (const node of nodes) await stage.kube.request('DELETE', `/api/v1/nodes/${node}`);
    await eventually(async () => {
      sameMembers(await targets(80), ids());
      sameMembers(await targets(81), ids());
    });
    expect(actions(writes(stage))).toEqual(['DeregisterTargets', 'DeregisterTargets']);
    await converged(stage, name);
  });

  test('a change of a node that says nothing about targets makes no call', async () => {
    await served();
    await patchNode(stage.nodeNames[0], { metadata: { annotations: { 'example.com/seen': 'yes' } } });
    await stage.kube.request('PATCH', `/api/v1/nodes/${stage.nodeNames[0]}/status`, {
      status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Gone', message: '' }] },
    });
    // A node change that does matter comes after it, and is handled.
    const [node] = await join(await launch());
    await eventually(async () => expect(await targets()).toHaveLength(3));
    expect(actions(stage.proxy.calls.filter(({ action }) => action.endsWith('Targets')))).toEqual(['RegisterTargets']);
    expect(node).toBeDefined();
  });

  test('the label that excludes a node does so unless its value is false', async () => {
    await served();
    const [first] = stage.nodeNames;
    await label(first, 'false');
    await label(stage.nodeNames[1], '');
    await eventually(async () => expect(await targets()).toEqual([ids()[0]]));
    await label(stage.nodeNames[1], 'true');
    await label(first, '0');
    await label(stage.nodeNames[1], null);
    await eventually(async () => sameMembers(await targets(), ids()));
    await label(first, null);
    // Excluded on purpose is nothing to report.
    expect(condition(await converged(stage, name), 'TargetsHealthy')?.message).not.toContain('left out');
  });

  test.each(['ToBeDeletedByClusterAutoscaler', 'karpenter.sh/disrupted'])(
    'a node tainted %s gets no more traffic',
    async (key) => {
      await served();
      await patchNode(stage.nodeNames[0], { spec: { taints: [{ key, value: '1', effect: 'NoSchedule' }] } });
      await eventually(async () => expect(await targets()).toEqual([ids()[1]]));
      await patchNode(stage.nodeNames[0], { spec: { taints: null, unschedulable: true } });
      await eventually(async () => sameMembers(await targets(), ids()));
      await patchNode(stage.nodeNames[0], { spec: { taints: null, unschedulable: null } });
    },
  );

  test('nodes that can’t be targets are left out and named, and the others serve', async () => {
    const vpc = await stage.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
    const subnet = await stage.ec2.send(
      new CreateSubnetCommand({ VpcId: vpc.Vpc?.VpcId, CidrBlock: '10.9.0.0/24', AvailabilityZone: 'us-east-1a' }),
    );
    const foreign = await launch(subnet.Subnet?.SubnetId);
    const stopped = await launch();
    await stage.ec2.send(new StopInstancesCommand({ InstanceIds: [stopped.id] }));
    await stage.kube.request('POST', '/api/v1/nodes', { metadata: { name: 'no-provider' } });
    extra.push('no-provider');
    const strangers = await join(foreign, stopped, {
      id: 'i-0123456789abcdef0',
      zone: 'us-east-1a',
      privateIp: '10.9.9.9',
    });

    await stage.create({ name });
    const service = await converged(stage, name);
    sameMembers(await targets(), ids());
    const message = condition(service, 'TargetsHealthy')?.message;
    expect(message).toContain('2/2 targets healthy');
    expect(message).toContain('node no-provider is left out (has no providerID)');
    expect(message).toContain(`instance ${foreign.id} is in VPC ${vpc.Vpc?.VpcId}, not in ${stage.network.vpcId}`);
    expect(message).toContain(`instance ${stopped.id} is stopped`);
    expect(message).toContain('instance i-0123456789abcdef0 is not known to EC2');
    for (const node of strangers) expect(message).toContain(`node ${node} is left out`);
    await eventually(async () =>
      expect((await stage.events(name)).filter(({ type }) => type === 'Warning')).toMatchObject([
        { reason: 'NodesLeftOut', message: message?.slice('2/2 targets healthy; '.length) },
      ]),
    );
    // A providerID that comes late makes it a target.
    const late = await launch();
    await patchNode('no-provider', { spec: { providerID: `aws:///us-east-1a/${late.id}` } });
    await eventually(async () => sameMembers(await targets(), [...ids(), late.id]));
  });

  test('an instance that EC2 ends keeps nobody else out', async () => {
    const doomed = await launch();
    await join(doomed);
    await stage.ec2.send(new TerminateInstancesCommand({ InstanceIds: [doomed.id] }));
    await served();
    sameMembers(await targets(), ids());
  });

  test('with no node at all there is a hostname, and the condition says why nothing answers', async () => {
    for (const node of stage.nodeNames) await label(node, 'true');
    await handled(stage);
    await stage.create({ name });
    await stage.hostname(name);
    await eventually(async () => {
      const service = await stage.get(name);
      expect(condition(service, 'TargetsHealthy')).toMatchObject({ status: 'False', reason: 'NoTargets' });
      expect(condition(service, 'Provisioned')?.status).toBe('True');
    });
    expect(await targets()).toEqual([]);
    for (const node of stage.nodeNames) await label(node, null);
    await eventually(async () => sameMembers(await targets(), ids()));
    await converged(stage, name);
  });

  test('with traffic policy Local the health check asks the node’s proxy, and the way back leaves nothing', async () => {
    await stage.create({
      name,
      spec: {
        externalTrafficPolicy: 'Local',
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 53, protocol: 'UDP' },
        ],
      },
    });
    const { spec } = await converged(stage, name);
    const probe = spec.healthCheckNodePort as number;
    const [web, dns] = (spec.ports ?? []).map(({ nodePort }) => nodePort);
    const before = await serving(stage, name);
    for (const port of [80, 53]) expect(before.groupOf(port).healthCheck).toBe(`HTTP ${probe} /healthz 10 6 2 2`);
    const { backend, nodeRules } = await holdings(stage, name);
    const open = (...rules: string[]) => rules.map((rule) => `${rule} from ${backend?.id}`).toSorted();
    expect(nodeRules).toEqual(open(`tcp/${web}`, `udp/${dns}`, `tcp/${probe}`));

    await stage.patch(name, { spec: { externalTrafficPolicy: 'Cluster' } });
    await handled(stage);
    const after = await serving(stage, name);
    for (const port of [80, 53]) {
      expect(after.groupOf(port).healthCheck).toMatch(/^TCP traffic-port .* 10 10 3 3$/);
      expect(after.groupOf(port).arn).toBe(before.groupOf(port).arn);
    }
    expect((await holdings(stage, name)).nodeRules).toEqual(open(`tcp/${web}`, `udp/${dns}`, `tcp/${dns}`));

    const local = await stage.patch(name, {
      metadata: { annotations: { [nlb('healthcheck-interval')]: '30', [nlb('healthcheck-path')]: '/other' } },
      spec: { externalTrafficPolicy: 'Local' },
    });
    await handled(stage);
    const again = local.spec.healthCheckNodePort;
    expect((await serving(stage, name)).groupOf(80).healthCheck).toBe(`HTTP ${again} /other 30 6 2 2`);
    await converged(stage, name);
  });
});
