/** What a real API server makes of the chart's objects. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWith } from '../support/requirements.ts';
import { waitFor } from '../support/wait.ts';
import { type ControlPlane, startControlPlane } from '../tools/control-plane.ts';
import { collectionOf, POLICY_API, renderChart } from '../tools/helm.ts';
import { freePort, startProgram } from '../tools/processes.ts';
import { COMBINATIONS } from './combinations.ts';

const NAMESPACE = 'restricted';
const APIS = [POLICY_API, 'monitoring.coreos.com/v1/ServiceMonitor'];
const TYPE = 'service.beta.kubernetes.io/aws-load-balancer-type';

describeWith(['control-plane', 'helm'], 'the chart on a real API server', () => {
  let kube: ControlPlane;

  beforeAll(async () => {
    kube = await startControlPlane();
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await kube.request('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE, labels } });
    await serveServiceMonitors(kube);
  });
  afterAll(() => kube?.stop());

  test.for(Object.entries(COMBINATIONS))('server-side dry run: %s', async ([, { values }]) => {
    const objects = await renderChart(values, { namespace: NAMESPACE, apiVersions: APIS });
    for (const object of objects) {
      const { status, body } = await kube.request(
        'POST',
        `${collectionOf(object)}?dryRun=All&fieldValidation=Strict`,
        object,
      );
      expect([object.kind, status, status === 201 ? '' : body.message]).toEqual([object.kind, 201, '']);
    }
  });

  test.for(Object.entries(COMBINATIONS))(
    'the rendered arguments start the real program: %s',
    async ([, { values }]) => {
      // Of ports, those that are free here.
      const ports = { metricsPort: await freePort(), healthPort: await freePort() };
      const controller = { ...(values['controller'] as object), ...ports };
      const objects = await renderChart({ ...values, controller }, { namespace: NAMESPACE, apiVersions: APIS });
      const start = (kind: string) => {
        const args: string[] | undefined = objects.find((one) => one.kind === kind)?.['spec'].template.spec
          .containers[0].args;
        const env = { PATH: process.env['PATH'], KUBECONFIG: kube.kubeconfig, POD_NAMESPACE: NAMESPACE };
        return args && startProgram(process.execPath, ['src/main.ts', ...args], { env });
      };
      const [program, job] = await Promise.all([start('Deployment'), start('Job')]);
      await waitFor(() => program?.ended || program?.tail().includes('"started"'), { what: 'the controller to start' });
      expect(program?.tail()).toContain(`"metrics":"[::]:${ports.metricsPort}"`);
      await program?.end('SIGKILL');
      if (job) expect([await job.exit, job.tail()]).toEqual([0, 'no Service is held by Sluice']);
    },
  );

  test.for(['Deployment', 'Job'])('the pod of the %s is within the Pod Security Standard restricted', async (kind) => {
    const objects = await renderChart({ clusterName: 'demo' }, { namespace: NAMESPACE });
    const { template } = objects.find((object) => object.kind === kind)!['spec'];
    const pod = { metadata: { name: 'one', ...template.metadata }, spec: template.spec };
    const path = `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`;
    expect((await kube.request('POST', path, pod)).status).toBe(201);
    // The standard is really enforced here.
    pod.spec.containers[0].securityContext.allowPrivilegeEscalation = true;
    expect(await kube.request('POST', path, pod)).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
  });

  describe('the default load balancer class', () => {
    const services = '/api/v1/namespaces/default/services';

    beforeAll(async () => {
      const objects = await renderChart({ clusterName: 'demo' }, { apiVersions: [POLICY_API] });
      for (const object of objects.filter(({ kind }) => kind.startsWith('MutatingAdmission'))) {
        const { status, body } = await kube.request('POST', collectionOf(object), object);
        if (status !== 201) throw new Error(`${object.kind}: ${status} ${body.message}`);
      }
      // The API server takes a moment to act on a new policy.
      await waitFor(async () => (await create('probe', {})).class, { what: 'the policy to act', timeoutMs: 20_000 });
    });

    async function create(name: string, spec: object, annotations?: Record<string, string>) {
      const answer = await kube.request('POST', `${services}?dryRun=All`, service(name, spec, annotations));
      return { status: answer.status, class: answer.body.spec?.loadBalancerClass };
    }
    const service = (name: string, spec: object, annotations?: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, ...(annotations && { annotations }) },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec },
    });

    test.for<[string, object, Record<string, string> | undefined, string | undefined]>([
      ['a LoadBalancer without a class gets it', {}, undefined, 'sluice.dev/nlb'],
      ['other annotations change nothing', {}, { [`${TYPE}s`]: 'external' }, 'sluice.dev/nlb'],
      ['one with a class keeps it', { loadBalancerClass: 'example.com/other' }, undefined, 'example.com/other'],
      ['one that calls for LBC is left alone', {}, { [TYPE]: 'external' }, undefined],
      ['one that calls for the cloud-controller-manager is left alone', {}, { [TYPE]: 'nlb' }, undefined],
      ['a ClusterIP Service has none', { type: 'ClusterIP' }, undefined, undefined],
      ['a Service of no type has none', { type: undefined }, undefined, undefined],
      ['a headless Service has none', { type: 'ClusterIP', clusterIP: 'None' }, undefined, undefined],
      [
        'an ExternalName Service has none',
        { type: 'ExternalName', externalName: 'example.com', ports: undefined },
        undefined,
        undefined,
      ],
    ])('%s', async ([, spec, annotations, expected]) => {
      expect(await create('one', spec, annotations)).toEqual({ status: 201, class: expected });
    });

    test('a Service that becomes a LoadBalancer gets it; what else changes gives it none', async () => {
      expect((await kube.request('POST', services, service('later', { type: 'ClusterIP' }))).status).toBe(201);
      const patched = async (patch: object) => {
        const { status, body } = await kube.request('PATCH', `${services}/later`, patch);
        expect(status).toBe(200);
        return body.spec.loadBalancerClass;
      };
      expect(await patched({ metadata: { labels: { a: 'b' } } })).toBeUndefined();
      expect(await patched({ spec: { type: 'LoadBalancer' } })).toBe('sluice.dev/nlb');
      expect(await patched({ spec: { type: 'ClusterIP' } })).toBeUndefined();
      expect(
        await patched({ metadata: { annotations: { [TYPE]: 'external' } }, spec: { type: 'LoadBalancer' } }),
      ).toBeUndefined();
      // Its class could not be set any more: it stays as it is.
      expect(await patched({ metadata: { annotations: { [TYPE]: null } } })).toBeUndefined();
    });
  });
});

/** The part of prometheus-operator's definition that the chart fills in. */
async function serveServiceMonitors(kube: ControlPlane): Promise<void> {
  const strings = { type: 'object', additionalProperties: { type: 'string' } };
  const things = { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const endpoint = {
    type: 'object',
    properties: {
      port: { type: 'string' },
      path: { type: 'string' },
      interval: { type: 'string' },
      scrapeTimeout: { type: 'string' },
      relabelings: things,
      metricRelabelings: things,
    },
  };
  const spec = {
    type: 'object',
    required: ['endpoints', 'selector'],
    properties: {
      selector: { type: 'object', properties: { matchLabels: strings } },
      namespaceSelector: { type: 'object', properties: { matchNames: { type: 'array', items: { type: 'string' } } } },
      endpoints: { type: 'array', items: endpoint },
    },
  };
  const { status } = await kube.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'servicemonitors.monitoring.coreos.com' },
    spec: {
      group: 'monitoring.coreos.com',
      names: {
        kind: 'ServiceMonitor',
        plural: 'servicemonitors',
        singular: 'servicemonitor',
        listKind: 'ServiceMonitorList',
      },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  });
  if (status !== 201) throw new Error(`ServiceMonitor's definition: ${status}`);
  const list = '/apis/monitoring.coreos.com/v1/servicemonitors';
  await waitFor(async () => (await kube.request('GET', list)).status === 200, {
    what: 'ServiceMonitors to be served',
    timeoutMs: 20_000,
  });
}
