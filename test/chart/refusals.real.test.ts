/** Values that can't be meant, or can't work: each is one clear line that names the value. */
import { expect, test } from 'vitest';
import { describeWith } from '../support/requirements.ts';
import { renderChart, type Values } from '../tools/helm.ts';

describeWith(['helm'], 'the chart refuses', () => {
  test.for<[Values, string]>([
    [{}, 'clusterName is missing: set it to the name of this cluster'],
    [{ clusterName: null }, "missing property 'clusterName'"],
    [{ clusterName: 'a b' }, "at '/clusterName'"],
    [{ clusterName: 12 }, "at '/clusterName': got number, want string"],
    [{ clustername: 'demo' }, "additional properties 'clustername' not allowed"],
    [{ controller: { driftPeriode: '5m' } }, "at '/controller': additional properties 'driftPeriode' not allowed"],
    [{ controller: { driftPeriod: 10 } }, "at '/controller/driftPeriod': got number, want string"],
    [{ controller: { driftPeriod: '10' } }, "at '/controller/driftPeriod'"],
    [{ controller: { defaultScheme: 'public' } }, "at '/controller/defaultScheme'"],
    [{ controller: { concurrency: 0 } }, "at '/controller/concurrency'"],
    [{ controller: { concurrency: '5' } }, "at '/controller/concurrency'"],
    [{ controller: { classless: 'yes' } }, "at '/controller/classless'"],
    [{ controller: { awsRateLimits: true } }, "at '/controller/awsRateLimits'"],
    [{ controller: { loadBalancerClass: 'a' } }, "at '/controller/loadBalancerClass'"],
    [{ controller: { loadBalancerClass: ['a b'] } }, "at '/controller/loadBalancerClass/0'"],
    [{ controller: { region: 'eu-central-1a' } }, "at '/controller/region'"],
    [{ controller: { vpcId: 'vpc_1' } }, "at '/controller/vpcId'"],
    [{ controller: { kubeconfig: '/x' } }, "additional properties 'kubeconfig' not allowed"],
    [{ image: { digest: 'abc' } }, "at '/image/digest'"],
    [{ controller: { replicas: 2, leaderElect: false } }, 'controller.replicas is 2 without leader election'],
    [{ serviceAccount: { create: false } }, 'serviceAccount.name is missing'],
    [{ controller: { podDisruptionBudget: { minAvailable: 1 } } }, 'has minAvailable and maxUnavailable'],
    [{ controller: { serviceMonitor: { enabled: true }, metricsPort: 0 } }, 'nothing to scrape'],
    [{ controller: { serviceMonitor: { enabled: true } } }, "install prometheus-operator's CRDs first"],
    [{ defaultLoadBalancerClass: { class: 'other' } }, 'defaultLoadBalancerClass.class is "other"'],
  ])('%j is refused', async ([values, message]) => {
    const whole =
      'clusterName' in values || Object.keys(values).length === 0 ? values : { clusterName: 'demo', ...values };
    await expect(renderChart(whole)).rejects.toThrow(message);
  });

  test('a ServiceMonitor can be forced, and Kubernetes too old is refused', async () => {
    const controller = { serviceMonitor: { enabled: true, force: true } };
    const objects = await renderChart({ clusterName: 'demo', controller });
    expect(objects.some(({ kind }) => kind === 'ServiceMonitor')).toBe(true);
    await expect(renderChart({ clusterName: 'demo' }, { kubeVersion: '1.31.9' })).rejects.toThrow('>=1.32.0-0');
  });
});
