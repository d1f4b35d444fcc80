import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  actions,
  clear,
  CONDITIONS,
  converged,
  EMPTY,
  eventually,
  FINALIZER,
  holdings,
  nlb,
  reasons,
  serving,
  tagsOf,
  writes,
} from './look.ts';
import { CLUSTER, condition, type Stage, startStage, describeStage } from './stage.ts';

/** As aws-load-balancer-controller hashes: the parts joined with nothing between them. */
const hash = (...parts: (string | number)[]): string =>
  createHash('sha256').update(parts.join('')).digest('hex').slice(0, 10);

describeStage('the life of a load balancer', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ nodes: 3, zones: 2 });
    await stage.controller();
  });
  afterEach(() => clear(stage));
  afterAll(() => stage?.stop());

  test('the finalizer is on the Service before the first thing is made', async () => {
    let first: { action: string; finalizers: string[] | undefined } | undefined;
    stage.proxy.onCall = async ({ action }) => {
      if (action.startsWith('Describe') || first) return 'pass' as const;
      first = { action, finalizers: undefined };
      first.finalizers = (await stage.get('web'))?.metadata.finalizers;
      return 'pass' as const;
    };
    await stage.create({ name: 'web' });
    await stage.hostname('web');
    expect(first).toEqual({ action: 'CreateSecurityGroup', finalizers: [FINALIZER] });
  });

  test('names and tags are those of aws-load-balancer-controller', async () => {
    const { body } = await stage.kube.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop-front' } });
    expect(body.kind).toBe('Namespace');
    const made = await stage.create({
      name: 'web-server-1',
      namespace: 'shop-front',
      spec: { ports: [{ port: 8443 }] },
    });
    await stage.hostname('shop-front/web-server-1');
    const { uid } = made.metadata;
    const nodePort = made.spec.ports?.[0]?.nodePort as number;
    const own = { 'elbv2.k8s.aws/cluster': CLUSTER, 'service.k8s.aws/stack': 'shop-front/web-server-1' };
    const { lb, front, targetGroups } = await serving(stage, 'shop-front/web-server-1');
    const { backend } = await holdings(stage, 'shop-front/web-server-1');

    expect(lb.name).toBe(`k8s-shopfron-webserve-${hash(CLUSTER, uid, 'internal')}`);
    expect(lb.tags).toEqual({ ...own, 'service.k8s.aws/resource': 'LoadBalancer' });
    expect(targetGroups.map(({ name, tags }) => ({ name, tags }))).toEqual([
      {
        name: `k8s-shopfron-webserve-${hash(CLUSTER, uid, nodePort, 8443, 'instance', 'TCP', 'TCP', 10)}`,
        tags: { ...own, 'service.k8s.aws/resource': 'shop-front/web-server-1:8443' },
      },
    ]);
    expect(front.name).toBe(`k8s-shopfron-webserve-${hash(CLUSTER, 'web-server-1', 'shop-front', uid)}`);
    expect(backend?.name).toBe(`k8s-traffic-e2e-${hash(CLUSTER)}`);
    const listener = stage.proxy.calls.findLast(({ action }) => action === 'CreateListener');
    expect(listener?.params.get('Tags.member.3.Value')).toBe('8443');
  });

  test('an internal load balancer has everything that its Service asks for', async () => {
    const made = await stage.create({ name: 'web', spec: { ports: [{ port: 80, targetPort: 8080 }] } });
    const service = await converged(stage, 'web');
    const nodePort = made.spec.ports?.[0]?.nodePort as number;
    const { lb, front, groupOf } = await serving(stage, 'web');
    const { backend, nodeRules } = await holdings(stage, 'web');

    expect(lb).toMatchObject({ scheme: 'internal', subnets: stage.network.subnetIds.internal.toSorted() });
    expect(lb.groups).toEqual([front.id, backend?.id]);
    expect(front.rules).toEqual(['tcp/80 from 0.0.0.0/0']);
    expect(backend?.rules).toEqual([]);
    expect(nodeRules).toEqual([`tcp/${nodePort} from ${backend?.id}`]);
    expect(lb.listeners).toEqual([{ port: 80, protocol: 'TCP', group: groupOf(80).arn }]);
    expect(groupOf(80)).toMatchObject({ port: nodePort, protocol: 'TCP' });
    expect(groupOf(80).targets).toEqual(stage.network.instances.map(({ id }) => `${id}:${nodePort}`).toSorted());

    expect(service.metadata.finalizers).toEqual([FINALIZER]);
    expect(service.status?.loadBalancer?.ingress).toEqual([
      { hostname: lb.dnsName, ports: [{ port: 80, protocol: 'TCP' }] },
    ]);
    const reported = Object.fromEntries(CONDITIONS.map((type) => [type, condition(service, type)]));
    expect(reported).toMatchObject({
      Accepted: { status: 'True', reason: 'Accepted' },
      Provisioned: { status: 'True', reason: 'Provisioned', message: lb.arn },
      TargetsHealthy: { status: 'True', reason: 'AllHealthy', message: '3/3 targets healthy' },
      Synced: { status: 'True', reason: 'InSync' },
    });
  });

  test('an internet-facing one stands in the public subnets', async () => {
    await stage.create({ name: 'open', annotations: { [nlb('scheme')]: 'internet-facing' } });
    const hostname = await stage.hostname('open');
    const { lb } = await serving(stage, 'open');
    expect(lb).toMatchObject({ scheme: 'internet-facing', subnets: stage.network.subnetIds.public.toSorted() });
    expect(lb.dnsName).toBe(hostname);
  });

  test('a further Service with one port costs few calls, and then none', async () => {
    await stage.create({ name: 'first' });
    await converged(stage, 'first');
    stage.proxy.reset();
    await stage.create({ name: 'second' });
    await converged(stage, 'second');
    // Health is read, and the record written, right after the status.
    await eventually(async () => {
      const record = (await stage.get('second'))?.metadata.annotations?.['sluice.dev/last-applied'];
      expect(record).toMatch(/"digest":"[0-9a-f]{16}"/);
    });
    expect(stage.proxy.calls.length).toBeLessThanOrEqual(10);
    expect(actions(writes(stage)).toSorted()).toEqual([
      'AuthorizeSecurityGroupIngress',
      'AuthorizeSecurityGroupIngress',
      'CreateListener',
      'CreateLoadBalancer',
      'CreateSecurityGroup',
      'CreateTargetGroup',
      'RegisterTargets',
    ]);
    stage.proxy.reset();
    await stage.patch('second', { metadata: { labels: { team: 'blue' } } });
    await stage.create({ name: 'third' });
    await converged(stage, 'third');
    const second = (await serving(stage, 'second')).lb.arn;
    expect(stage.proxy.calls.filter(({ params }) => params.toString().includes(encodeURIComponent(second)))).toEqual(
      [],
    );
  });

  test('deletion leaves nothing and says what it does', async () => {
    await stage.create({
      name: 'leaving',
      spec: {
        ports: [
          { port: 80, name: 'http' },
          { port: 443, name: 'https' },
        ],
      },
    });
    await converged(stage, 'leaving');
    stage.proxy.reset();
    let status: unknown;
    stage.proxy.onCall = async ({ action }) => {
      if (action === 'DeleteTargetGroup') status ??= (await stage.get('leaving'))?.metadata;
      return 'pass' as const;
    };
    await stage.remove('leaving');
    await stage.gone('leaving');
    expect(await stage.cloud()).toEqual(EMPTY);
    // The finalizer stayed to the end.
    expect(status).toMatchObject({ finalizers: [FINALIZER], deletionTimestamp: expect.any(String) });
    expect(actions(writes(stage))).toEqual([
      'DeleteLoadBalancer',
      'DeleteTargetGroup',
      'DeleteTargetGroup',
      'DeleteSecurityGroup',
      'RevokeSecurityGroupIngress',
      'DeleteSecurityGroup',
    ]);
    await eventually(async () =>
      expect(await reasons(stage, 'leaving')).toEqual([
        'EnsuringLoadBalancer',
        'EnsuredLoadBalancer',
        'DeletingLoadBalancer',
        'DeletedLoadBalancer',
      ]),
    );
  });

  test('a Service that is made anew under its old name gets a load balancer of its own', async () => {
    await stage.create({ name: 'again' });
    const before = await stage.hostname('again');
    await stage.remove('again');
    await stage.gone('again');
    const { metadata } = await stage.create({ name: 'again' });
    const after = await stage.hostname('again');
    const { lb } = await serving(stage, 'again');
    expect(after).not.toBe(before);
    expect(lb).toMatchObject({ dnsName: after, name: `k8s-default-again-${hash(CLUSTER, metadata.uid, 'internal')}` });
    expect(await tagsOf(stage, lb.arn)).toMatchObject({ 'service.k8s.aws/stack': 'default/again' });
  });

  test('a Service that is deleted while it is being made leaves nothing', async () => {
    stage.proxy.onCall = ({ action }) => {
      if (action !== 'CreateLoadBalancer') return 'pass';
      return { before: () => stage.remove('brief') };
    };
    await stage.create({ name: 'brief' });
    await stage.gone('brief');
    expect(await stage.cloud()).toEqual(EMPTY);
  });
});
