/** What Helm makes of the chart: the arguments, what always holds of the objects, and what is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { controllerSpec } from '../../src/cli/controller.ts';
import type { OptionTable } from '../../src/cli/option.ts';
import { type CommandSpec, parseCommand } from '../../src/cli/parse.ts';
import { releaseSpec } from '../../src/cli/release.ts';
import { KUBE_PERMISSIONS } from '../../src/cloud/kube-permissions.ts';
import manifest from '../../package.json' with { type: 'json' };
import { describeWith } from '../support/requirements.ts';
import { CHART, helm, POLICY_API, type RenderedObject, renderChart, valuesFile } from '../tools/helm.ts';
import { COMBINATIONS } from './combinations.ts';

const NAMESPACE = 'sluice-system';
const MONITORS = 'monitoring.coreos.com/v1/ServiceMonitor';
const all = { namespace: NAMESPACE, apiVersions: [POLICY_API, MONITORS] };

describeWith(['helm'], 'the chart', () => {
  test('helm lint --strict finds nothing', async () => {
    const files = Object.values(COMBINATIONS).map(({ values }) => valuesFile(values));
    for (const file of [files[0], files[1]]) {
      const { code, output } = await helm(['lint', '--strict', CHART, '--values', file ?? '']);
      expect(output).not.toMatch(/\[(WARNING|ERROR)\]/);
      expect(code).toBe(0);
    }
  });

  test("the chart's version, the image's and the package's are one", () => {
    const { version, appVersion } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
    expect([version, appVersion]).toEqual([manifest.version, manifest.version]);
  });

  describe.for(Object.entries(COMBINATIONS))('%s', ([, { values, args }]) => {
    test('the controller gets these arguments, and takes them', async () => {
      const { args: given } = containerOf(await renderChart(values, all), 'Deployment');
      const [command, clusterName, metrics, health, ...flags] = given;
      expect([command, clusterName]).toEqual(['controller', `--cluster-name=${values['clusterName']}`]);
      expect([metrics, health].join(' ')).toMatch(/^--metrics-address=(0|:\d+) --health-address=:\d+$/);
      expect(flags.toSorted()).toEqual(args.toSorted());
      expect(taken(controllerSpec, given)).toMatchObject({ clusterName: values['clusterName'] });
    });

    test('the release Job gets arguments that it takes', async () => {
      const objects = await renderChart(values, all);
      const { enabled = true, deleteLoadBalancers = false } = (values['release'] ?? {}) as Record<string, boolean>;
      expect(objects.some(({ kind }) => kind === 'Job')).toBe(enabled);
      if (!enabled) return;
      const { args: given } = containerOf(objects, 'Job');
      const config = taken(releaseSpec, given);
      expect(config).toMatchObject({ all: true, delete: deleteLoadBalancers });
      // What both have is the same for both.
      const controller: Record<string, unknown> = taken(controllerSpec, containerOf(objects, 'Deployment').args);
      for (const key of ['region', 'vpcId', 'loadBalancerClasses', 'classless', 'awsRequestTimeoutMs', 'logLevel']) {
        expect((config as Record<string, unknown>)[key]).toEqual(controller[key]);
      }
    });

    test('every object belongs to the release, and is where it belongs', async () => {
      for (const { kind, metadata } of await renderChart(values, all)) {
        expect(metadata.labels, kind).toMatchObject({
          ...(values['commonLabels'] as object),
          'app.kubernetes.io/name': 'sluice',
          'app.kubernetes.io/instance': 'sluice',
          'app.kubernetes.io/managed-by': 'Helm',
        });
        const cluster = kind.startsWith('ClusterRole') || kind.startsWith('MutatingAdmission');
        const lbc = kind.startsWith('Role') && metadata.name.endsWith('-lbc-lease');
        expect([kind, metadata.namespace]).toEqual([kind, cluster ? undefined : lbc ? 'kube-system' : NAMESPACE]);
        expect(metadata.name.length).toBeLessThanOrEqual(kind === 'Service' ? 63 : 253);
      }
    });

    test('selectors select the pods, and only them', async () => {
      const objects = await renderChart(values, all);
      const podLabels = (kind: string) => objects.find((one) => one.kind === kind)?.['spec'].template.metadata.labels;
      const deployment = objects.find(({ kind }) => kind === 'Deployment')!;
      const { matchLabels } = deployment['spec'].selector;
      const selectors = [matchLabels];
      for (const { kind, spec } of objects) {
        if (kind === 'Service') selectors.push(spec.selector);
        if (kind === 'PodDisruptionBudget') selectors.push(spec.selector.matchLabels);
      }
      for (const selector of selectors) {
        expect(selector).toEqual(matchLabels);
        expect(podLabels('Deployment')).toMatchObject(selector);
        expect(podLabels('Job') ?? {}).not.toMatchObject(selector);
      }
    });

    test('roles hold what the table of permissions has, and no wildcard', async () => {
      const allowed = KUBE_PERMISSIONS.map(({ user, apiGroup, resource, verb }) =>
        [user, apiGroup, resource, verb].join(' '),
      );
      for (const { kind, metadata, rules = [] } of await renderChart(values, all)) {
        if (kind !== 'ClusterRole' && kind !== 'Role') continue;
        const user = metadata.annotations?.['helm.sh/hook'] ? 'release' : 'controller';
        expect(rules.length).toBeGreaterThan(0);
        for (const { apiGroups, resources, verbs } of rules) {
          expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
          for (const verb of verbs) expect(allowed).toContain([user, apiGroups[0], resources[0], verb].join(' '));
        }
      }
    });
  });

  test('without rbac.create no role, without serviceAccount.create no account', async () => {
    const objects = await renderChart({ clusterName: 'demo', rbac: { create: false } }, all);
    expect(objects.filter(({ apiVersion }) => apiVersion.startsWith('rbac'))).toEqual([]);
    const theirs = await renderChart({ clusterName: 'demo', serviceAccount: { create: false, name: 'theirs' } }, all);
    expect(theirs.filter(({ kind }) => kind === 'ServiceAccount')).toEqual([]);
    const subjects = theirs.filter(({ kind }) => kind.endsWith('Binding') && !kind.startsWith('Mutating'));
    expect(subjects.flatMap((binding) => binding['subjects']).every(({ name }) => name === 'theirs')).toBe(true);
  });

  test("IRSA's annotation is on the service account that both pods have", async () => {
    const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/sluice' };
    const objects = await renderChart({ clusterName: 'demo', serviceAccount: { annotations } }, all);
    const account = objects.find(({ kind }) => kind === 'ServiceAccount');
    expect(account?.metadata).toMatchObject({ name: 'sluice', annotations });
    const names = ['Deployment', 'Job'].map(
      (kind) => objects.find((one) => one.kind === kind)?.['spec'].template.spec.serviceAccountName,
    );
    expect(names).toEqual(['sluice', 'sluice']);
  });

  test.for<[string, object, readonly string[], readonly string[]]>([
    ['by default', {}, ['PodDisruptionBudget', 'Service'], ['ServiceMonitor', 'NetworkPolicy']],
    ['with one replica', { replicas: 1 }, ['Service'], ['PodDisruptionBudget']],
    ['without metrics', { metricsPort: 0 }, ['Deployment'], ['Service']],
    [
      'when asked for',
      { networkPolicy: { enabled: true }, serviceMonitor: { enabled: true } },
      ['NetworkPolicy', 'ServiceMonitor'],
      [],
    ],
  ])('what is rendered %s', async ([, controller, present, absent]) => {
    const kinds = (await renderChart({ clusterName: 'demo', controller }, all)).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining([...present]));
    for (const kind of absent) expect(kinds).not.toContain(kind);
  });

  test.for<[string, object, readonly string[], string | undefined]>([
    ['where the API is served', {}, [POLICY_API], 'sluice.dev/nlb'],
    ['where it is not', {}, [], undefined],
    ['when switched off', { defaultLoadBalancerClass: { enabled: false } }, [POLICY_API], undefined],
    ['with classless', { controller: { classless: true } }, [POLICY_API], undefined],
    ['with classes of their own', { controller: { loadBalancerClass: ['a/b', 'c'] } }, [POLICY_API], 'a/b'],
    [
      'chosen',
      { controller: { loadBalancerClass: ['a/b', 'c'] }, defaultLoadBalancerClass: { class: 'c' } },
      [POLICY_API],
      'c',
    ],
  ])('the default class %s', async ([, values, apiVersions, expected]) => {
    const objects = await renderChart({ clusterName: 'demo', ...values }, { apiVersions });
    const policy = objects.find(({ kind }) => kind === 'MutatingAdmissionPolicy');
    const expression: string | undefined = policy?.['spec'].mutations[0].applyConfiguration.expression;
    expect(expression).toBe(expected && `Object{spec: Object.spec{loadBalancerClass: '${expected}'}}`);
    const bindings = objects.filter(({ kind }) => kind === 'MutatingAdmissionPolicyBinding');
    expect(bindings.map(({ spec }) => spec.policyName)).toEqual(policy ? [policy.metadata.name] : []);
  });

  test('the notes say what to do next', async () => {
    const notes = async (values: object) => {
      const file = valuesFile({ clusterName: 'demo', ...values });
      const { output } = await helm([
        'install',
        'sluice',
        CHART,
        '--namespace',
        NAMESPACE,
        '--dry-run=client',
        '--values',
        file,
      ]);
      return output.slice(output.indexOf('NOTES:'));
    };
    const usual = await notes({});
    expect(usual).toContain(`kubectl -n ${NAMESPACE} rollout status deploy/sluice-controller`);
    expect(usual).toContain('aws eks create-pod-identity-association --cluster-name demo');
    // `--dry-run=client` knows of no MutatingAdmissionPolicy.
    expect(usual).toContain('They must name the class: spec.loadBalancerClass: sluice.dev/nlb');
    expect(usual).toContain('serves no MutatingAdmissionPolicy');
    expect(usual).toContain('their load balancers stay');
    const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' };
    const other = await notes({
      serviceAccount: { annotations },
      release: { enabled: false },
      controller: { classless: true },
    });
    expect(other).toContain('IRSA: it takes the role arn:aws:iam::1:role/x');
    expect(other).toContain("Those without a class are Sluice's");
    expect(other).toContain('First run `sluice release --all`');
  });
});

/** The one container of a kind's pods. */
function containerOf(objects: RenderedObject[], kind: string): { args: string[] } {
  const [container, another] = objects.find((one) => one.kind === kind)?.['spec'].template.spec.containers ?? [];
  expect(another).toBeUndefined();
  return container;
}

/** The configuration that arguments give, the command's name left out. Throws what the program would end with. */
function taken<Table extends OptionTable>(spec: CommandSpec<Table>, [command, ...args]: string[]) {
  expect(command).toBe(spec.name);
  const parsed = parseCommand(spec, args, { POD_NAMESPACE: NAMESPACE });
  if (parsed.help !== undefined) throw new Error('asked for help');
  return parsed.config;
}
