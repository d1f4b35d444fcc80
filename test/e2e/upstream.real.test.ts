import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { goTool } from '../../scripts/tools.mjs';
import { describeWith } from '../support/requirements.ts';
import { readyOrTail } from '../tools/control-plane.ts';
import { type Program, startProgram } from '../tools/processes.ts';
import { clear, converged, EMPTY, eventually, FINALIZER, handled, holdings, serving } from './look.ts';
import { CLASS, type Stage, startStage } from './stage.ts';

const UPSTREAM = 'service.kubernetes.io/load-balancer-cleanup';
const LBC = 'service.k8s.aws/resources';
const classless = { loadBalancerClass: undefined } as unknown as { loadBalancerClass: string };

describeWith(['control-plane', 'moto', 'service-controller'], 'beside the upstream service controller', () => {
  let stage: Stage;
  let upstream: Program;
  beforeAll(async () => {
    stage = await startStage({ nodes: 2 });
    upstream = await startProgram(goTool('service-controller'), ['--kubeconfig', stage.kube.kubeconfig], {
      name: 'service-controller',
    });
    await readyOrTail(upstream, () => upstream.tail().includes('service-controller: running'));
    await stage.controller(['--concurrency', '1']);
  });
  afterEach(() => clear(stage));
  afterAll(async () => {
    await upstream?.end('SIGKILL');
    await stage?.stop();
  });

  /** Waits until upstream has handled all that was written before: it works on one Service at a time. */
  let marks = 0;
  async function upstreamHandled() {
    const name = `mark-${++marks}`;
    await stage.create({ name, spec: classless });
    await eventually(async () => expect((await stage.get(name))?.metadata.finalizers).toEqual([UPSTREAM]));
    await stage.remove(name);
    await stage.gone(name);
  }

  test('each takes its own Services', async () => {
    await stage.create({ name: 'ours' });
    await stage.create({ name: 'theirs', spec: classless });
    await converged(stage, 'ours');
    await eventually(async () => expect((await stage.get('theirs'))?.metadata.finalizers).toEqual([UPSTREAM]));
    await handled(stage);
    await upstreamHandled();
    expect((await stage.get('ours'))?.metadata.finalizers).toEqual([FINALIZER]);
    expect((await holdings(stage, 'theirs')).loadBalancers).toEqual([]);
    expect((await stage.get('theirs'))?.metadata.finalizers).toEqual([UPSTREAM]);
    const reasons = (await stage.events('ours')).map(({ reason }) => reason);
    expect(reasons).toEqual(['EnsuringLoadBalancer', 'EnsuredLoadBalancer']);
  });

  test('its finalizer is stripped from a Service of ours, and ours stays', async () => {
    await stage.create({ name: 'ours' });
    await converged(stage, 'ours');
    const before = await serving(stage, 'ours');
    await stage.patch('ours', { metadata: { finalizers: [UPSTREAM, FINALIZER, LBC] } });
    await eventually(async () => expect((await stage.get('ours'))?.metadata.finalizers).toEqual([FINALIZER, LBC]));
    await handled(stage);
    const service = await converged(stage, 'ours');
    expect(await serving(stage, 'ours')).toMatchObject({ lb: before.lb, targetGroups: before.targetGroups });
    expect(service.status?.loadBalancer?.ingress?.[0]?.hostname).toBe(before.lb.dnsName);
    await stage.remove('ours');
    await stage.gone('ours');
    expect(await stage.cloud()).toEqual(EMPTY);
  });

  test('a Service that is born with everybody’s finalizers is served and goes', async () => {
    const path = '/api/v1/namespaces/default/services';
    const made = await stage.kube.request('POST', path, {
      metadata: { name: 'born', finalizers: [UPSTREAM, LBC] },
      spec: { type: 'LoadBalancer', loadBalancerClass: CLASS, ports: [{ port: 80 }] },
    });
    expect(made.status).toBe(201);
    await converged(stage, 'born');
    await upstreamHandled();
    expect((await stage.get('born'))?.metadata.finalizers).toEqual([LBC, FINALIZER]);
    await stage.remove('born');
    await stage.gone('born');
    expect(await stage.cloud()).toEqual(EMPTY);
  });

  test('a Service goes from one to the other and back, and neither leaves anything', async () => {
    await stage.create({ name: 'wanders' });
    await converged(stage, 'wanders');
    for (let round = 0; round < 2; round++) {
      await stage.patch('wanders', { spec: { type: 'ClusterIP' } });
      await eventually(async () => expect((await stage.get('wanders'))?.metadata.finalizers).toBeUndefined());
      expect((await stage.get('wanders'))?.status?.loadBalancer).toEqual({});
      expect(await stage.cloud()).toEqual(EMPTY);
      await stage.patch('wanders', { spec: { type: 'LoadBalancer' } });
      await eventually(async () => expect((await stage.get('wanders'))?.metadata.finalizers).toEqual([UPSTREAM]));
      await stage.patch('wanders', { spec: { type: 'ClusterIP' } });
      await eventually(async () => expect((await stage.get('wanders'))?.metadata.finalizers).toBeUndefined());
      await stage.patch('wanders', { spec: { type: 'LoadBalancer', loadBalancerClass: CLASS } });
      await converged(stage, 'wanders');
      expect((await stage.get('wanders'))?.metadata.finalizers).toEqual([FINALIZER]);
    }
  });

  test('a Service that goes over at once, without a pause between', async () => {
    await stage.create({ name: 'jumps' });
    await converged(stage, 'jumps');
    await stage.patch('jumps', { spec: { type: 'ClusterIP' } });
    await stage.patch('jumps', { spec: { type: 'LoadBalancer' } });
    await eventually(async () => expect((await stage.get('jumps'))?.metadata.finalizers).toEqual([UPSTREAM]));
    await eventually(async () => expect(await stage.cloud()).toEqual(EMPTY));
    await stage.patch('jumps', { spec: { type: 'ClusterIP' } });
    await stage.patch('jumps', { spec: { type: 'LoadBalancer', loadBalancerClass: CLASS } });
    await converged(stage, 'jumps');
    await eventually(async () => expect((await stage.get('jumps'))?.metadata.finalizers).toEqual([FINALIZER]));
    expect(await stage.hostname('jumps')).toBe((await serving(stage, 'jumps')).lb.dnsName);
  });
});
