import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../support/requirements.ts';
import { type AwsProxy, fates, startAwsProxy } from './aws-proxy.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type Moto, startMoto } from './moto.ts';
import { layOutNetwork, registerNodes } from './network.ts';

describeWith(['control-plane'], 'the real control plane', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    cluster = await startControlPlane();
  });
  afterAll(() => cluster?.stop());

  test('is the version that Sluice is tested against', async () => {
    expect((await cluster.request('GET', '/version')).body.gitVersion).toBe('v1.37.2');
  });

  test('registers nodes that are ready and have no taints', async () => {
    const [name] = await registerNodes(cluster, [{ id: 'i-1', zone: 'us-east-1a', privateIp: '10.0.100.4' }]);
    const { body } = await cluster.request('GET', `/api/v1/nodes/${name}`);
    expect(body.spec).toEqual({ providerID: 'aws:///us-east-1a/i-1' });
    expect(body.status.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
  });

  test('keeps its state when the API server is killed, and forgets old revisions when etcd is compacted', async () => {
    const map = { metadata: { name: 'kept' }, data: { a: '1' } };
    const made = await cluster.request('POST', '/api/v1/namespaces/default/configmaps', map);
    await cluster.request('PATCH', '/api/v1/namespaces/default/configmaps/kept', { data: { a: '2' } });
    await cluster.compactEtcd();
    await cluster.killApiServer();
    await expect(cluster.request('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
    await cluster.startApiServer();
    expect((await cluster.request('GET', '/api/v1/namespaces/default/configmaps/kept')).body.data).toEqual({ a: '2' });
    const since = `watch=1&timeoutSeconds=5&resourceVersion=${made.body.metadata.resourceVersion}`;
    const watched = await cluster.request('GET', `/api/v1/namespaces/default/configmaps?${since}`);
    expect(watched.body).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  test('says why when the API server does not start', async () => {
    await expect(startControlPlane({ apiServerArgs: ['--nonsense'] })).rejects.toThrow(
      /kube-apiserver ended \(1\)[^]*unknown flag: --nonsense/,
    );
  });
});

describeWith(['moto'], 'the proxy in front of AWS', () => {
  let moto: Moto;
  let proxy: AwsProxy;
  let ec2: EC2Client;
  let elb: ElasticLoadBalancingV2Client;
  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startAwsProxy(moto.url);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const config = { endpoint: proxy.url, region: 'us-east-1', credentials, maxAttempts: 1 };
    ec2 = new EC2Client(config);
    elb = new ElasticLoadBalancingV2Client(config);
  });
  afterEach(() => proxy.reset());
  afterAll(async () => {
    ec2?.destroy();
    elb?.destroy();
    await proxy?.stop();
    await moto?.stop();
  });
  const vpcs = (abortSignal?: AbortSignal) => ec2.send(new DescribeVpcsCommand({}), abortSignal ? { abortSignal } : {});
  const loadBalancers = () => elb.send(new DescribeLoadBalancersCommand({}));

  test('counts calls by service and action and measures them', async () => {
    await layOutNetwork(proxy.url, { nodes: 3, zones: 2 });
    await loadBalancers();
    expect(proxy.count('CreateSubnet')).toBe(4);
    expect(proxy.count('RunInstances')).toBe(3);
    const last = proxy.calls.at(-1);
    expect(last).toMatchObject({ service: 'elasticloadbalancing', action: 'DescribeLoadBalancers', status: 200 });
    expect(last?.ms).toBeGreaterThan(0);
    expect(last?.n).toBe(proxy.count());
  });

  test('answers errors as AWS words them, without forwarding', async () => {
    proxy.onCall = ({ service }) => fates.throttled(service);
    await expect(vpcs()).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
    await expect(loadBalancers()).rejects.toMatchObject({ name: 'Throttling', message: 'Rate exceeded' });
    proxy.onCall = () => fates.internalFailure();
    await expect(loadBalancers()).rejects.toMatchObject({ name: 'InternalFailure' });
    expect(proxy.calls.map(({ status, ms }) => [status, ms])).toEqual([
      [503, undefined],
      [400, undefined],
      [500, undefined],
    ]);
  });

  test.each([
    { fate: 'resetBefore', forwarded: false },
    { fate: 'resetAfter', forwarded: true },
  ] as const)('breaks the connection: $fate', async ({ fate, forwarded }) => {
    proxy.onCall = () => fates[fate]();
    await expect(vpcs()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(proxy.calls[0]?.ms !== undefined).toBe(forwarded);
  });

  test.each([
    { fate: 'cutBefore', forwarded: false },
    { fate: 'appliedUnanswered', forwarded: true },
  ] as const)('runs a callback and never answers: $fate', async ({ fate, forwarded }) => {
    const given = new AbortController();
    proxy.onCall = () => fates[fate](() => given.abort());
    await expect(vpcs(given.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(proxy.calls[0]?.ms !== undefined).toBe(forwarded);
  });

  test('runs a callback when the answer is out', async () => {
    const out = Promise.withResolvers<void>();
    proxy.onCall = () => fates.answered(out.resolve);
    await expect(vpcs()).resolves.toHaveProperty('Vpcs');
    await out.promise;
  });
});
