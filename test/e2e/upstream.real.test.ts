import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { goTool } from '../../scripts/tools.mjs';
import { readyOrTail } from '../tools/control-plane.ts';
import { type Program, startProgram } from '../tools/processes.ts';
import { clear, converged, EMPTY, eventually, FINALIZER, handled, holdings, serving } from './look.ts';
import { CLASS, type Stage, startStage, describeStage } from './stage.ts';

const UPSTREAM = 'service.kubernetes.io/load-balancer-cleanup';
const LBC = 'service.k8s.aws/resources';
const classless = { loadBalancerClass: undefined } as unknown as { loadBalancerClass: string };

describeStage('beside the upstream service controller', () => {
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

  test.each([
    { how: 'born with', born: true },
    { how: 'given', born: false },
  ])('a Service $how everybody’s finalizers is cleaned up before ours goes', async ({ how, born }) => {
    const name = how.split(' ')[0] as string;
    const path = '/api/v1/namespaces/default/services';
    const made = await stage.kube.request('POST', path, {
      metadata: { name, ...(born && { finalizers: [UPSTREAM, LBC] }) },
      spec: { type: 'LoadBalancer', loadBalancerClass: CLASS, ports: [{ port: 80 }] },
    });
    expect(made.status).toBe(201);
    await converged(stage, name);
    if (!born) await stage.patch(name, { metadata: { finalizers: [UPSTREAM, LBC, FINALIZER] } });
    await upstreamHandled();
    await handled(stage);
    // Nobody else touches what has a class while it lives.
    expect((await stage.get(name))?.metadata.finalizers).toEqual([UPSTREAM, LBC, FINALIZER]);
    const { lb } = await serving(stage, name);
    expect((await stage.get(name))?.status?.loadBalancer?.ingress?.[0]?.hostname).toBe(lb.dnsName);

    // AWS does not get on with it, so that the other controller comes first: it strips its own of any class.
    let away = true;
    stage.proxy.onCall = ({ action }) =>
      away && action === 'DeleteLoadBalancer'
        ? { forward: false, answer: { status: 400, code: 'OperationNotPermitted', message: 'not now' } }
        : 'pass';
    await stage.remove(name);
    await eventually(async () => expect((await stage.get(name))?.metadata.finalizers).toEqual([LBC, FINALIZER]));
    await upstreamHandled();
    expect((await serving(stage, name)).lb).toEqual(lb);
    away = false;
    await stage.gone(name);
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
}, ['service-controller']);
