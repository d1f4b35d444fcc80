/** When a Service is told of, and when it is looked at again. */
import { beforeEach, describe, expect, test } from 'vitest';
import { PlanOutdatedError, StrangerError } from '../../src/cloud/aws/apply-common.ts';
import type { Convergence } from '../../src/cloud/converge.ts';
import type { LeftOut } from '../../src/cloud/nodes.ts';
import { chooseCurrent, planLoadBalancer } from '../../src/cloud/plan.ts';
import { matchTargetGroups } from '../../src/cloud/plan-target-groups.ts';
import { Reporter } from '../../src/cloud/reporter.ts';
import { type ServiceState, ServiceStates } from '../../src/cloud/service-state.ts';
import type { ServiceWriter } from '../../src/cloud/service-writer.ts';
import type { WorkQueue } from '../../src/kube/work-queue.ts';
import { context, desired, loadBalancer, stack, target, targetGroup } from './support/model.ts';
import { silent, webService } from './support/service.ts';

const MINUTE = 60_000;
let now = 0;
/** `in MILLISECONDS` for each look asked for, `TYPE REASON: MESSAGE` for each event, `status` for each status written. */
let told: string[] = [];
let state: ServiceState;
beforeEach(() => {
  now = 0;
  told = [];
  state = new ServiceStates().get('shop/web', 'uid-1');
});

const reporter = new Reporter({
  queue: { addAfter: (_key: string, ms: number) => void told.push(`in ${ms}`) } as unknown as WorkQueue,
  writer: {
    event: (_service: unknown, ...words: string[]) => void told.push(`${words[0]} ${words[1]}: ${words[2]}`),
    writeStatus: (service: unknown) => Promise.resolve(service).finally(() => told.push('status')),
  } as unknown as ServiceWriter,
  logger: silent,
  now: () => now,
});

interface Look {
  targets?: string[];
  lbState?: string;
  groups?: string[];
  instances?: string[];
  leftOut?: LeftOut[];
  steps?: number;
  failure?: unknown;
  provisioned?: 'True' | 'False';
}

/** What is told after one look. */
async function look(input: Look = {}): Promise<string[]> {
  const {
    targets = ['healthy'],
    lbState = 'active',
    groups,
    instances = ['i-1'],
    leftOut = [],
    steps = 0,
    failure,
  } = input;
  const wanted = desired({ instances });
  const observed = stack({
    loadBalancers: [loadBalancer({ state: lbState, ...(groups && { securityGroupIds: groups }) })],
    targetGroups: [targetGroup('80:30080', { targets: targets.map((s, i) => target(`i-${i + 1}`, 30080, s)) })],
  });
  const { current, superseded } = chooseCurrent(wanted, observed);
  const result: Convergence = {
    desired: wanted,
    plan: planLoadBalancer(wanted, observed, context()),
    groups: matchTargetGroups(wanted, observed, current),
    superseded,
    leftOut,
    steps,
    ...(failure === undefined ? {} : { failure, error: 'it failed' }),
  };
  const conditions = input.provisioned ? [{ type: 'sluice.dev/Provisioned', status: input.provisioned }] : [];
  told = [];
  await reporter.report('shop/web', webService({ conditions }), state, result);
  return told.filter((one) => one !== 'status');
}

