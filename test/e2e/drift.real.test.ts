import { DeleteTagsCommand, RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  RemoveTagsCommand,
  SetSecurityGroupsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Program } from '../tools/processes.ts';
import { attributesOf, converged, eventually, listenerArns, nlb, serving, tagsOf } from './look.ts';
import { type Stage, startStage, describeStage } from './stage.ts';

const CROSS_ZONE = 'load_balancing.cross_zone.enabled';
const DELAY = 'deregistration_delay.timeout_seconds';
type Balancer = Awaited<ReturnType<typeof serving>>;

describeStage('edits that somebody else makes in the cloud', () => {
  let stage: Stage;
  let controller: Program;
  const name = 'edited';
  const PERIOD = ['--drift-period', '1s'];
  beforeAll(async () => {
    stage = await startStage({ nodes: 2 });
    controller = await stage.controller(PERIOD);
    await stage.create({
      name,
      annotations: {
        [nlb('attributes')]: `${CROSS_ZONE}=true`,
        [nlb('target-group-attributes')]: `${DELAY}=60`,
        [nlb('additional-resource-tags')]: 'team=blue',
      },
      spec: {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 443 },
        ],
      },
    });
    await converged(stage, name);
  });
  afterAll(() => stage?.stop());

  /** Everything that Sluice answers for, without the ARNs that a new resource has. */
  async function state() {
    const { lb, front, groupOf } = await serving(stage, name);
    const groups = [80, 443].map(groupOf);
    const { nodeRules, groups: securityGroups } = await stage.cloud();
    const listeners = await listenerArns(stage, lb.arn);
    return {
      lb: { ...lb, arn: '', listeners: lb.listeners.map((listener) => ({ ...listener, group: '' })) },
      groups: groups.map((group) => ({ ...group, arn: '' })),
      front,
      nodeRules,
      securityGroups,
      attributes: {
        lb: (await attributesOf(stage, lb.arn))[CROSS_ZONE],
        groups: await Promise.all(groups.map(async ({ arn }) => (await attributesOf(stage, arn))[DELAY])),
      },
      tags: {
        front: await tagsOf(stage, front.id),
        listeners: await Promise.all(listeners.map((arn) => tagsOf(stage, arn))),
      },
      hostname: (await stage.get(name))?.status?.loadBalancer?.ingress?.[0]?.hostname,
    };
  }

  const revoke = async (groupId: string, port: number, source: object) =>
    stage.ec2.send(
      new RevokeSecurityGroupIngressCommand({
        GroupId: groupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...source }],
      }),
    );

  const EDITS: { what: string; edit: (now: Balancer) => Promise<unknown> }[] = [
    {
      what: 'a listener deleted',
      edit: async ({ lb }) =>
        stage.elb.send(new DeleteListenerCommand({ ListenerArn: (await listenerArns(stage, lb.arn))[0] })),
    },
    {
      what: 'a listener added',
      edit: ({ lb, groupOf }) =>
        stage.elb.send(
          new CreateListenerCommand({
            LoadBalancerArn: lb.arn,
            Port: 8080,
            Protocol: 'TCP',
            DefaultActions: [{ Type: 'forward', TargetGroupArn: groupOf(80).arn }],
          }),
        ),
    },
    {
      what: 'a listener sent to another target group',
      edit: async ({ lb, groupOf }) =>
        stage.elb.send(
          new ModifyListenerCommand({
            ListenerArn: (await listenerArns(stage, lb.arn))[0],
            DefaultActions: [{ Type: 'forward', TargetGroupArn: groupOf(443).arn }],
          }),
        ),
    },
    {
      what: 'targets stripped',
      edit: ({ groupOf }) =>
        stage.elb.send(
          new DeregisterTargetsCommand({
            TargetGroupArn: groupOf(443).arn,
            Targets: stage.network.instances.map(({ id }) => ({ Id: id, Port: groupOf(443).port })),
          }),
        ),
    },
    {
      what: 'attributes changed',
      edit: async ({ lb, groupOf }) => {
        const set = (Key: string, Value: string) => ({ Attributes: [{ Key, Value }] });
        await stage.elb.send(
          new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: lb.arn, ...set(CROSS_ZONE, 'false') }),
        );
        const TargetGroupArn = groupOf(80).arn;
        await stage.elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, ...set(DELAY, '5') }));
      },
    },
    {
      what: 'a health check changed',
      edit: ({ groupOf }) =>
        stage.elb.send(
          new ModifyTargetGroupCommand({
            TargetGroupArn: groupOf(80).arn,
            HealthCheckIntervalSeconds: 30,
            HealthCheckPort: '1',
          }),
        ),
    },
    {
      what: 'tags removed',
      edit: async ({ lb, groupOf, front }) => {
        const [listener = ''] = await listenerArns(stage, lb.arn);
        await stage.elb.send(new RemoveTagsCommand({ ResourceArns: [lb.arn], TagKeys: ['team'] }));
        await stage.elb.send(new RemoveTagsCommand({ ResourceArns: [groupOf(80).arn, listener], TagKeys: ['team'] }));
        await stage.ec2.send(new DeleteTagsCommand({ Resources: [front.id], Tags: [{ Key: 'team' }] }));
      },
    },
    {
      what: 'a rule of the front group revoked',
      edit: ({ front }) => revoke(front.id, 80, { IpRanges: [{ CidrIp: '0.0.0.0/0' }] }),
    },
    {
      what: 'a rule of the nodes revoked',
      edit: ({ lb, groupOf }) =>
        revoke(stage.network.nodeSecurityGroupId, groupOf(80).port, {
          // moto compares the description too.
          UserIdGroupPairs: [{ GroupId: lb.groups[1], Description: 'sluice.dev/node-ports=e2e' }],
        }),
    },
    {
      what: 'security groups swapped',
      edit: ({ lb }) =>
        stage.elb.send(
          new SetSecurityGroupsCommand({
            LoadBalancerArn: lb.arn,
            SecurityGroups: [stage.network.nodeSecurityGroupId],
          }),
        ),
    },
    {
      what: 'a target group deleted',
      edit: async ({ lb, groupOf }) => {
        await stage.elb.send(new DeleteListenerCommand({ ListenerArn: (await listenerArns(stage, lb.arn))[1] }));
        await stage.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: groupOf(443).arn }));
      },
    },
    {
      what: 'the load balancer deleted',
      edit: ({ lb }) => stage.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: lb.arn })),
    },
  ];

  async function isRepaired(before: Awaited<ReturnType<typeof state>>) {
    await eventually(async () => expect(await state()).toEqual(before), 20_000);
    await converged(stage, name);
  }

  test.each(EDITS)('$what: repaired while Sluice runs', async ({ edit }) => {
    const before = await state();
    await edit(await serving(stage, name));
    await isRepaired(before);
  });

  test('many edits at once, while Sluice was down: repaired after its start', async () => {
    const before = await state();
    await controller.end();
    const now = await serving(stage, name);
    // What deletes a thing takes away what the others edit.
    for (const { what, edit } of EDITS.filter((one) => !one.what.includes('deleted'))) {
      await edit(now).catch((error: unknown) => {
        throw new Error(what, { cause: error });
      });
    }
    controller = await stage.controller(PERIOD);
    await isRepaired(before);
  });

  test('the load balancer, deleted while Sluice was down: made anew at once', async () => {
    const before = await state();
    await controller.end();
    const { lb } = await serving(stage, name);
    await stage.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: lb.arn }));
    // A period that never comes: the shared look at the start is enough.
    controller = await stage.controller(['--drift-period', '10m']);
    await isRepaired(before);
  });
});
