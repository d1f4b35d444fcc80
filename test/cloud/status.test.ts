import { describe, expect, test } from 'vitest';
import { chooseCurrent, planLoadBalancer } from '../../src/cloud/plan.ts';
import { matchTargetGroups } from '../../src/cloud/plan-target-groups.ts';
import { isReleased, refusedStatus, releasedStatus, statusOf, yieldedStatus } from '../../src/cloud/status.ts';
import type { DesiredLoadBalancer, ObservedStack } from '../../src/cloud/model.ts';
import type { LeftOut } from '../../src/cloud/nodes.ts';
import { context, desired, listener, loadBalancer, stack, target, targetGroup } from './support/model.ts';
import { webService } from './support/service.ts';

interface Case {
  desired?: DesiredLoadBalancer;
  observed?: ObservedStack;
  hostname?: string;
  error?: string;
  leftOut?: LeftOut[];
}

/** The status as the controller works it out, conditions as `STATUS reason: message`. */
function look({ desired: wanted = desired(), observed = stack(), hostname, error, leftOut = [] }: Case) {
  const service = webService({ ...(hostname && { hostname }) });
  const plan = planLoadBalancer(wanted, observed, context({ publishedHostname: hostname ?? '' }));
  const { current, superseded } = chooseCurrent(wanted, observed, hostname);
  const groups = matchTargetGroups(wanted, observed, current);
  const status = statusOf(service, { desired: wanted, plan, groups, superseded, leftOut, ...(error && { error }) });
  const verdicts = status.conditions.map((c) => [
    c.type.split('/')[1] as string,
    `${c.status} ${c.reason}: ${c.message}`,
  ]);
  return { hostname: status.ingress?.[0]?.hostname, ...Object.fromEntries(verdicts) };
}

const lb = (change: Parameters<typeof loadBalancer>[0]) => stack({ loadBalancers: [loadBalancer(change)] });
const targets = (...states: string[]) =>
  stack({ targetGroups: [targetGroup('80:30080', { targets: states.map((s, i) => target(`i-${i + 1}`, 30080, s)) })] });
const empty: ObservedStack = { loadBalancers: [], targetGroups: [], frontGroups: [] };

