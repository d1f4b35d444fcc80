/** What all checks together say of a cluster and a cloud, as data and as text. */
import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/cloud/doctor/diagnose.ts';
import { renderJson, renderText } from '../../src/cloud/doctor/render.ts';
import { CHECKS, error, judged, mistake, reportOf, some, unknown, warning } from '../../src/cloud/doctor/report.ts';
import { CONFIG, facts, failed, service } from './support/doctor.ts';

const provisioned = service('web', {
  spec: { loadBalancerClass: 'sluice.dev/nlb' },
  status: {
    conditions: [
      {
        type: 'sluice.dev/Provisioned',
        status: 'True',
        reason: 'P',
        message: 'arn',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  },
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '1',
    finalizers: ['sluice.dev/load-balancer'],
  },
});

test('where nothing is wrong, every check is ok', () => {
  const report = diagnose(facts({ kube: { services: { value: [provisioned] } } }), CONFIG);
  expect(report.healthy).toBe(true);
  expect(report.checks.map(({ check }) => check)).toEqual([...CHECKS]);
  expect(report.checks.filter(({ status }) => status !== 'ok')).toEqual([]);
});

describe('health', () => {
  const wrong = error('x', 'is wrong', 'mend it');
  test.each([
    ['nothing found', judged('nodes', 's'), 'ok', true],
    ['a warning', judged('nodes', 's', [warning('x', 'is odd', 'look')]), 'warning', true],
    ['an error', judged('services', 's', [wrong]), 'error', false],
    ['an error beside a warning', judged('nodes', 's', [warning('x', 'is odd', 'look'), wrong]), 'error', false],
    ['a look that the controller needs as well', unknown('nodes', 'forbidden'), 'unknown', false],
    ['a look that it has no rights for', unknown('other-sluice', 'forbidden'), 'unknown', true],
    ['what cannot be tried', unknown('iam-load-balancers', 'no dry run'), 'unknown', true],
  ] as const)('%s', (_what, result, status, healthy) => {
    expect(result.status).toBe(status);
    expect(reportOf('prod', [judged('vpc', 's'), result]).healthy).toBe(healthy);
  });

  test('with neither the API server nor AWS, everything is unknown but for what is to blame', () => {
    const no = failed('unreachable', 'connect ECONNREFUSED', 'ECONNREFUSED');
    const skipped = failed('skipped', 'nodes: connect ECONNREFUSED');
    const { kube, aws } = facts();
    const dead = {
      kube: {
        ...Object.fromEntries(Object.keys(kube).map((key) => [key, no])),
        server: 'https://k',
        leases: { lbc: no, ccm: no, own: no },
      } as unknown as typeof kube,
      aws: {
        ...(Object.fromEntries(Object.keys(aws).map((key) => [key, skipped])) as unknown as typeof aws),
        trials: [],
      },
      clocks: {},
    };
    const report = diagnose(dead, CONFIG);
    expect(report.healthy).toBe(false);
    expect(report.checks.filter(({ status }) => status !== 'unknown').map(({ check }) => check)).toEqual([
      'kubernetes-api',
    ]);
    for (const { summary, check } of report.checks.slice(1))
      expect([check, summary]).toEqual([check, expect.stringMatching(/ECONNREFUSED|its time/)]);
  });
});

const REPORT = reportOf('prod', [
  judged('vpc', 'vpc-1 in eu-north-1'),
  judged('nodes', '1 of 3 nodes can be targets', [
    warning('nodes b, c', 'left out: no\nproviderID', 'run them with\u001b[31m a cloud provider'),
    error('node a', 'is gone', 'bring it back'),
  ]),
  unknown('other-sluice', 'User "x" cannot list'),
]);

test('text: a line a check, findings and remedies beneath, counts at the end; nothing steers the terminal', () => {
  expect(renderText(REPORT)).toBe(`✓ ok       vpc           vpc-1 in eu-north-1
✗ error    nodes         1 of 3 nodes can be targets
    warning: nodes b, c: left out: no providerID
      remedy: run them with [31m a cloud provider
    error: node a: is gone
      remedy: bring it back
? unknown  other-sluice  could not be looked at: User "x" cannot list

cluster "prod": not ready for Sluice (1 ok, 0 with warnings, 1 with errors, 1 unknown)
`);
});

test('text of a healthy cluster ends so', () => {
  const report = reportOf('prod', [judged('nodes', 's', [warning('x', 'is odd', 'look')])]);
  expect(renderText(report).split('\n').at(-2)).toBe(
    'cluster "prod": nothing wrong (0 ok, 1 with warnings, 0 with errors, 0 unknown)',
  );
});

test('json: one document', () => {
  expect(JSON.parse(renderJson(REPORT))).toEqual({
    clusterName: 'prod',
    healthy: false,
    checks: [
      { check: 'vpc', status: 'ok', summary: 'vpc-1 in eu-north-1', findings: [] },
      {
        check: 'nodes',
        status: 'error',
        summary: '1 of 3 nodes can be targets',
        findings: [
          {
            severity: 'warning',
            object: 'nodes b, c',
            problem: 'left out: no\nproviderID',
            remedy: 'run them with\u001b[31m a cloud provider',
          },
          { severity: 'error', object: 'node a', problem: 'is gone', remedy: 'bring it back' },
        ],
      },
      {
        check: 'other-sluice',
        status: 'unknown',
        summary: 'could not be looked at: User "x" cannot list',
        findings: [],
      },
    ],
  });
});

test.each([
  ['what is wrong; do this', 'what is wrong', 'do this'],
  ['one; two; do this', 'one; two', 'do this'],
  ['what is wrong', 'what is wrong', 'otherwise'],
])('a mistake of the user’s: %s', (message, problem, remedy) => {
  expect(mistake('x', message, 'otherwise')).toEqual({ severity: 'error', object: 'x', problem, remedy });
});

test('of many names the first five are told', () => {
  expect(some(['a'])).toBe('a');
  expect(some(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c, d, e');
  expect(some(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more');
});
