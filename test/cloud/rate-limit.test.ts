import { beforeEach, describe, expect, test } from 'vitest';
import { categoryOf, RateLimits, TokenBucket } from '../../src/cloud/aws/rate-limit.ts';
import { FakeClock, settle } from '../kube/fake-clock.ts';

let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock();
});
const wait = (ms: number) => new Promise((resolve) => clock.setTimeout(() => resolve(undefined), ms));
const now = () => clock.now();

/** Takes tokens; `log` gets what came through and when. */
function taker(bucket: TokenBucket) {
  const log: string[] = [];
  const take = (name: string, low = false) =>
    void bucket.take(low).then(() => log.push(`${name}@${Math.round(now())}`));
  return { log, take };
}

describe('a bucket of 2 with 1 a second', () => {
  test('lets the burst through, then one a second, in order of arrival', async () => {
    const { log, take } = taker(new TokenBucket({ burst: 2, refill: 1 }, now, wait));
    for (const name of ['a', 'b', 'c', 'd', 'e']) take(name);
    await settle();
    expect(log).toEqual(['a@0', 'b@0']);
    await clock.advance(3000);
    expect(log).toEqual(['a@0', 'b@0', 'c@1000', 'd@2000', 'e@3000']);
  });

  test('fills up again, and never above its size', async () => {
    const { log, take } = taker(new TokenBucket({ burst: 2, refill: 1 }, now, wait));
    take('a');
    take('b');
    await clock.advance(60_000);
    for (const name of ['c', 'd', 'e']) take(name);
    await clock.advance(1000);
    expect(log.slice(2)).toEqual(['c@60000', 'd@60000', 'e@61000']);
  });

  test('serves background calls last, whenever they came', async () => {
    const { log, take } = taker(new TokenBucket({ burst: 1, refill: 1 }, now, wait));
    take('a');
    take('low1', true);
    take('low2', true);
    take('b');
    await clock.advance(1000);
    take('c');
    await clock.advance(3000);
    expect(log).toEqual(['a@0', 'b@1000', 'c@2000', 'low1@3000', 'low2@4000']);
  });

  test('does not let a newcomer overtake those who wait', async () => {
    const { log, take } = taker(new TokenBucket({ burst: 1, refill: 1 }, now, wait));
    take('a');
    take('b');
    clock.freeze(1000);
    take('c');
    await clock.advance(2000);
    expect(log.map((entry) => entry[0])).toEqual(['a', 'b', 'c']);
  });

  test('holds no timer when nobody waits', async () => {
    const { take } = taker(new TokenBucket({ burst: 1, refill: 1 }, now, wait));
    take('a');
    take('b');
    await clock.advance(1000);
    expect(clock.timers).toBe(0);
  });
});

describe('after a throttled answer', () => {
  test('the rate is halved, again for each further one, down to a sixteenth, and whole again after a minute', () => {
    const bucket = new TokenBucket({ burst: 10, refill: 16 }, now, wait);
    const rates = Array.from({ length: 6 }, () => {
      bucket.throttled();
      return bucket.rate;
    });
    expect(rates).toEqual([8, 4, 2, 1, 1, 1]);
    clock.freeze(59_999);
    expect(bucket.rate).toBe(1);
    clock.freeze(1);
    expect(bucket.rate).toBe(16);
  });

  test('a new one starts from the whole rate again', () => {
    const bucket = new TokenBucket({ burst: 10, refill: 16 }, now, wait);
    bucket.throttled();
    bucket.throttled();
    clock.freeze(60_000);
    expect(bucket.rate).toBe(16);
    bucket.throttled();
    expect(bucket.rate).toBe(8);
  });

  test('what was saved up is gone', async () => {
    const bucket = new TokenBucket({ burst: 10, refill: 1 }, now, wait);
    const { log, take } = taker(bucket);
    bucket.throttled();
    take('a');
    take('b');
    await clock.advance(4000);
    expect(log).toEqual(['a@2000', 'b@4000']);
  });

  test('no more than the halved rate is saved up while it lasts', async () => {
    const bucket = new TokenBucket({ burst: 100, refill: 2 }, now, wait);
    const { log, take } = taker(bucket);
    bucket.throttled();
    await clock.advance(60_000);
    for (let i = 0; i < 70; i++) take(String(i));
    await settle();
    expect(log).toHaveLength(60);
  });
});

describe('categories', () => {
  test.each([
    ['elbv2', 'CreateLoadBalancer', 'resource-intensive'],
    ['elbv2', 'SetSubnets', 'resource-intensive'],
    ['elbv2', 'RegisterTargets', 'registration'],
    ['elbv2', 'DeregisterTargets', 'registration'],
    ['elbv2', 'CreateListener', 'mutating'],
    ['elbv2', 'DeleteLoadBalancer', 'mutating'],
    ['elbv2', 'AddTags', 'mutating'],
    ['elbv2', 'DescribeTags', 'describe'],
    ['ec2', 'DescribeSubnets', 'ec2-describe'],
    ['ec2', 'AuthorizeSecurityGroupIngress', 'ec2-mutating'],
  ] as const)('%s %s is %s', (service, operation, category) => {
    expect(categoryOf(service, operation)).toBe(category);
  });

  /** How many of `count` calls pass at once. */
  async function atOnce(limits: RateLimits, service: 'elbv2' | 'ec2', operation: string, count: number) {
    let passed = 0;
    for (let i = 0; i < count; i++) void limits.take(service, operation, false).then(() => passed++);
    await settle();
    return passed;
  }

  test('each has its bucket, and ELBv2 one over all', async () => {
    const limits = new RateLimits(now, wait);
    expect(await atOnce(limits, 'elbv2', 'CreateLoadBalancer', 30)).toBe(10);
    expect(await atOnce(limits, 'elbv2', 'CreateListener', 30)).toBe(20);
    expect(await atOnce(limits, 'elbv2', 'DescribeTags', 30)).toBe(10);
    expect(await atOnce(limits, 'ec2', 'DescribeSubnets', 60)).toBe(50);
  });

  test('a throttled answer slows its own category only', async () => {
    const limits = new RateLimits(now, wait);
    limits.throttled('elbv2', 'CreateListener');
    expect(await atOnce(limits, 'elbv2', 'AddTags', 5)).toBe(0);
    expect(await atOnce(limits, 'elbv2', 'RegisterTargets', 5)).toBe(5);
  });
});
