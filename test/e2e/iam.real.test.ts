import { SetSecurityGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { iamPolicy } from '../../src/cloud/aws/iam-policy.ts';
import { createGate, type IamGate } from '../tools/iam-gate.ts';
import { annotate, converged, EMPTY, eventually, nlb, serving, writes } from './look.ts';
import { CLUSTER, describeStage, type Stage, startStage, STATIC_NODE_PORTS } from './stage.ts';

/** A Service that has everything that can be asked for. */
const wide = {
  name: 'wide',
  annotations: {
    [nlb('attributes')]: 'load_balancing.cross_zone.enabled=true',
    [nlb('target-group-attributes')]: 'deregistration_delay.timeout_seconds=60',
    [nlb('additional-resource-tags')]: 'team=blue',
  },
  spec: {
    loadBalancerSourceRanges: ['192.0.2.0/24'],
    ports: [
      { name: 'a', port: 80 },
      { name: 'b', port: 443 },
    ],
  },
};

describeStage('under its IAM policy', () => {
  const policy = iamPolicy({ clusterName: CLUSTER, region: 'us-east-1' });
  let stage: Stage;
  let gate: IamGate;
  beforeAll(async () => {
    stage = await startStage({ nodes: 2, zones: 3 });
    gate = createGate(policy, stage.endpoint.url, stage.network.region);
    stage.proxy.onCall = gate.onCall;
    await stage.controller(['--drift-period', '1s']);
  });
  afterAll(async () => {
    gate?.stop();
    await stage?.stop();
  });
  const node = () => `/api/v1/nodes/${stage.nodeNames[1]}`;
  const exclude = (value: string | null) =>
    stage.kube.request('PATCH', node(), {
      metadata: { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': value } },
    });
  const targets = () => serving(stage, 'wide').then(({ groupOf }) => groupOf(80).targets.length);
  /** Nothing that was asked for is left to do. */
  const done = async () => {
    await converged(stage, 'wide');
    expect(gate.denied).toEqual([]);
  };

  test('a Service gets everything that it asks for', async () => {
    await stage.create(wide);
    await done();
  });

  test('changes are made in place', async () => {
    await annotate(stage, 'wide', {
      attributes: 'load_balancing.cross_zone.enabled=false',
      'target-group-attributes': 'deregistration_delay.timeout_seconds=61',
      'additional-resource-tags': 'color=red',
      'healthcheck-interval': '20',
      // moto refuses a load balancer in one zone.
      subnets: stage.network.subnetIds.internal.slice(1).join(','),
    });
    await eventually(async () => expect((await serving(stage, 'wide')).lb.subnets).toHaveLength(2));
    await stage.patch('wide', {
      spec: {
        loadBalancerSourceRanges: ['198.51.100.0/24'],
        // The port 443 goes, another NodePort comes: a listener is deleted and one is moved.
        ports: [{ name: 'a', port: 80, nodePort: STATIC_NODE_PORTS[0] }],
      },
    });
    await eventually(async () => expect((await serving(stage, 'wide')).groupOf(80).port).toBe(STATIC_NODE_PORTS[0]));
    await done();
  });

  test('nodes come and go', async () => {
    await exclude('true');
    await eventually(async () => expect(await targets()).toBe(1));
    await exclude(null);
    await eventually(async () => expect(await targets()).toBe(2));
    await done();
  });

  test('what somebody else changed is set right', async () => {
    const { lb, front } = await serving(stage, 'wide');
    const input = { LoadBalancerArn: lb.arn, SecurityGroups: [front.id] };
    await stage.elb.send(new SetSecurityGroupsCommand(input));
    await eventually(async () =>
      expect((await serving(stage, 'wide')).lb.groups.toSorted()).toEqual(lb.groups.toSorted()),
    );
    await done();
  });

  test('it is deleted without a trace', async () => {
    await stage.remove('wide');
    await stage.gone('wide');
    await eventually(async () => expect(await stage.cloud()).toEqual(EMPTY));
    expect(gate.denied).toEqual([]);
  });

  test('all this used every permission of the policy', () => {
    const granted = policy.Statement.flatMap(({ Sid, Action }) => Action.map((action) => `${Sid} ${action}`));
    expect([...gate.used].sort()).toEqual(granted.sort());
  });

  test('without one, the Service says which', async () => {
    const action = 'elasticloadbalancing:CreateTargetGroup';
    const less = createGate(
      {
        ...policy,
        Statement: policy.Statement.map((one) => ({ ...one, Action: one.Action.filter((each) => each !== action) })),
      },
      stage.endpoint.url,
      stage.network.region,
    );
    try {
      stage.proxy.reset();
      stage.proxy.onCall = less.onCall;
      await stage.create({ name: 'denied' });
      await eventually(async () => {
        const conditions = (await stage.get('denied'))?.status?.conditions ?? [];
        const provisioned = conditions.find(({ type }) => type === 'sluice.dev/Provisioned');
        expect(provisioned).toMatchObject({
          status: 'False',
          message: expect.stringContaining(
            `AccessDenied: User: arn:aws:sts::123456789012:assumed-role/sluice/test is not authorized to perform: ${action}`,
          ),
        });
      });
      expect(writes(stage).length).toBeGreaterThan(0);
    } finally {
      less.stop();
    }
  });
});
