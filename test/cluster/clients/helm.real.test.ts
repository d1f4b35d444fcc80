import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/requirements.ts';
import { waitFor } from '../../support/wait.ts';
import type { ControlPlane } from '../../tools/control-plane.ts';
import { startEmbeddedCluster } from '../../tools/embedded-cluster.ts';
import { CHART, helm, valuesFile } from '../../tools/helm.ts';
import { runNextJob } from '../../tools/pod.ts';

describeWith(['helm'], 'helm and our chart on the embedded API server', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    cluster = await startEmbeddedCluster({ controllerManager: true });
  });
  afterAll(() => cluster?.stop());

  const run = async (...args: string[]) => {
    const { code, output, errors } = await helm([...args, '--namespace', 'kube-system'], cluster.kubeconfig);
    expect({ args, code, errors: code === 0 ? '' : errors }).toEqual({ args, code: 0, errors: '' });
    return output;
  };
  const values = (replicas: number) => valuesFile({ clusterName: 'demo', controller: { replicas } });
  const get = async (path: string) => (await cluster.request('GET', path)).body;
  const DEPLOYMENTS = '/apis/apps/v1/namespaces/kube-system/deployments';

  test('installs, upgrades, rolls back and uninstalls', async () => {
    await run('install', 'sluice', CHART, '--values', values(2));
    const [deployment] = (await get(DEPLOYMENTS)).items;
    const path = `${DEPLOYMENTS}/${deployment.metadata.name}`;
    expect(deployment.spec.replicas).toBe(2);
    expect((await get('/apis/policy/v1/namespaces/kube-system/poddisruptionbudgets')).items).toHaveLength(1);
    expect(await run('list')).toMatch(/^sluice\s+kube-system\s+1\s.*deployed/m);
    await run('upgrade', 'sluice', CHART, '--values', values(3));
    expect((await get(path)).spec.replicas).toBe(3);
    await run('rollback', 'sluice', '1');
    expect((await get(path)).spec.replicas).toBe(2);
    expect(await run('history', 'sluice')).toMatch(/^3\s.*deployed.*Rollback to 1\s*$/m);
    expect(await run('get', 'manifest', 'sluice')).toContain('kind: Deployment');
    // The hook's Job: what a kubelet would do is done by a stand-in.
    const [job] = await Promise.all([
      runNextJob({ kube: cluster, namespace: 'kube-system', env: {} }),
      run('uninstall', 'sluice'),
    ]);
    expect([job.succeeded, job.output]).toEqual([true, expect.stringContaining('no Service')]);
    await waitFor(async () => (await get(DEPLOYMENTS)).items.length === 0, { what: 'the Deployment to go' });
    expect(
      (await get('/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=app.kubernetes.io/instance%3Dsluice'))
        .items,
    ).toEqual([]);
  });
});
