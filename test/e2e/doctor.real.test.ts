/** Every kind of finding of `sluice doctor`, caused in a real API server and in AWS’s APIs. */
import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest';
import { CREDENTIALS, notOk, said, send, World } from './doctor-world.ts';
import { apiServerTests } from './doctor-api-server.ts';
import { awsTests } from './doctor-aws.ts';
import { networkTests } from './doctor-network.ts';
import { rivalTests } from './doctor-rivals.ts';
import { CLUSTER, describeStage } from './stage.ts';
import type { Report } from '../../src/cloud/doctor/report.ts';
import { endpointName } from '../tools/endpoint.ts';
import { eventsOf } from '../tools/events.ts';
import { describeWith } from '../support/requirements.ts';
import { renderChart } from '../tools/helm.ts';
import { type PodTemplate, startPod } from '../tools/pod.ts';

describeStage('doctor', () => {
  const world = new World();
  beforeAll(() => world.start());
  afterEach(() => world.stage.proxy.reset());
  afterAll(() => world.stop());

  describe('with nothing wrong', () => {
    test('as an admin, before anything is installed: all is well, under Sluice’s own policy', async () => {
      const report = await world.under(() => world.examine({ serviceAccount: world.serviceAccount }));
      expect(notOk(report)).toEqual(['iam-load-balancers unknown']);
      expect(report.healthy).toBe(true);
    });

    describeWith(['helm'], 'in the controller’s pod', () => {
      test('what it needs no right for is unknown, and the exit code 0', async () => {
        const chart = await renderChart({ clusterName: CLUSTER }, { namespace: 'kube-system' });
        const deployment = chart.find(({ kind }) => kind === 'Deployment') as unknown as {
          spec: { template: PodTemplate };
        };
        const { template } = deployment.spec;
        const args = ['doctor', `--cluster-name=${CLUSTER}`, '-o', 'json'];
        const containers = template.spec.containers.map((container) => ({ ...container, args }));
        const pod = await startPod({
          kube: world.stage.kube,
          namespace: 'kube-system',
          name: 'doctor',
          template: { spec: { ...template.spec, containers } },
          env: { ...CREDENTIALS, AWS_ENDPOINT_URL: world.stage.proxy.url },
        });
        expect([await pod.program.exit, pod.program.tail(400)]).toEqual([0, expect.stringMatching(/^\{\n/)]);
        const report = JSON.parse(pod.program.tail(400)) as Report;
        expect(notOk(report)).toEqual([
          'iam-load-balancers unknown',
          'aws-load-balancer-controller unknown',
          'cloud-controller-manager unknown',
          'other-sluice unknown',
        ]);
      });
    });

    test('nothing was changed', async () => {
      expect((await world.stage.cloud()).groups).toEqual([]);
      expect(await eventsOf(world.stage.kube)).toEqual([]);
    });
  });

  networkTests(world);
  // What follows says nothing of an endpoint, so one is enough.
  if (endpointName() === 'moto') {
    apiServerTests(world);
    awsTests(world);
    rivalTests(world);
  }

  test('no nodes, or none that is meant: and the program says so with exit code 1', async () => {
    const path = (name: string) => `/api/v1/nodes/${name}`;
    const [first = '', second = ''] = world.stage.nodeNames;
    await send(world.stage, 'DELETE', path(second));
    const label = { metadata: { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': 'true' } } };
    await send(world.stage, 'PATCH', path(first), label);
    expect(said(await world.examine(), 'nodes')).toEqual(['error', expect.stringContaining('all nodes are excluded')]);
    await send(world.stage, 'DELETE', path(first));
    const doctor = await world.stage.sluice('doctor', ['--cluster-name', CLUSTER]);
    expect(await doctor.exit).toBe(1);
    const lines = doctor.tail(100).split('\n');
    expect(lines).toContain('    error: cluster: has no nodes, so nothing can be a target');
    expect(lines).toContain(
      '    error: region: no AWS region: no node has a topology.kubernetes.io/region label or an AWS providerID, and there is no instance metadata',
    );
    expect(lines.at(-1)).toMatch(/^cluster "e2e": not ready for Sluice \(/);
  });
});
