/**
 * AWS fails, throttles, breaks off and hangs, before and after doing what it was asked; the API server refuses, and goes
 * away. No Service is lost, nothing is there twice in the end, and nothing outlives its Service.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sample } from '../support/sample.ts';
import { waitFor } from '../support/wait.ts';
import { type Call, type Fate, fates } from '../tools/aws-proxy.ts';
import { after, before, open, small } from './crash-forms.ts';
import type { KubeError, KubeFate } from './crash-kube-proxy.ts';
import { type Form, type Lane, openLanes } from './crash-lane.ts';
import { inLanes } from './crash-trial.ts';
import { type Stage, startStage, describeStage } from './stage.ts';

const LANES = 4;
const MINUTES = 60_000;
/** With every second call failing, backoffs add up. */
const DEADLINE_MS = 180_000;
/** Refused calls in one trial against the API server, at most; most trials are over after 20. */
const REFUSALS = 30;
/** A hanging call is given up after this: often enough, and still longer than an honest answer takes. */
const IMPATIENT = ['--aws-request-timeout', '1s'];

/**
 * `every`: each such call is spoiled. Where every second answer is lost, Services come right too, but each resource costs
 * another look at all of AWS, and a longer wait before it.
 */
const AWS_FAULTS: { name: string; fate: (call: Call) => Fate; every: number[]; flags?: string[] }[] = [
  { name: 'InternalFailure', fate: () => fates.internalFailure(), every: [2, 3] },
  { name: 'InternalFailure after all was done', fate: () => fates.appliedInternalFailure(), every: [3, 5] },
  { name: 'throttling', fate: ({ service }) => fates.throttled(service), every: [2, 3] },
  { name: 'a reset', fate: () => fates.resetBefore(), every: [2, 3] },
  { name: 'a reset after all was done', fate: () => fates.resetAfter(), every: [3, 5] },
  { name: 'silence', fate: () => fates.hangBefore(), every: [3], flags: IMPATIENT },
  { name: 'silence after all was done', fate: () => fates.hangAfter(), every: [3], flags: IMPATIENT },
];

