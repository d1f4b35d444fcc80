import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { clear, converged, EMPTY, eventually, FINALIZER, handled, holdings } from './look.ts';
import { condition, type Stage, startStage, describeStage } from './stage.ts';

const LBC = 'service.k8s.aws/nlb';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
const NAME = 'aws-load-balancer-controller-leader';

describeStage('beside aws-load-balancer-controller', () => {
  let stage: Stage;
  let renewing: NodeJS.Timeout | undefined;
  beforeAll(async () => {
    stage = await startStage({ nodes: 1, chart: { controller: { loadBalancerClass: ['sluice.dev/nlb', LBC] } } });
  });
  afterEach(() => clear(stage));
  afterAll(async () => {
    clearInterval(renewing);
    await stage?.stop();
  });

  /** Holds its Lease as its leader does, until `stop`. */
  async function run() {
    const spec = () => ({
      holderIdentity: 'lbc-1',
      leaseDurationSeconds: 2,
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    });
    const made = await stage.kube.request('POST', LEASES, { metadata: { name: NAME }, spec: spec() });
    if (made.status !== 201) await stage.kube.request('PATCH', `${LEASES}/${NAME}`, { spec: spec() });
    renewing = setInterval(() => {
      void stage.kube.request('PATCH', `${LEASES}/${NAME}`, { spec: spec() }).catch(() => undefined);
    }, 300);
  }
  const stop = () => clearInterval(renewing);

  test('its Services are left alone while its Lease is renewed, and taken when that stops', async () => {
    await run();
    await stage.controller(['--concurrency', '1', '--load-balancer-class', `sluice.dev/nlb,${LBC}`]);
    await stage.create({ name: 'theirs', spec: { loadBalancerClass: LBC } });
    await eventually(async () => {
      expect(condition(await stage.get('theirs'), 'Accepted')).toMatchObject({
        status: 'False',
        reason: 'OtherController',
        message: expect.stringContaining('aws-load-balancer-controller is running'),
      });
    });
    // A Service of Sluice's own class is none of its business.
    await stage.create({ name: 'ours' });
    await stage.hostname('ours');
    await stage.patch('theirs', { metadata: { labels: { looked: 'again' } } });
    await handled(stage);
    const left = await stage.get('theirs');
    expect(left?.metadata.finalizers).toBeUndefined();
    expect(left?.status?.loadBalancer).toEqual({});
    expect((await holdings(stage, 'theirs')).loadBalancers).toEqual([]);

    stop();
    const taken = await converged(stage, 'theirs');
    expect(taken.metadata.finalizers).toEqual([FINALIZER]);
    expect(condition(taken, 'Accepted')).toMatchObject({ reason: 'Accepted' });
  });

  test('both finalizers go when Sluice lets go of a Service that it took over', async () => {
    await stage.create({ name: 'theirs', spec: { loadBalancerClass: LBC } });
    await stage.hostname('theirs');
    await stage.patch('theirs', { metadata: { finalizers: [FINALIZER, 'service.k8s.aws/resources'] } });
    await stage.remove('theirs');
    await stage.gone('theirs');
    expect(await stage.cloud()).toEqual(EMPTY);
  });

  test('when it comes back, it finds what Sluice made, and Sluice touches it no more', async () => {
    await stage.create({ name: 'theirs', spec: { loadBalancerClass: LBC } });
    await converged(stage, 'theirs');
    await run();
    await eventually(async () =>
      expect(condition(await stage.get('theirs'), 'Accepted')).toMatchObject({ reason: 'OtherController' }),
    );
    const before = await stage.cloud();
    await stage.patch('theirs', { spec: { ports: [{ port: 81 }] } });
    await handled(stage);
    expect(await stage.cloud()).toEqual(before);
    stop();
    await eventually(async () =>
      expect((await holdings(stage, 'theirs')).loadBalancers[0]?.listeners).toMatchObject([{ port: 81 }]),
    );
  });
});