describe('all is well', () => {
  test('hostname and four true conditions', () => {
    expect(look({})).toEqual({
      hostname: 'one.example.com',
      Accepted: 'True Accepted: the configuration is valid',
      Provisioned: 'True Provisioned: lb-1',
      TargetsHealthy: 'True AllHealthy: 2/2 targets healthy',
      Synced: 'True InSync: AWS matches the Service',
    });
  });

  test('the entry names every port and protocol of the Service', () => {
    const ports = [{ port: 53, protocol: 'TCP' as const }, { port: 53, protocol: 'UDP' as const }, { port: 80 }];
    const plan = planLoadBalancer(desired(), stack(), context());
    const outcome = { desired: desired(), plan, groups: new Map(), superseded: [], leftOut: [] };
    expect(statusOf(webService({ ports }), outcome).ingress).toEqual([
      {
        hostname: 'one.example.com',
        ports: [
          { port: 53, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
          { port: 80, protocol: 'TCP' },
        ],
      },
    ]);
  });
});

describe('Provisioned and the hostname', () => {
  // what | case | hostname | Provisioned
  test.each<[string, Case, string | undefined, string]>([
    ['nothing yet', { observed: empty }, undefined, 'False Provisioning: no load balancer yet'],
    ['nothing, and an error', { observed: empty, error: 'boom' }, undefined, 'False Error: no load balancer yet: boom'],
    [
      'provisioning: no hostname, for nothing answers there',
      { observed: lb({ state: 'provisioning' }) },
      undefined,
      'False Provisioning: lb-1: AWS is provisioning the load balancer',
    ],
    ['a listener is missing', { observed: lb({ listeners: [] }) }, undefined, 'False Provisioning: lb-1'],
    [
      'a listener of another protocol',
      { observed: lb({ listeners: [listener('80:30080/UDP')] }) },
      undefined,
      'False Provisioning: lb-1',
    ],
    [
      'AWS calls it impaired',
      { observed: lb({ state: 'active_impaired' }) },
      'one.example.com',
      'True Provisioned: lb-1',
    ],
    [
      'no healthy target: pods may wait for the hostname',
      { observed: targets('unhealthy') },
      'one.example.com',
      'True Provisioned: lb-1',
    ],
    ['an error beside what serves', { error: 'boom' }, 'one.example.com', 'True Provisioned: lb-1'],
    [
      'a problem beside what serves',
      { observed: lb({ securityGroupIds: [] }) },
      'one.example.com',
      'True Blocked: lb-1: loadBalancer="lb-1": the load balancer was made without security groups and AWS allows none to be added; delete and re-create the Service',
    ],
  ])('%s', (_name, input, hostname, provisioned) => {
    expect(look(input)).toMatchObject({ Provisioned: provisioned });
    expect(look(input).hostname).toBe(hostname);
  });

  describe('during a scheme change', () => {
    const wanted = desired({ scheme: 'internet-facing' });
    const successor = (tgState: string, oldState = 'active') =>
      stack({
        loadBalancers: [
          loadBalancer({ state: oldState }),
          loadBalancer({
            arn: 'lb-2',
            scheme: 'internet-facing',
            dnsName: 'two',
            listeners: [listener('80:30080', { targetGroupArn: 'tg-2' })],
          }),
        ],
        targetGroups: [
          targetGroup('80:30080'),
          targetGroup('80:30080', {
            arn: 'tg-2',
            loadBalancerArns: ['lb-2'],
            targets: ['i-1', 'i-2'].map((id) => target(id, 30080, tgState)),
          }),
        ],
      });
    // healthy? predecessor | published before | hostname now
    test.each([
      ['healthy', 'active', 'one.example.com', 'two'],
      ['initial', 'active', 'one.example.com', undefined],
      ['initial', 'failed', 'one.example.com', 'two'],
      ['initial', 'active', 'two', 'two'],
    ])('successor %s, predecessor %s, published %s: %s', (tgState, oldState, hostname, expected) => {
      expect(look({ desired: wanted, observed: successor(tgState, oldState), hostname }).hostname).toBe(expected);
    });
  });
});

describe('TargetsHealthy', () => {
  test.each<[string, Case, string]>([
    ['some', { observed: targets('healthy', 'unhealthy') }, 'True SomeHealthy: 1/2 targets healthy'],
    ['none', { observed: targets('unhealthy', 'unhealthy') }, 'False NotHealthy: 0/2 targets healthy'],
    ['on the way', { observed: targets('unhealthy', 'initial') }, 'Unknown Pending: 0/2 targets healthy'],
    ['none registered yet', { observed: targets() }, 'Unknown Pending: 0/0 targets healthy'],
    [
      'draining ones are no longer counted',
      { observed: targets('healthy', 'draining') },
      'True AllHealthy: 1/1 targets healthy',
    ],
    [
      'no instances',
      { desired: desired({ instances: [] }), observed: targets() },
      'False NoTargets: 0/0 targets healthy',
    ],
    ['no load balancer', { observed: empty }, 'Unknown Pending: 0/0 targets healthy'],
    [
      'a load balancer that is gone, before its target groups show it',
      { observed: { ...targets('healthy'), loadBalancers: [] } },
      'Unknown Pending: 1/1 targets healthy',
    ],
    [
      'one target group of two',
      {
        desired: desired({}, ['80:30080', '81:30081']),
        observed: stack(
          {
            targetGroups: [
              targetGroup('80:30080'),
              targetGroup('81:30081', { targets: [target('i-1', 30081, 'unhealthy')] }),
            ],
          },
          ['80:30080', '81:30081'],
        ),
      },
      'False NotHealthy: 2/3 targets healthy',
    ],
    [
      'AWS’s reasons, and nodes left out',
      {
        observed: stack({
          targetGroups: [
            targetGroup('80:30080', { targets: [{ ...target('i-1', 30080, 'unhealthy'), reason: 'Target.Timeout' }] }),
          ],
        }),
        leftOut: [{ node: 'n1', reason: 'has no providerID' }],
      },
      'False NotHealthy: 0/1 targets healthy; reasons: Target.Timeout; node n1 is left out (has no providerID)',
    ],
  ])('%s', (_name, input, expected) => {
    expect(look(input)).toMatchObject({ TargetsHealthy: expected });
  });
});

describe('Synced', () => {
  test.each<[string, Case, string]>([
    [
      'steps left',
      { observed: lb({ listeners: [] }) },
      'False InProgress: 1 steps are left: no listener on port 80/TCP',
    ],
    ['waiting', { observed: lb({ state: 'provisioning' }) }, 'False Waiting: AWS is provisioning the load balancer'],
    ['an error', { error: 'Throttling: slow down' }, 'False Error: Throttling: slow down'],
    ['a problem', { observed: lb({ securityGroupIds: [] }) }, 'False Blocked: '],
  ])('%s', (_name, input, expected) => {
    expect(look(input)).toMatchObject({ Synced: expect.stringContaining(expected) });
  });
});

test('what is refused, yielded or released says so in Accepted only, and publishes nothing new', () => {
  const problem = { field: 'f', value: 'v', message: 'is bad', remedy: 'mend it' };
  expect(refusedStatus([problem, problem])).toEqual({
    conditions: [
      {
        type: 'sluice.dev/Accepted',
        status: 'False',
        reason: 'InvalidConfiguration',
        message: 'f="v": is bad; mend it; f="v": is bad; mend it',
      },
    ],
  });
  expect(yieldedStatus('OtherController', 'LBC').conditions).toMatchObject([
    { status: 'False', reason: 'OtherController' },
  ]);
  expect(releasedStatus().conditions).toMatchObject([{ status: 'False', reason: 'Released' }]);
});

test('released is who has the annotation, whatever its value', () => {
  expect(isReleased(webService({ metadata: { annotations: { 'sluice.dev/released': '' } } }))).toBe(true);
  expect(isReleased(webService())).toBe(false);
});
