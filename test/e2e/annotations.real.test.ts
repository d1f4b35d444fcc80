import { AddTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  actions,
  annotate,
  attributesOf,
  clear,
  converged,
  eventually,
  handled,
  holdings,
  listenerArns,
  nlb,
  serving,
  tagsOf,
  writes,
} from './look.ts';
import { type Stage, startStage, describeStage } from './stage.ts';

describeStage('annotations that are applied in place', () => {
  let stage: Stage;
  let tests = 0;
  let name: string;
  beforeAll(async () => {
    stage = await startStage({ nodes: 3 });
    await stage.controller(['--concurrency', '1']);
  });
  beforeEach(() => {
    name = `tuned-${++tests}`;
  });
  afterEach(() => clear(stage));
  afterAll(() => stage?.stop());

  async function served(annotations: Record<string, string> = {}, spec = {}) {
    await stage.create({ name, annotations, spec });
    await converged(stage, name);
    stage.proxy.reset();
    return serving(stage, name);
  }

  /** Sets or removes annotations and gives what serves when that has been handled. */
  async function change(values: Record<string, string | null>) {
    stage.proxy.reset();
    await annotate(stage, name, values);
    await handled(stage);
    return serving(stage, name);
  }

  test('tags are added, changed and removed on everything that is the Service’s own', async () => {
    const { lb, groupOf, front } = await served({ [nlb('additional-resource-tags')]: 'team=blue,centre=a b' });
    const own = [lb.arn, groupOf(80).arn, front.id, ...(await listenerArns(stage, lb.arn))];
    expect(own).toHaveLength(4);
    const tags = () => Promise.all(own.map((id) => tagsOf(stage, id)));
    for (const each of await tags()) expect(each).toMatchObject({ team: 'blue', centre: 'a b' });
    await change({ 'additional-resource-tags': 'team=red' });
    for (const each of await tags()) {
      expect(each).toMatchObject({ team: 'red', 'elbv2.k8s.aws/cluster': 'e2e' });
      expect(each).not.toHaveProperty('centre');
    }
    const { backend } = await holdings(stage, name);
    expect(await tagsOf(stage, backend?.id ?? '')).not.toHaveProperty('team');
    await change({ 'additional-resource-tags': null });
    for (const each of await tags()) {
      expect(Object.keys(each).toSorted()).toEqual([
        'elbv2.k8s.aws/cluster',
        'service.k8s.aws/resource',
        'service.k8s.aws/stack',
      ]);
    }
    await converged(stage, name);
  });

  test('somebody else’s tags stay', async () => {
    const { lb } = await served({ [nlb('additional-resource-tags')]: 'team=blue' });
    await stage.elb.send(new AddTagsCommand({ ResourceArns: [lb.arn], Tags: [{ Key: 'cost', Value: '1' }] }));
    await change({ 'additional-resource-tags': null });
    expect(await tagsOf(stage, lb.arn)).toMatchObject({ cost: '1' });
    expect(await tagsOf(stage, lb.arn)).not.toHaveProperty('team');
  });

  test('load balancer attributes are set, changed, and go back to AWS’s defaults', async () => {
    const zones = 'load_balancing.cross_zone.enabled';
    const policy = 'dns_record.client_routing_policy';
    const { lb } = await served({ [nlb('attributes')]: `${zones}=true` });
    const read = () => attributesOf(stage, lb.arn);
    expect(await read()).toMatchObject({ [zones]: 'true' });
    await change({ attributes: `${zones}=true,${policy}=availability_zone_affinity` });
    expect(await read()).toMatchObject({ [zones]: 'true', [policy]: 'availability_zone_affinity' });
    await change({ attributes: `${policy}=partial_availability_zone_affinity` });
    expect(await read()).toMatchObject({ [zones]: 'false', [policy]: 'partial_availability_zone_affinity' });
    await change({ attributes: null });
    expect(await read()).toMatchObject({ [zones]: 'false', [policy]: 'any_availability_zone' });
    expect(actions(writes(stage))).toEqual(['ModifyLoadBalancerAttributes']);
    await converged(stage, name);
  });

  test('target group attributes are set on all groups, changed, and go back to AWS’s defaults', async () => {
    const ports = [
      { name: 'tcp', port: 80 },
      { name: 'udp', port: 53, protocol: 'UDP' },
    ];
    const delay = 'deregistration_delay.timeout_seconds';
    const proxied = 'proxy_protocol_v2.enabled';
    const cut = 'deregistration_delay.connection_termination.enabled';
    const { targetGroups, groupOf } = await served({ [nlb('target-group-attributes')]: `${delay}=30` }, { ports });
    const [tcp, udp] = [groupOf(80).arn, groupOf(53).arn];
    const read = () => Promise.all([tcp, udp].map((arn) => attributesOf(stage, arn)));
    for (const each of await read()) expect(each).toMatchObject({ [delay]: '30' });
    await change({ 'target-group-attributes': `${delay}=60, ${proxied}=true, ${cut}=false` });
    for (const each of await read()) expect(each).toMatchObject({ [delay]: '60', [proxied]: 'true', [cut]: 'false' });
    await change({ 'target-group-attributes': `${cut}=true` });
    for (const each of await read()) expect(each).toMatchObject({ [delay]: '300', [proxied]: 'false', [cut]: 'true' });
    const after = await change({ 'target-group-attributes': null });
    // The default of this one depends on the protocol.
    expect(await attributesOf(stage, tcp)).toMatchObject({ [cut]: 'false' });
    expect(await attributesOf(stage, udp)).toMatchObject({ [cut]: 'true' });
    expect(after.targetGroups.map(({ arn }) => arn)).toEqual(targetGroups.map(({ arn }) => arn));
    await converged(stage, name);
  });

  test('a port that comes later gets the attributes and tags too', async () => {
    const attributes = 'deregistration_delay.timeout_seconds=30';
    const annotations = {
      [nlb('target-group-attributes')]: attributes,
      [nlb('additional-resource-tags')]: 'team=blue',
    };
    const { spec } = await stage.create({ name, annotations, spec: { ports: [{ name: 'a', port: 80 }] } });
    await converged(stage, name);
    await stage.patch(name, { spec: { ports: [...(spec.ports ?? []), { name: 'b', port: 81 }] } });
    await handled(stage);
    const { lb, groupOf } = await serving(stage, name);
    expect(await attributesOf(stage, groupOf(81).arn)).toMatchObject({ 'deregistration_delay.timeout_seconds': '30' });
    for (const id of [groupOf(81).arn, ...(await listenerArns(stage, lb.arn))]) {
      expect(await tagsOf(stage, id)).toMatchObject({ team: 'blue' });
    }
  });

  test('every part of the health check is set in place, and each goes back alone', async () => {
    const ports = [
      { name: 'web', port: 80 },
      { name: 'probe', port: 81 },
    ];
    const { groupOf, lb } = await served({}, { ports });
    const group = groupOf(80).arn;
    const probe = groupOf(81).port;
    const check = async () => (await serving(stage, name)).groupOf(80).healthCheck;
    expect(await check()).toBe('TCP traffic-port  10 10 3 3');
    await change({
      'healthcheck-protocol': 'http',
      'healthcheck-port': 'probe',
      'healthcheck-path': '/ready',
      'healthcheck-interval': '20',
      'healthcheck-timeout': '5',
      'healthcheck-healthy-threshold': '4',
      'healthcheck-unhealthy-threshold': '6',
      'healthcheck-success-codes': '200, 301-302',
    });
    expect(await check()).toBe(`HTTP ${probe} /ready 20 5 4 6`);
    const matcher = writes(stage).find(({ params }) => params.get('TargetGroupArn') === group);
    expect(matcher?.params.get('Matcher.HttpCode')).toBe('200,301-302');
    // One call a target group, whatever is changed of it.
    expect(actions(writes(stage))).toEqual(['ModifyTargetGroup', 'ModifyTargetGroup']);

    await change({ 'healthcheck-port': '9000', 'healthcheck-path': null });
    expect(await check()).toBe('HTTP 9000 / 20 5 4 6');
    const { nodeRules } = await holdings(stage, name);
    expect(nodeRules.some((rule) => rule.startsWith('tcp/9000 '))).toBe(true);
    await change({ 'healthcheck-port': null, 'healthcheck-interval': null, 'healthcheck-success-codes': null });
    expect(await check()).toBe('HTTP traffic-port / 10 5 4 6');
    await change({
      'healthcheck-timeout': null,
      'healthcheck-healthy-threshold': null,
      'healthcheck-unhealthy-threshold': null,
    });
    expect(await check()).toBe('HTTP traffic-port / 10 10 3 3');
    await change({ 'healthcheck-protocol': null });
    // moto keeps the path that means nothing any more.
    expect(await check()).toMatch(/^TCP traffic-port .* 10 10 3 3$/);
    const after = await serving(stage, name);
    expect([after.lb.arn, after.groupOf(80).arn]).toEqual([lb.arn, group]);
    expect((await holdings(stage, name)).nodeRules).toHaveLength(2);
    await converged(stage, name);
  });

  test('only nodes with the wanted labels are targets', async () => {
    const [first, second, third] = stage.nodeNames;
    const label = (node: string | undefined, value: string | null) =>
      stage.kube.request('PATCH', `/api/v1/nodes/${node}`, { metadata: { labels: { pool: value } } });
    const ids = stage.network.instances.map(({ id }) => id);
    const targets = async () => (await serving(stage, name)).groupOf(80).targets.map((target) => target.split(':')[0]);
    await label(first, 'edge');
    await served({ [nlb('target-node-labels')]: 'pool=edge' });
    expect(await targets()).toEqual([ids[0]]);
    await change({ 'target-node-labels': 'pool=edge,topology.kubernetes.io/zone=us-east-1b' });
    expect(await targets()).toEqual([]);
    await label(second, 'edge');
    await label(third, 'inner');
    await eventually(async () => expect(await targets()).toEqual([ids[1]]));
    await change({ 'target-node-labels': null });
    expect(new Set(await targets())).toEqual(new Set(ids));
    for (const node of stage.nodeNames) await label(node, null);
  });

  test('source ranges open the front group to nobody else, old beside new', async () => {
    const { front } = await served({}, { loadBalancerSourceRanges: ['10.0.0.0/8', '192.0.2.0/24'] });
    expect(front.rules).toEqual(['tcp/80 from 10.0.0.0/8', 'tcp/80 from 192.0.2.0/24']);
    await stage.patch(name, { spec: { loadBalancerSourceRanges: ['192.0.2.0/24', '198.51.100.0/24'] } });
    await handled(stage);
    expect((await serving(stage, name)).front.rules).toEqual([
      'tcp/80 from 192.0.2.0/24',
      'tcp/80 from 198.51.100.0/24',
    ]);
    expect(actions(writes(stage))).toEqual(['AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress']);
    await stage.patch(name, { spec: { loadBalancerSourceRanges: null } });
    await handled(stage);
    expect((await serving(stage, name)).front.rules).toEqual(['tcp/80 from 0.0.0.0/0']);
    await converged(stage, name);
  });
});