const refusal = (code: number, reason: string, retryAfterSeconds?: number): KubeError => ({
  code,
  reason,
  message: 'refused by the test',
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

const KUBE_FAULTS: { name: string; fate: KubeFate; writesOnly?: boolean }[] = [
  { name: '409 Conflict', fate: { forward: false, answer: refusal(409, 'Conflict') }, writesOnly: true },
  { name: '429 with Retry-After', fate: { forward: false, answer: refusal(429, 'TooManyRequests', 1) } },
  { name: '500', fate: { forward: false, answer: refusal(500, 'InternalError') } },
  { name: '500 after all was done', fate: { answer: refusal(500, 'InternalError') }, writesOnly: true },
  { name: 'a reset after all was done', fate: { answer: 'reset' }, writesOnly: true },
];

describeStage('a controller in trouble', () => {
  let stage: Stage;
  let lanes: Lane[];

  beforeAll(async () => {
    stage = await startStage({ nodes: 2 });
    lanes = await openLanes(stage, 'fault', LANES);
  });
  afterAll(async () => {
    for (const lane of lanes ?? []) await lane.stop();
    await stage?.stop();
  });

  test('AWS: every k-th call fails', { timeout: 10 * MINUTES }, async () => {
    let spoiled = 0;
    const trials = sample(AWS_FAULTS.flatMap(({ every, ...fault }) => every.map((k) => ({ ...fault, every: k }))));
    const tally = await inLanes(
      lanes,
      trials,
      ({ name, every }) => `${name} at every ${every}th call`,
      async (lane, { fate, flags, every }) => {
        await lane.kill();
        lane.proxy.reset();
        lane.proxy.onCall = (call) => {
          if (call.n % every !== 0) return 'pass';
          spoiled++;
          return fate(call);
        };
        await lane.run(flags);
        await liveThrough(lane);
        return true;
      },
    );
    console.log(`AWS: ${trials.length} trials, ${spoiled} calls spoiled`);
    expect(tally.failures.join('\n\n')).toBe('');
  });

  test('AWS: calls fail in all ways at random', { timeout: 10 * MINUTES }, async () => {
    let spoiled = 0;
    const tally = await inLanes(
      lanes,
      [1, 2, 3, 4],
      (seed) => `seed ${seed}`,
      async (lane, seed) => {
        const next = randomFrom(seed);
        await lane.kill();
        lane.proxy.reset();
        lane.proxy.onCall = (call) => {
          if (next() >= 0.3) return 'pass';
          spoiled++;
          return (AWS_FAULTS[Math.floor(next() * AWS_FAULTS.length)] as (typeof AWS_FAULTS)[number]).fate(call);
        };
        await lane.run(IMPATIENT);
        await liveThrough(lane);
        return true;
      },
    );
    console.log(`AWS at random: ${spoiled} calls spoiled`);
    expect(tally.failures.join('\n\n')).toBe('');
  });

  test('AWS: a refusal that lasts is met with patience, and so is its end', { timeout: 2 * MINUTES }, async () => {
    const lane = lanes[0] as Lane;
    await lane.kill();
    await lane.awake();
    const refused: number[] = [];
    const denied = { status: 403, code: 'AccessDenied', message: 'not authorized' };
    const refuse = (action: string) => {
      lane.proxy.reset();
      refused.length = 0;
      lane.proxy.onCall = (call) => {
        if (call.action !== action) return 'pass';
        refused.push(performance.now());
        return { forward: false, answer: denied };
      };
    };
    /** The queue waits half a second, then twice as long each time; a change of the Service may come in between. */
    const patient = async () => {
      await waitFor(() => refused.length >= 5, { timeoutMs: DEADLINE_MS, what: 'five refusals' });
      expect((refused[4] as number) - (refused[0] as number), 'ms for five refusals').toBeGreaterThan(2000);
    };
    const form = small(lane);
    refuse('CreateTargetGroup');
    await lane.create('denied', form);
    await patient();
    lane.proxy.reset();
    await lane.settled({ denied: form }, DEADLINE_MS);
    refuse('DeleteTargetGroup');
    await lane.remove('denied');
    await patient();
    lane.proxy.reset();
    await gone(lane, ['denied']);
  });

  test('the API server: every k-th call is refused', { timeout: 10 * MINUTES }, async () => {
    let spoiled = 0;
    const trials = sample([2, 3].flatMap((every) => KUBE_FAULTS.map((fault) => ({ ...fault, every }))));
    const tally = await inLanes(
      lanes,
      trials,
      ({ name, every }) => `${name} at every ${every}th call`,
      async (lane, { fate, writesOnly, every }) => {
        await lane.kill();
        lane.proxy.reset();
        let calls = 0;
        let refused = 0;
        lane.kubeProxy.onCall = ({ method }) => {
          // It ends: a Service that makes two writes a try could meet every second refusal for as long as there are any.
          if ((writesOnly && method === 'GET') || refused === REFUSALS || ++calls % every !== 0) return 'pass';
          refused++;
          spoiled++;
          return fate;
        };
        await lane.run();
        await liveThrough(lane);
        lane.kubeProxy.reset();
        return true;
      },
    );
    console.log(`API server: ${trials.length} trials, ${spoiled} calls spoiled`);
    expect(tally.failures.join('\n\n')).toBe('');
  });

  test('the API server is killed in the middle of a create and of a delete', { timeout: 10 * MINUTES }, async () => {
    const lane = lanes[0] as Lane;
    await lane.kill();
    await lane.awake();
    for (const at of [1, 6, 11]) {
      const form = small(lane);
      const outages: Promise<void>[] = [];
      const outageAt = (k: number) => {
        lane.proxy.reset();
        lane.proxy.onCall = ({ n }) =>
          n === k
            ? {
                before: async () => {
                  await stage.kube.killApiServer();
                  outages.push(stage.kube.startApiServer());
                },
              }
            : 'pass';
      };
      const over = async () => {
        await waitFor(() => outages.length > 0, { timeoutMs: DEADLINE_MS, what: `AWS call ${at}` });
        await Promise.all(outages.splice(0));
      };
      outageAt(at);
      await lane.create('one', form);
      await over();
      await lane.settled({ one: form }, DEADLINE_MS);
      outageAt(Math.ceil(at / 2));
      await lane.remove('one');
      await over();
      await gone(lane, ['one']);
    }
  });

  async function gone(lane: Lane, names: string[]): Promise<void> {
    await Promise.all(names.map((name) => lane.gone(name, DEADLINE_MS)));
    expect(await lane.leftovers()).toEqual([]);
  }

  /** Three Services are created, two of them changed, and all deleted. */
  async function liveThrough(lane: Lane): Promise<void> {
    const first: Record<string, Form> = { wide: before(lane), one: small(lane, '', 1), two: small(lane, '', 2) };
    const then: Record<string, Form> = { ...first, wide: after(lane), one: open(lane, '', 1) };
    for (const [name, form] of Object.entries(first)) await lane.create(name, form);
    await lane.settled(first, DEADLINE_MS);
    for (const name of ['wide', 'one']) await lane.update(name, then[name] as Form);
    await lane.settled(then, DEADLINE_MS);
    for (const name of Object.keys(then)) await lane.remove(name);
    await gone(lane, Object.keys(then));
  }
});

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
