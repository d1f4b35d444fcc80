import { afterAll, beforeAll, expect, test } from 'vitest';
import { FINALIZER } from '../../src/service/ownership.ts';
import { waitFor } from '../support/wait.ts';
import { CLUSTER, condition, type Stage, startStage, describeStage } from './stage.ts';

describeStage('sluice release', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage({ uninstalling: true });
  });
  afterAll(() => stage?.stop());

  /** Runs the command to its end. */
  async function release(...args: string[]): Promise<{ code: number | NodeJS.Signals; output: string }> {
    const program = await stage.sluice('release', args);
    return { code: await program.exit, output: program.tail() };
  }

  const converged = (name: string) =>
    waitFor(
      async () => {
        const service = await stage.get(name);
        const record = service?.metadata.annotations?.['sluice.dev/last-applied'] ?? '';
        return condition(service, 'Synced')?.status === 'True' && /"digest":"\w+"/.test(record) ? service : undefined;
      },
      { what: `${name} to be converged`, timeoutMs: 60_000 },
    );

  test('after the controller is gone, --all frees every Service and keeps what serves', async () => {
    const controller = await stage.controller();
    await stage.create({ name: 'one' });
    await stage.create({ name: 'two' });
    const [one] = [await converged('one'), await converged('two')];
    await controller.end('SIGTERM');
    const before = await stage.cloud();

    const { code, output } = await release('--all');
    expect(output).toContain('default/one released, cloud resources kept');
    expect(output).toContain('default/two released, cloud resources kept');
    expect(code).toBe(0);

    const freed = await stage.get('one');
    expect(freed?.metadata.finalizers ?? []).toEqual([]);
    expect(freed?.metadata.annotations?.['sluice.dev/last-applied']).toBeUndefined();
    expect(freed?.status?.loadBalancer).toEqual(one.status?.loadBalancer);
    expect((freed?.status?.conditions ?? []).filter(({ type }) => type.startsWith('sluice.dev/'))).toEqual([]);
    expect(await stage.cloud()).toEqual(before);

    await stage.remove('two');
    await stage.gone('two');
    expect((await release('--all')).output).toContain('no Service is held by Sluice');
  });

  test('a released Service is left alone until its mark is taken off, and then taken over as it is', async () => {
    const before = await stage.cloud();
    stage.proxy.reset();
    const controller = await stage.controller();
    await waitFor(async () => condition(await stage.get('one'), 'Accepted')?.reason === 'Released', {
      what: 'the condition to say that the Service is released',
      timeoutMs: 30_000,
    });
    expect((await stage.get('one'))?.metadata.finalizers ?? []).toEqual([]);
    await stage.patch('one', { metadata: { annotations: { 'sluice.dev/released': null } } });
    const again = await converged('one');
    expect(again.metadata.finalizers).toEqual([FINALIZER]);
    expect(
      (await stage.cloud()).loadBalancers.find(({ tags }) => tags['service.k8s.aws/stack'] === 'default/one'),
    ).toEqual(before.loadBalancers.find(({ tags }) => tags['service.k8s.aws/stack'] === 'default/one'));
    await controller.end('SIGTERM');
  });

  test('--delete removes everything from the cloud, beside a running controller too', async () => {
    const controller = await stage.controller();
    await stage.create({ name: 'three' });
    await converged('three');
    const { code, output } = await release('--delete', '--cluster-name', CLUSTER, 'default/three', 'default/one');
    expect(output).toContain('default/three released, cloud resources deleted');
    expect(code).toBe(0);
    for (const name of ['one', 'three']) {
      const service = await stage.get(name);
      expect(service?.metadata.finalizers ?? []).toEqual([]);
      expect(service?.status?.loadBalancer?.ingress ?? []).toEqual([]);
    }
    const left = (await stage.cloud()).loadBalancers.map(({ tags }) => tags['service.k8s.aws/stack']);
    expect(left).toEqual(['default/two']);
    await controller.end('SIGTERM');
  });

  test('bad names are one clear line', async () => {
    const missing = await release('default/nobody');
    expect(missing.code).toBe(2);
    expect(missing.output.trim().split('\n')).toHaveLength(1);
    expect(missing.output).toContain('"default/nobody" does not exist');
    const withoutCluster = await release('--delete', '--all');
    expect(withoutCluster.code).toBe(2);
    expect(withoutCluster.output).toContain('--cluster-name');
  });
});
