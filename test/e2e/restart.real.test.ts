import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Program } from '../tools/processes.ts';
import { actions, annotate, clear, converged, eventually, handled, holdings, nlb, serving, writes } from './look.ts';
import { condition, type Stage, startStage, describeStage } from './stage.ts';

const SERVICES = 20;
const FLAGS = ['--concurrency', '1'];

describeStage('a restart of the controller', () => {
  let stage: Stage;
  let controller: Program;
  beforeAll(async () => {
    stage = await startStage({ nodes: 2 });
  });
  afterEach(() => clear(stage));
  afterAll(() => stage?.stop());

  /** The record of a Service says that all of it was applied. */
  const recorded = (name: string) =>
    eventually(async () => {
      const record = (await stage.get(name))?.metadata.annotations?.['sluice.dev/last-applied'];
      expect(record).toMatch(/"digest":"[0-9a-f]{16}"/);
    });

  test(`over ${SERVICES} converged Services costs at most two calls each and the shared pages, and writes nothing`, async () => {
    controller = await stage.controller(FLAGS);
    const names = Array.from({ length: SERVICES }, (_, at) => `kept-${at}`);
    for (const name of names) {
      const attributes = 'load_balancing.cross_zone.enabled=true';
      await stage.create({ name, annotations: { [nlb('attributes')]: attributes } });
    }
    for (const name of names) {
      await converged(stage, name);
      await recorded(name);
    }
    const before = await stage.cloud();
    const services = await Promise.all(names.map((name) => stage.get(name)));
    await controller.end();

    stage.proxy.reset();
    controller = await stage.controller(FLAGS);
    await handled(stage);
    expect(actions(writes(stage))).toEqual([]);
    // Load balancers, target groups, their tags, security groups, nodes' groups, subnets, instances and the VPC.
    const each = stage.proxy.calls.filter(({ action }) => /Listeners|TargetHealth|Attributes/.test(action));
    expect(each).toHaveLength(2 * SERVICES);
    expect(stage.proxy.calls.length - each.length).toBeLessThanOrEqual(12);
    expect(await stage.cloud()).toEqual(before);
    // Nothing was written to the Services either.
    const after = await Promise.all(names.map((name) => stage.get(name)));
    expect(after.map((one) => one?.metadata.resourceVersion)).toEqual(
      services.map((one) => one?.metadata.resourceVersion),
    );
  });

  test('what was created, changed, retyped and deleted meanwhile is made good', async () => {
    for (const name of ['changed', 'moved', 'retyped', 'deleted', 'untouched']) await stage.create({ name });
    for (const name of ['changed', 'moved', 'retyped', 'deleted', 'untouched']) await recorded(name);
    const untouched = await serving(stage, 'untouched');
    await controller.end();
    await stage.create({ name: 'created' });
    await stage.patch('changed', { spec: { ports: [{ port: 81 }] } });
    await annotate(stage, 'moved', { scheme: 'internet-facing' });
    await stage.patch('retyped', { spec: { type: 'ClusterIP' } });
    await stage.remove('deleted');
    const [node] = stage.nodeNames;
    const label = (value: string | null) =>
      stage.kube.request('PATCH', `/api/v1/nodes/${node}`, {
        metadata: { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': value } },
      });
    await label('true');

    controller = await stage.controller(FLAGS);
    await stage.gone('deleted');
    await stage.hostname('created');
    await eventually(async () => {
      expect((await serving(stage, 'changed')).lb.listeners).toMatchObject([{ port: 81 }]);
      expect((await serving(stage, 'moved')).lb.scheme).toBe('internet-facing');
      expect((await stage.get('retyped'))?.metadata.finalizers).toBeUndefined();
      for (const name of ['changed', 'moved', 'created', 'untouched']) {
        expect((await holdings(stage, name)).targetGroups).toMatchObject([{ targets: [expect.any(String)] }]);
      }
    });
    for (const name of ['retyped', 'deleted']) {
      expect(await holdings(stage, name)).toMatchObject({ loadBalancers: [], targetGroups: [] });
    }
    expect((await serving(stage, 'untouched')).lb).toEqual(untouched.lb);
    await label(null);
  });

  test('a Service that was deleted and made anew meanwhile gets a load balancer of its own', async () => {
    await stage.create({ name: 'anew' });
    await recorded('anew');
    const old = await serving(stage, 'anew');
    await controller.end();
    await stage.patch('anew', { metadata: { finalizers: null } });
    await stage.remove('anew');
    await stage.gone('anew');
    await stage.create({ name: 'anew', annotations: { [nlb('scheme')]: 'internet-facing' } });
    controller = await stage.controller(FLAGS);
    await eventually(async () => {
      const { loadBalancers, targetGroups } = await holdings(stage, 'anew');
      expect(loadBalancers).toMatchObject([{ scheme: 'internet-facing' }]);
      expect(targetGroups).toHaveLength(1);
    });
    await converged(stage, 'anew');
    const { lb } = await serving(stage, 'anew');
    expect(lb.arn).not.toBe(old.lb.arn);
    expect(await stage.hostname('anew')).toBe(lb.dnsName);
  });

  test('an API server that is away for a while is waited for, and AWS too', async () => {
    await stage.create({ name: 'before' });
    await stage.hostname('before');
    await stage.kube.killApiServer();
    await stage.kube.startApiServer();
    await stage.create({ name: 'after' });
    await stage.hostname('after');

    stage.proxy.onCall = () => ({
      forward: false,
      answer: { status: 503, code: 'ServiceUnavailable', message: 'away' },
    });
    await stage.create({ name: 'waiting' });
    await eventually(async () => {
      expect(condition(await stage.get('waiting'), 'Synced')).toMatchObject({ status: 'False', reason: 'Error' });
      expect(condition(await stage.get('waiting'), 'Synced')?.message).toContain('ServiceUnavailable: away');
    });
    stage.proxy.onCall = undefined;
    await converged(stage, 'waiting');
    expect(controller.ended).toBe(false);
  });
});
