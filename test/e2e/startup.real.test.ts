import { CreateSubnetCommand, CreateVpcCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../support/wait.ts';
import { registerNodes } from '../tools/network.ts';
import { freePort, type Program } from '../tools/processes.ts';
import { clear, converged, eventually, nlb, serving, writes } from './look.ts';
import { type Stage, startStage, describeStage } from './stage.ts';

const SECRET = 'x7Qp-secret-access-key-9Lm';

describeStage('the controller as a program', () => {
  let stage: Stage;
  let controller: Program | undefined;
  beforeAll(async () => {
    stage = await startStage({ nodes: 2 });
  });
  afterEach(async () => {
    if (!controller?.ended) await clear(stage);
    await controller?.end();
  });
  afterAll(() => stage?.stop());

  const started = async (flags: string[] = [], env: Record<string, string> = {}) => {
    controller = await stage.controller(flags, env);
    return controller;
  };
  const get = async (port: number, path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const lines = (program: Program) =>
    program
      .tail(400)
      .split('\n')
      .filter((line) => line !== '');

  test('finds Region and VPC from the nodes', async () => {
    const program = await started();
    await stage.create({ name: 'web' });
    await stage.hostname('web');
    const found = lines(program).find((line) => line.includes('found the cluster'));
    expect(JSON.parse(found ?? '{}')).toMatchObject({ vpc: stage.network.vpcId, nodes: 2 });
    expect((await serving(stage, 'web')).lb.subnets).toEqual(stage.network.subnetIds.internal.toSorted());
  });

  test('serves health and metrics that tell what it does', async () => {
    const [health, metrics] = [await freePort(), await freePort()];
    await started(['--health-address', `127.0.0.1:${health}`, '--metrics-address', `127.0.0.1:${metrics}`]);
    await waitFor(async () => (await get(health, '/readyz')).status === 200, { timeoutMs: 20_000, what: 'readiness' });
    expect((await get(health, '/healthz')).status).toBe(200);
    await stage.create({ name: 'good' });
    await stage.create({ name: 'bad', annotations: { [nlb('scheme')]: 'public' } });
    await converged(stage, 'good');
    const value = (text: string, series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')
          .at(-1),
      );
    await eventually(async () => {
      const { text } = await get(metrics, '/metrics');
      expect(value(text, 'sluice_managed_services{state="ready"}')).toBe(1);
      expect(value(text, 'sluice_managed_services{state="refused"}')).toBe(1);
      expect(value(text, 'sluice_managed_services{state="failing"}')).toBe(0);
      expect(value(text, 'workqueue_depth{name="services"}')).toBe(0);
      expect(value(text, 'workqueue_adds_total{name="services"}')).toBeGreaterThanOrEqual(2);
      expect(value(text, 'sluice_reconcile_total{controller="services",result="success"}')).toBeGreaterThanOrEqual(2);
      const calls = 'sluice_aws_requests_total{service="elbv2",operation="CreateLoadBalancer",outcome="success"}';
      expect(value(text, calls)).toBe(1);
      expect(value(text, 'rest_client_requests_total{method="GET",code="200"}')).toBeGreaterThanOrEqual(2);
      expect(value(text, 'sluice_watch_events_total{resource="services"}')).toBeGreaterThanOrEqual(2);
    });
  });

  test('is not ready while the API server is away, and not dead either', async () => {
    const health = await freePort();
    await stage.kube.killApiServer();
    const program = await started(['--health-address', `127.0.0.1:${health}`]);
    await waitFor(async () => (await get(health, '/healthz')).status === 200, { timeoutMs: 20_000, what: 'health' });
    const ready = await get(health, '/readyz');
    expect(ready.status).toBe(503);
    expect(ready.text).toContain('not listed yet');
    await stage.kube.startApiServer();
    await waitFor(async () => (await get(health, '/readyz')).status === 200, { timeoutMs: 40_000, what: 'readiness' });
    expect(program.ended).toBe(false);
  });

  test('logs JSON with the Service in it, and no secrets, even in detail', async () => {
    const program = await started(['--log-level', 'debug'], {
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_ACCESS_KEY_ID: 'AKIATESTTESTTESTTEST',
    });
    await stage.create({ name: 'logged', annotations: { 'example.com/password': 'hunter2-in-an-annotation' } });
    await converged(stage, 'logged');
    await stage.remove('logged');
    await stage.gone('logged');
    await waitFor(() => program.tail(400).includes('"message":"released"'), {
      what: 'the last line about the Service',
    });
    const entries = lines(program).map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const entry of entries) {
      expect(entry).toMatchObject({
        timestamp: expect.any(String),
        level: expect.stringMatching(/^(debug|info|warn)$/),
      });
    }
    const of = (message: string) =>
      entries.filter(
        (entry) =>
          entry['message'] === message &&
          [undefined, 'default/logged'].includes(entry['service'] as string | undefined),
      );
    for (const step of ['create-load-balancer', 'create-listener', 'delete-load-balancer', 'released']) {
      expect(of(step)).toMatchObject([{ service: 'default/logged', why: expect.any(String) }]);
    }
    expect(of('AWS call').length).toBeGreaterThan(10);
    for (const secret of [SECRET, 'AKIATESTTESTTESTTEST', stage.kube.token, 'hunter2', 'Signature=']) {
      expect(program.tail(400)).not.toContain(secret);
    }
  });

  test('ends at once and well when it is told to, in the middle of its work too', async () => {
    const program = await started();
    await stage.create({ name: 'idle' });
    await converged(stage, 'idle');
    let start = performance.now();
    await program.end('SIGTERM', 20_000);
    expect(await program.exit).toBe(0);
    expect(performance.now() - start).toBeLessThan(3_000);

    const busy = await started();
    const asked = Promise.withResolvers<void>();
    stage.proxy.onCall = ({ action }) => {
      if (action !== 'CreateLoadBalancer') return 'pass';
      asked.resolve();
      return { forward: false, answer: 'never' };
    };
    await stage.create({ name: 'half' });
    await asked.promise;
    start = performance.now();
    await busy.end('SIGTERM', 20_000);
    expect(await busy.exit).toBe(0);
    expect(performance.now() - start).toBeLessThan(5_000);
    // The next one finishes, and takes everything away again.
    stage.proxy.onCall = undefined;
    await started();
    await converged(stage, 'half');
  });

  const last = (program: Program) => lines(program).filter((line) => !line.startsWith('{'));

  test('says in one line what it can’t find out, and exits with 2', async () => {
    for (const name of stage.nodeNames) await stage.kube.request('DELETE', `/api/v1/nodes/${name}`);
    const program = await started([], { AWS_REGION: '' });
    expect(await program.exit).toBe(2);
    expect(last(program)).toEqual([expect.stringMatching(/no AWS region: .* set --region or AWS_REGION$/)]);
    const other = await started(['--region', 'us-east-1']);
    expect(await other.exit).toBe(2);
    expect(last(other)).toEqual([expect.stringMatching(/no VPC: no node has the providerID .* set --vpc-id$/)]);
    // Told both, it needs no node.
    const told = await started(['--region', 'us-east-1', '--vpc-id', stage.network.vpcId]);
    await stage.create({ name: 'no-nodes' });
    await stage.hostname('no-nodes');
    expect(told.ended).toBe(false);
    await registerNodes(stage.kube, stage.network.instances);
    await converged(stage, 'no-nodes');
  });

  test('asks which VPC when the nodes are in several', async () => {
    const vpc = await stage.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
    const subnet = await stage.ec2.send(
      new CreateSubnetCommand({ VpcId: vpc.Vpc?.VpcId, CidrBlock: '10.9.0.0/24', AvailabilityZone: 'us-east-1a' }),
    );
    const run = await stage.ec2.send(
      new RunInstancesCommand({ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1, SubnetId: subnet.Subnet?.SubnetId }),
    );
    const [instance] = run.Instances ?? [];
    const privateIp = instance?.PrivateIpAddress ?? '';
    await registerNodes(stage.kube, [{ id: instance?.InstanceId ?? '', zone: 'us-east-1a', privateIp }]);
    const program = await started();
    expect(await program.exit).toBe(2);
    expect(last(program)).toEqual([expect.stringContaining('the nodes are in several VPCs')]);
    expect(last(program)[0]).toContain('name one with --vpc-id');
    stage.proxy.reset();
    await started(['--vpc-id', stage.network.vpcId]);
    await stage.create({ name: 'chosen' });
    await converged(stage, 'chosen');
    expect(writes(stage).length).toBeGreaterThan(0);
  });
});