describe('events', () => {
  test.each<[string, Look, string[], string]>([
    ['first serving', {}, ['Normal EnsuredLoadBalancer: Ensured load balancer lb-1'], 'ready'],
    ['serving on', { provisioned: 'True' }, [], 'ready'],
    ['serving again', { provisioned: 'False' }, ['Normal EnsuredLoadBalancer: Ensured load balancer lb-1'], 'ready'],
    [
      'changed',
      { provisioned: 'True', steps: 2 },
      ['Normal UpdatedLoadBalancer: Updated load balancer in 2 steps'],
      'ready',
    ],
    ['being made', { lbState: 'provisioning', steps: 5 }, ['in 500'], 'pending'],
    [
      'no targets healthy',
      { provisioned: 'True', targets: ['unhealthy'] },
      ['Warning TargetsNotHealthy: 0/1 targets healthy', 'in 1800000', 'in 1000'],
      'ready',
    ],
    [
      'nodes left out',
      { provisioned: 'True', leftOut: [{ node: 'n', reason: 'is odd' }] },
      ['Warning NodesLeftOut: node n is left out (is odd)', 'in 1800000'],
      'ready',
    ],
    [
      'failed',
      { provisioned: 'True', failure: new Error('x') },
      ['Warning SyncLoadBalancerFailed: it failed', 'in 1800000'],
      'failing',
    ],
    ['the plan was outdated', { provisioned: 'True', failure: new PlanOutdatedError('x') }, [], 'failing'],
    [
      'a stranger has the name: nobody else looks again',
      { provisioned: 'True', failure: new StrangerError('load balancer', 'n', 'arn') },
      ['Warning SyncLoadBalancerFailed: it failed', 'in 1800000', 'in 60000'],
      'failing',
    ],
    [
      'blocked',
      { provisioned: 'True', groups: [] },
      [
        expect.stringContaining('Warning SyncLoadBalancerBlocked: loadBalancer="lb-1"') as string,
        'in 1800000',
        'in 60000',
      ],
      'failing',
    ],
  ])('%s', async (_name, input, expected, phase) => {
    expect(await look(input)).toEqual(expected);
    expect(state.phase).toBe(phase);
  });

  test('the same warning comes again after half an hour, another at once', async () => {
    const bad: Look = { provisioned: 'True', failure: new Error('x') };
    const warnings = async (input: Look) => (await look(input)).filter((one) => one.startsWith('Warning')).length;
    expect(await warnings(bad)).toBe(1);
    now += 30 * MINUTE - 1;
    expect(await warnings(bad)).toBe(0);
    now += 1;
    expect(await warnings(bad)).toBe(1);
    expect(await warnings({ ...bad, targets: ['unhealthy'], failure: undefined })).toBe(1);
    expect(await warnings(bad)).toBe(1);
  });

  test('after all was well, the same trouble is news', async () => {
    const bad: Look = { provisioned: 'True', targets: ['unhealthy'] };
    await look(bad);
    await look({ provisioned: 'True' });
    expect((await look(bad))[0]).toMatch(/^Warning/);
  });
});

describe('looking again', () => {
  const serving: Look = { provisioned: 'True' };

  test('while AWS provisions: at doubling distances up to 15 s', async () => {
    const delays: string[] = [];
    for (let i = 0; i < 8; i++) delays.push(...(await look({ lbState: 'provisioning' })));
    expect(delays).toEqual(['500', '1000', '2000', '4000', '8000', '15000', '15000', '15000'].map((ms) => `in ${ms}`));
  });

  test('until targets are healthy: up to 15 s, and each minute after the 40th', async () => {
    const delays: string[] = [];
    for (let i = 0; i < 42; i++) {
      delays.push(...(await look({ ...serving, targets: ['healthy', 'initial'] })));
      now = state.healthDueAt ?? NaN;
    }
    expect(delays.slice(0, 6)).toEqual(['in 1000', 'in 2000', 'in 4000', 'in 8000', 'in 15000', 'in 15000']);
    expect(delays.slice(39)).toEqual(['in 15000', 'in 60000', 'in 60000']);
  });

  test('a look for another reason leaves the next reading of health where it is', async () => {
    const settling = { ...serving, targets: ['initial'] };
    expect(await look(settling)).toEqual(['in 1000']);
    now += 999;
    expect(await look(settling)).toEqual(['in 1']);
    now += 1;
    expect(await look(settling)).toEqual(['in 2000']);
  });

  test.each<[string, Look]>([
    ['healthy', serving],
    ['healthy but for one, as with externalTrafficPolicy Local', { ...serving, targets: ['healthy', 'unhealthy'] }],
  ])('not when targets are %s', async (_name, input) => {
    await look({ ...serving, targets: ['initial'] });
    expect(await look(input)).toEqual([]);
    expect(state).toMatchObject({ healthPolls: 0 });
    expect(state.healthDueAt).toBeUndefined();
  });

  test('not for the health of nothing', async () => {
    const result = await look({ ...serving, instances: [], targets: [] });
    expect(result).toEqual(['Warning TargetsNotHealthy: 0/0 targets healthy', 'in 1800000']);
  });

  test('at once when what is known of AWS may be wrong', async () => {
    state.doubtful = true;
    expect(await look({ lbState: 'provisioning' })).toEqual(['in 0']);
  });
});

test('a refused Service: one warning, its status, and the next look when the warning is due again', async () => {
  const problem = { field: 'f', value: 'v', message: 'is bad', remedy: 'mend it' };
  await reporter.refuse('shop/web', webService(), state, [problem]);
  now += MINUTE;
  await reporter.refuse('shop/web', webService(), state, [problem]);
  const warning = 'Warning InvalidConfiguration: f="v": is bad; mend it';
  expect(told).toEqual([warning, 'in 1800000', 'status', 'in 1740000', 'status']);
  expect(state.phase).toBe('refused');
});

test('a deletion that waits says so', async () => {
  await reporter.stuck('shop/web', webService(), state, 'Deleting', 'waiting: x');
  expect(told).toEqual(['Warning DeleteLoadBalancerFailed: waiting: x', 'in 1800000', 'status']);
});
