/** The life of a release on a real API server: the program really runs as the rendered pods say, under the chart's roles. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { FINALIZER } from '../../src/service/ownership.ts';
import { CLUSTER, type Stage, startStage } from '../e2e/stage.ts';
import { describeWith } from '../support/requirements.ts';
import { waitFor } from '../support/wait.ts';
import { CHART, helm, type Values, valuesFile } from '../tools/helm.ts';
import { type JobRun, type Pod, runNextJob, startDeployment } from '../tools/pod.ts';
import { freePort } from '../tools/processes.ts';

const NAMESPACE = 'sluice-system';
const RELEASE = 'net';
const DEPLOYMENT = 'net-sluice-controller';

describeWith(['control-plane', 'moto', 'helm'], 'a release of the chart', () => {
  let stage: Stage;
  let values: Values;
  let aws: Record<string, string>;
  let pods: Pod[] = [];

  beforeAll(async () => {
    stage = await startStage({ nodes: 1 });
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await stage.kube.request('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE, labels } });
    aws = { AWS_ENDPOINT_URL: stage.proxy.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    values = {
      clusterName: CLUSTER,
      // The pods share this machine's ports.
      controller: {
        replicas: 1,
        metricsPort: 0,
        healthPort: await freePort(),
        // Its roles go before it ends, so it can't give its Lease back.
        leaderElectLeaseDuration: '2s',
        leaderElectRenewDeadline: '1500ms',
        leaderElectRetryPeriod: '200ms',
      },
    };
  });
  afterEach(() => endPods());
  afterAll(() => stage?.stop());

  const run = (...args: string[]) => helm([...args, '--namespace', NAMESPACE], stage.kube.kubeconfig);
  /** `helm install` and so on; must work. */
  const ok = async (...args: string[]) => {
    const { code, output, errors } = await run(...args);
    expect([code, errors]).toEqual([0, '']);
    return output;
  };
  const install = (more: object = {}) => ok('install', RELEASE, CHART, '--values', valuesFile({ ...values, ...more }));
  const startPods = async () => {
    pods = await startDeployment({ kube: stage.kube, namespace: NAMESPACE, deployment: DEPLOYMENT, env: aws });
    await Promise.all(pods.map((pod) => pod.ready()));
  };
  const endPods = async () => {
    await Promise.all(pods.map(({ program }) => program.end('SIGTERM')));
    pods = [];
  };
  /** `helm uninstall` beside what runs its Job. */
  const uninstall = async (entrypoint?: string[]): Promise<{ job: JobRun; code: number; errors: string }> => {
    const job = runNextJob({ kube: stage.kube, namespace: NAMESPACE, env: aws, ...(entrypoint && { entrypoint }) });
    const [{ code, errors }, ended] = await Promise.all([run('uninstall', RELEASE), job]);
    return { job: ended, code, errors };
  };
  /** A LoadBalancer Service as users write it, without a class; made when the API server acts on the new policy. */
  const createClassless = async (name: string) => {
    const probe = { metadata: { name }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } };
    const path = '/api/v1/namespaces/default/services?dryRun=All';
    await waitFor(async () => (await stage.kube.request('POST', path, probe)).body.spec?.loadBalancerClass, {
      what: 'the policy to act',
      timeoutMs: 20_000,
    });
    return stage.create({ name, spec: { loadBalancerClass: undefined } as never });
  };

  /** Arguments of the Deployment's container. */
  async function args(): Promise<string[]> {
    const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${DEPLOYMENT}`;
    return (await stage.kube.request('GET', path)).body.spec.template.spec.containers[0].args;
  }

  /** Everything on the API server that bears the release's label, as kind/name. */
  async function objects(): Promise<string[]> {
    const found: string[] = [];
    const lists = [
      '/api/v1/serviceaccounts',
      '/api/v1/services',
      '/apis/apps/v1/deployments',
      '/apis/batch/v1/jobs',
      '/apis/policy/v1/poddisruptionbudgets',
      '/apis/networking.k8s.io/v1/networkpolicies',
      ...['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map(
        (kind) => `/apis/rbac.authorization.k8s.io/v1/${kind}`,
      ),
      ...['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'].map(
        (kind) => `/apis/admissionregistration.k8s.io/v1/${kind}`,
      ),
    ];
    for (const list of lists) {
      const { body } = await stage.kube.request(
        'GET',
        `${list}?labelSelector=app.kubernetes.io%2Finstance%3D${RELEASE}`,
      );
      for (const { metadata } of body.items) found.push(`${list.split('/').at(-1)}/${metadata.name}`);
    }
    return found;
  }

  test('install, upgrade, rollback: each gives the program what the values say', async () => {
    const notes = await install();
    expect(notes).toContain('New ones without a class get sluice.dev/nlb');
    expect(await objects()).toContain('mutatingadmissionpolicies/net-sluice-load-balancer-class');
    const installed = await args();
    await startPods();
    await createClassless('web');
    const hostname = await stage.hostname('web');
    expect((await stage.get('web'))?.spec.loadBalancerClass).toBe('sluice.dev/nlb');
    await endPods();

    const changed = {
      ...values,
      controller: { ...(values['controller'] as object), driftPeriod: '30s', logLevel: 'debug' },
    };
    await ok('upgrade', RELEASE, CHART, '--values', valuesFile(changed));
    expect((await args()).toSorted()).toEqual([...installed, '--drift-period=30s', '--log-level=debug'].toSorted());
    await startPods();
    await waitFor(() => pods[0]?.program.tail(400).includes('leader election: acquired'), {
      what: 'the upgraded controller to lead',
    });
    await endPods();

    await ok('rollback', RELEASE, '1');
    expect(await args()).toEqual(installed);
    await startPods();
    expect(await stage.hostname('web')).toBe(hostname);
  });

  test('uninstall lets go of every Service and keeps what serves; nothing of the release is left', async () => {
    await startPods();
    const before = await stage.cloud();
    const { code, errors, job } = await uninstall();
    expect([code, errors, job.succeeded]).toEqual([0, '', true]);
    expect(job.output).toContain('default/web released, cloud resources kept');
    expect(await objects()).toEqual([]);
    await endPods();
    expect(await stage.cloud()).toEqual(before);
    expect((await stage.get('web'))?.metadata.finalizers ?? []).not.toContain(FINALIZER);
    await stage.remove('web');
    await stage.gone('web');
  });

  test('with deleteLoadBalancers the cloud is empty afterwards', async () => {
    await install({ release: { deleteLoadBalancers: true } });
    await startPods();
    await createClassless('web');
    await stage.hostname('web');
    const { code, errors, job } = await uninstall();
    expect([code, errors]).toEqual([0, '']);
    expect(job.output).toContain('default/web released, cloud resources deleted');
    expect((await stage.cloud()).loadBalancers).toEqual([]);
    await stage.remove('web');
    await stage.gone('web');
  });

  test('a Job that fails keeps everything installed, until --no-hooks', async () => {
    await install();
    const before = await objects();
    const { code, errors, job } = await uninstall(['false']);
    expect(job.succeeded).toBe(false);
    expect(code).not.toBe(0);
    expect(errors).toContain('net-sluice-release');
    expect((await objects()).filter((object) => !object.includes('release'))).toEqual(before);
    await ok('uninstall', RELEASE, '--no-hooks');
  });
});
