import { createHash } from 'node:crypto';
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  DescribeLoadBalancersCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Program } from '../tools/processes.ts';
import {
  annotate,
  clear,
  converged,
  EMPTY,
  eventually,
  FINALIZER,
  handled,
  holdings,
  nlb,
  reasons,
  serving,
  tagsOf,
} from './look.ts';
import { CLUSTER, condition, type Stage, startStage, describeStage } from './stage.ts';

const UPSTREAM = 'service.kubernetes.io/load-balancer-cleanup';
const classless = { loadBalancerClass: undefined } as unknown as { loadBalancerClass: string };

describeStage('whose a Service and a load balancer are', () => {
  let stage: Stage;
  let controller: Program;
  beforeAll(async () => {
    stage = await startStage({ nodes: 2 });
  });
  const strangers: string[] = [];
  afterEach(async () => {
    for (const LoadBalancerArn of strangers.splice(0)) {
      await stage.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    }
    await clear(stage);
    await controller.end();
  });
  afterAll(() => stage?.stop());

  const start = async (...flags: string[]) => {
    controller = await stage.controller(['--concurrency', '1', ...flags]);
  };

  /** Nothing of ours is on the Service. */
  async function untouched(name: string) {
    const service = await stage.get(name);
    expect(service?.metadata.finalizers).toBeUndefined();
    expect(service?.metadata.annotations ?? {}).not.toHaveProperty(['sluice.dev/last-applied']);
    expect(service?.status).toEqual({ loadBalancer: {} });
    expect(await reasons(stage, name)).toEqual([]);
    expect((await holdings(stage, name)).loadBalancers).toEqual([]);
  }

  test('Services of other classes, of no class and of other types are ignored', async () => {
    await start();
    await stage.create({ name: 'other-class', spec: { loadBalancerClass: 'example.com/lb' } });
    await stage.create({ name: 'of-lbc', spec: { loadBalancerClass: 'service.k8s.aws/nlb' } });
    await stage.create({ name: 'no-class', spec: classless });
    await stage.create({ name: 'cluster-ip', spec: { type: 'ClusterIP', ...classless } });
    await stage.create({
      name: 'node-port',
      spec: { type: 'NodePort', ...classless },
      annotations: { [nlb('scheme')]: 'x' },
    });
    await handled(stage);
    for (const name of ['other-class', 'of-lbc', 'no-class', 'cluster-ip', 'node-port']) await untouched(name);
    expect(await stage.cloud()).toEqual(EMPTY);
  });

  test('every class of the list is taken, and no other', async () => {
    await start('--load-balancer-class', 'example.com/a,example.com/b');
    await stage.create({ name: 'a', spec: { loadBalancerClass: 'example.com/a' } });
    await stage.create({ name: 'b', spec: { loadBalancerClass: 'example.com/b' } });
    await stage.create({ name: 'default-class' });
    await stage.hostname('a');
    await stage.hostname('b');
    await untouched('default-class');
  });

  test('with --classless Services without a class are taken, but not those of aws-load-balancer-controller', async () => {
    await start('--classless');
    await stage.create({ name: 'plain', spec: classless });
    await stage.create({ name: 'asks-nlb', spec: classless, annotations: { [nlb('type')]: 'nlb' } });
    await stage.create({ name: 'external', spec: classless, annotations: { [nlb('type')]: 'external' } });
    await stage.create({ name: 'nlb-ip', spec: classless, annotations: { [nlb('type')]: 'nlb-ip' } });
    await stage.create({ name: 'other-class', spec: { loadBalancerClass: 'example.com/lb' } });
    await stage.create({ name: 'of-our-class', annotations: { [nlb('type')]: 'external' } });
    for (const name of ['plain', 'asks-nlb', 'of-our-class']) await stage.hostname(name);
    await handled(stage);
    for (const name of ['external', 'nlb-ip', 'other-class']) await untouched(name);

    // Told that it is for the other controller, Sluice lets go.
    await annotate(stage, 'plain', { type: 'external' });
    await eventually(async () => expect((await stage.get('plain'))?.metadata.finalizers).toBeUndefined());
    expect((await stage.get('plain'))?.status).toEqual({ loadBalancer: {} });
    expect((await holdings(stage, 'plain')).loadBalancers).toEqual([]);
  });

  test('the upstream finalizer is taken off where Sluice stands in for the cloud provider, and only there', async () => {
    await start('--classless');
    await stage.create({ name: 'plain', spec: classless });
    await stage.create({ name: 'classed' });
    for (const name of ['plain', 'classed']) {
      await stage.hostname(name);
      await stage.patch(name, { metadata: { finalizers: [FINALIZER, UPSTREAM] } });
      await stage.remove(name);
    }
    await stage.gone('plain');
    await eventually(async () => expect((await stage.get('classed'))?.metadata.finalizers).toEqual([UPSTREAM]));
    await stage.patch('classed', { metadata: { finalizers: null } });
    await stage.gone('classed');
  });

  async function stranger(name: string, tags: Record<string, string>) {
    const made = await stage.elb.send(
      new CreateLoadBalancerCommand({
        Name: name,
        Type: 'network',
        Scheme: 'internal',
        Subnets: stage.network.subnetIds.internal,
        Tags: Object.entries({ owner: 'somebody', ...tags }).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    const arn = made.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
    const state = async () => ({
      tags: await tagsOf(stage, arn),
      balancer: (await stage.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }))).LoadBalancers,
    });
    strangers.push(arn);
    // The first look makes it active.
    await state();
    const before = await state();
    return {
      arn,
      untouched: async () => expect(await state()).toEqual(before),
    };
  }

  const owned = (cluster: string, stack: string) => ({
    'elbv2.k8s.aws/cluster': cluster,
    'service.k8s.aws/stack': stack,
    'service.k8s.aws/resource': 'LoadBalancer',
  });

  /** Waits until the Service says, in its conditions and in one event, that its name is taken by `arn`. */
  async function refusedFor(name: string, arn: string) {
    await eventually(async () => {
      const provisioned = condition(await stage.get(name), 'Provisioned');
      expect(provisioned).toMatchObject({ status: 'False', reason: 'Error' });
      expect(provisioned?.message).toContain(`load balancer "taken" exists (${arn})`);
      expect(condition(await stage.get(name), 'Synced')?.status).toBe('False');
    });
    await eventually(async () =>
      expect((await stage.events(name)).filter(({ type }) => type === 'Warning')).toEqual([
        { type: 'Warning', reason: 'SyncLoadBalancerFailed', message: expect.stringContaining(arn) },
      ]),
    );
    expect((await stage.get(name))?.status?.loadBalancer).toEqual({});
  }

  test.each([
    { of: 'nobody that Sluice knows', name: 'wants-one', tags: {} },
    { of: 'another cluster', name: 'wants-two', tags: owned('other', 'default/wants-two') },
  ])('a load balancer of $of keeps its name, and is named in the error', async ({ name, tags }) => {
    const theirs = await stranger('taken', tags);
    await start();
    await stage.create({ name, annotations: { [nlb('name')]: 'taken' } });
    await refusedFor(name, theirs.arn);
    await theirs.untouched();

    await annotate(stage, name, { name: 'free' });
    await converged(stage, name);
    expect((await serving(stage, name)).lb.name).toBe('free');
    await stage.remove(name);
    await stage.gone(name);
    await theirs.untouched();
  });

  test('a load balancer of another Service keeps its name, and its traffic', async () => {
    await start();
    await stage.create({ name: 'was-first', annotations: { [nlb('name')]: 'taken' } });
    await converged(stage, 'was-first');
    const theirs = await serving(stage, 'was-first');
    await stage.create({ name: 'too-late', annotations: { [nlb('name')]: 'taken' } });
    await refusedFor('too-late', theirs.lb.arn);
    await stage.remove('too-late');
    await stage.gone('too-late');
    expect(await serving(stage, 'was-first')).toMatchObject({ lb: theirs.lb, targetGroups: theirs.targetGroups });
  });

  test('so does one that has, by chance, the name that Sluice would choose', async () => {
    const { metadata } = await stage.create({ name: 'chance' });
    const hash = createHash('sha256').update(`${CLUSTER}${metadata.uid}internal`).digest('hex').slice(0, 10);
    const theirs = await stranger(`k8s-default-chance-${hash}`, owned('other', 'default/chance'));
    await start();
    await eventually(async () => {
      const message = condition(await stage.get('chance'), 'Synced')?.message;
      expect(message).toContain(`load balancer "k8s-default-chance-${hash}" exists (${theirs.arn})`);
    });
    await stage.remove('chance');
    await stage.gone('chance');
    await theirs.untouched();
  });

  test('one that carries the Service’s own tags is taken on', async () => {
    const theirs = await stranger('prepared', owned(CLUSTER, 'default/adopts'));
    await start();
    await stage.create({ name: 'adopts', annotations: { [nlb('name')]: 'prepared' } });
    await eventually(async () => {
      const { loadBalancers } = await holdings(stage, 'adopts');
      expect(loadBalancers.map(({ arn }) => arn)).toEqual([theirs.arn]);
      expect(loadBalancers[0]?.listeners).toHaveLength(1);
    });
    // AWS lets nobody add security groups to one that was made without.
    const blocked = condition(await stage.get('adopts'), 'Synced');
    expect(blocked?.message ?? '').toContain('made without security groups');
  });
});
