import { describe, expect, it } from 'vitest';
import { LeaderElector, type LeaderElectorOptions, NotLeaderError } from '../../src/kube/lease.ts';
import { microTime } from '../../src/kube/lease-record.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { FakeLeases } from './fake-leases.ts';

/** A candidate with 15/10/2 s whose `lead` runs until told to end, or until its signal aborts. */
function candidate(
  leases: FakeLeases,
  clock: FakeClock,
  identity: string,
  options: Partial<LeaderElectorOptions> = {},
) {
  const events: string[] = [];
  const elector = new LeaderElector({
    client: leases.client(identity),
    namespace: 'kube-system',
    name: 'sluice',
    identity,
    clock,
    random: () => 0,
    onEvent: (event) => events.push(event.type === 'lost' ? `lost: ${event.reason}` : event.type),
    ...options,
  });
  const stop = new AbortController();
  const state = { elector, events, stop, led: false, told: false, finish: () => {}, result: '' };
  return Object.assign(state, {
    /** With `lingers` the work goes on after its signal aborts, until `finish`. */
    start(lingers = false): void {
      const lead = (signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          state.led = true;
          state.finish = resolve;
          signal.addEventListener('abort', () => {
            state.told = true;
            if (!lingers) resolve();
          });
        });
      elector.run(stop.signal, lead).then(
        (result) => {
          state.result = result;
        },
        (error: unknown) => {
          state.result = String(error);
        },
      );
    },
  });
}

const HOLDER = (leases: FakeLeases) => leases.lease?.spec?.holderIdentity;

describe('acquiring', () => {
  it('creates the lease and leads', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    expect(() => a.elector.assertLeading()).toThrow(NotLeaderError);
    a.start();
    await settle();
    expect(a.led).toBe(true);
    expect(a.elector.isLeading()).toBe(true);
    expect(leases.lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
  });

  it.each<[string, (lease: FakeLeases, clock: FakeClock) => void]>([
    ['far in the past', (leases) => leases.edit((l) => void (l.spec = { ...l.spec, renewTime: microTime(0) }))],
    ['far in the future', (leases) => leases.edit((l) => void (l.spec = { ...l.spec, renewTime: microTime(9e12) }))],
    ['while this one’s wall clock jumps', (_, clock) => void (clock.wallOffset += 1e9)],
  ])('waits its full time from when it saw the last change, not by timestamps: %s', async (_, disturb) => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    a.start();
    await settle();
    leases.fault = (who) => (who === 'a' ? 'hang' : 'none');
    disturb(leases, clock);
    await clock.advance(5000);
    const b = candidate(leases, clock, 'b');
    b.start();
    await clock.advance(14_999);
    expect(b.led).toBe(false);
    await clock.advance(1);
    expect(b.led).toBe(true);
    expect(leases.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it('a record that changes is alive, and its own duration counts', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a', { leaseDurationMs: 30_000 });
    a.start();
    await settle();
    const b = candidate(leases, clock, 'b');
    b.start();
    await clock.advance(120_000);
    expect(b.led).toBe(false);
    leases.fault = (who) => (who === 'a' ? 'hang' : 'none');
    await clock.advance(27_000);
    expect(b.led).toBe(false);
    await clock.advance(6_000);
    expect(b.led).toBe(true);
  });

  it('waits out its own namesake’s lease too', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    candidate(leases, clock, 'a').start();
    await settle();
    leases.fault = (_, method) => (method === 'PUT' ? 'hang' : 'none');
    const successor = candidate(leases, clock, 'a');
    successor.start();
    await clock.advance(14_000);
    expect(successor.led).toBe(false);
  });

  it('only one of many wins a race', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const all = ['a', 'b', 'c', 'd'].map((name) => candidate(leases, clock, name));
    for (const one of all) one.start();
    await settle();
    expect(all.filter((one) => one.elector.isLeading())).toHaveLength(1);
    expect(all.flatMap((one) => one.events).filter((event) => event === 'request-failed')).toEqual([]);
  });

  it('goes on trying while the API server is away', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    leases.fault = () => 'fail';
    const a = candidate(leases, clock, 'a');
    a.start();
    await clock.advance(7000);
    expect(a.events).toEqual(['request-failed', 'request-failed', 'request-failed', 'request-failed']);
    leases.fault = () => 'none';
    await clock.advance(1000);
    expect(a.led).toBe(true);
  });

  it('stopped while it waits, it never leads', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    candidate(leases, clock, 'a').start();
    await settle();
    const b = candidate(leases, clock, 'b');
    b.start();
    await settle();
    b.stop.abort();
    await settle();
    expect(b).toMatchObject({ result: 'stopped', led: false });
    expect(HOLDER(leases)).toBe('a');
  });
});

describe('the fence', () => {
  it('holds for as long as renewals succeed', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    a.start();
    await settle();
    for (let second = 0; second < 60; second++) {
      await clock.advance(1000);
      a.elector.assertLeading();
    }
    expect(a.told).toBe(false);
  });

  it('falls renewDeadlineMs after the last successful renewal was sent, whatever hangs', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    a.start();
    // The last renewal that works is sent at 4 s.
    await clock.advance(4500);
    leases.fault = () => 'hang';
    await clock.advance(9499);
    expect(a.elector.isLeading()).toBe(true);
    await clock.advance(1);
    expect(a.elector.isLeading()).toBe(false);
    await settle();
    expect(a).toMatchObject({ told: true, result: 'lost' });
    expect(a.events.at(-1)).toBe('lost: not renewed for 10000 ms');
    expect(HOLDER(leases)).toBe('a');
  });

  it.each([
    ['claim', 0],
    ['renewal', 2000],
  ])('counts from before the %s was sent, not from its answer', async (_, ms) => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const client = leases.client('a');
    let sent = -1;
    const slow = {
      ...client,
      request: async <T>(...args: Parameters<typeof client.request>): Promise<T> => {
        if (args[0] !== 'GET') sent = clock.now();
        const answer = await client.request<T>(...args);
        clock.freeze(3000);
        return answer;
      },
    };
    const a = candidate(leases, clock, 'a', { client: slow });
    a.start();
    await settle();
    await clock.advance(ms);
    expect(clock.now()).toBe(sent + 3000);
    clock.freeze(6999);
    expect(a.elector.isLeading()).toBe(true);
    clock.freeze(1);
    expect(a.elector.isLeading()).toBe(false);
  });

  it('is down at once after a freeze, before any timer fires, and never comes up again', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    a.start();
    await clock.advance(4500);
    clock.freeze(10_000);
    expect(a.elector.isLeading()).toBe(false);
    expect(() => a.elector.assertLeading()).toThrow('not the leader of kube-system/sluice');
    const writes = leases.log.length;
    await clock.advance(0);
    await clock.advance(60_000);
    expect(a.result).toBe('lost');
    expect(leases.log).toHaveLength(writes);
  });

  it('work that fails on the fence is a lost lease, and nothing is written for it', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const elector = new LeaderElector({ client: leases.client('a'), namespace: 'n', name: 'l', identity: 'a', clock });
    const result = elector.run(new AbortController().signal, async () => {
      clock.freeze(10_000);
      elector.assertLeading();
    });
    expect(await result).toBe('lost');
    expect(leases.log).toEqual(['a a']);
  });

  it('a renewal that is answered too late does not raise it again', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    let late = false;
    const client = leases.client('a');
    const frozen = {
      ...client,
      request: async <T>(...args: Parameters<typeof client.request>): Promise<T> => {
        const answer = await client.request<T>(...args);
        if (late) clock.freeze(10_000);
        return answer;
      },
    };
    const a = candidate(leases, clock, 'a', { client: frozen });
    a.start();
    await settle();
    late = true;
    await clock.advance(2000);
    expect(a).toMatchObject({ told: true, result: 'lost' });
    expect(a.elector.isLeading()).toBe(false);
  });

  it('survives failures that end in time, half the deadline for each request', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    a.start();
    await clock.advance(2500);
    leases.fault = () => 'fail';
    await clock.advance(7000);
    leases.fault = () => 'none';
    await clock.advance(60_000);
    expect(a.elector.isLeading()).toBe(true);
    expect(a.told).toBe(false);
  });

  it.each<[string, (leases: FakeLeases) => void, string]>([
    [
      'taken by another',
      (leases) => leases.edit((l) => void (l.spec = { ...l.spec, holderIdentity: 'b' })),
      'taken by b',
    ],
    [
      'taken by a namesake',
      (leases) => leases.edit((l) => void (l.spec = { ...l.spec, acquireTime: microTime(1), leaseTransitions: 1 })),
      'taken by a',
    ],
    [
      'released by hand',
      (leases) => leases.edit((l) => void (l.spec = { ...l.spec, holderIdentity: '' })),
      'taken by no one',
    ],
    ['deleted', (leases) => void (leases.lease = undefined), 'the lease was deleted'],
  ])('falls at the next renewal when the lease was %s', async (_, change, reason) => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    a.start();
    await settle();
    change(leases);
    await clock.advance(2000);
    expect(a.elector.isLeading()).toBe(false);
    expect(a).toMatchObject({ told: true, result: 'lost' });
    expect(a.events.at(-1)).toBe(`lost: ${reason}`);
  });

  it('stands when only the labels were edited', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    a.start();
    await settle();
    leases.edit((lease) => void (lease.metadata.labels = { team: 'net' }));
    await clock.advance(60_000);
    expect(a.elector.isLeading()).toBe(true);
    expect(leases.lease?.metadata.labels).toEqual({ team: 'net' });
  });
});

describe('stopping', () => {
  it('renews until the work has ended, then releases, and the next one leads at its next look', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    const b = candidate(leases, clock, 'b');
    a.start(true);
    await settle();
    b.start();
    await clock.advance(1000);
    a.stop.abort();
    await clock.advance(30_000);
    expect(a).toMatchObject({ told: true, result: '' });
    expect(a.elector.isLeading()).toBe(true);
    expect(b.led).toBe(false);
    a.finish();
    await settle();
    expect(a.result).toBe('stopped');
    expect(a.elector.isLeading()).toBe(false);
    expect(leases.lease?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    await clock.advance(2000);
    expect(b.led).toBe(true);
  });

  it('releases even when the answer to its last renewal was lost', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    a.start();
    await settle();
    leases.fault = () => 'lose-answer';
    await clock.advance(2000);
    leases.fault = () => 'none';
    a.stop.abort();
    await settle();
    expect(a.result).toBe('stopped');
    expect(HOLDER(leases)).toBe('');
  });

  it('a stop during the claim releases it without leading', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const a = candidate(leases, clock, 'a');
    leases.fault = (_, method) => {
      if (method === 'POST') a.stop.abort();
      return 'none';
    };
    a.start();
    await settle();
    expect(a).toMatchObject({ led: false, result: 'stopped' });
    expect(HOLDER(leases)).toBe('');
  });

  it('releases when the work ends or fails by itself, and passes its error on', async () => {
    const [clock, leases] = [new FakeClock(), new FakeLeases()];
    const elector = new LeaderElector({ client: leases.client('a'), namespace: 'n', name: 'l', identity: 'a', clock });
    const signal = new AbortController().signal;
    expect(await elector.run(signal, async () => {})).toBe('stopped');
    expect(HOLDER(leases)).toBe('');
    const failing = elector.run(signal, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(HOLDER(leases)).toBe('');
    expect(clock.timers).toBe(0);
  });
});

describe('options', () => {
  it.each<[Partial<LeaderElectorOptions>, string]>([
    [{ leaseDurationMs: 10_000 }, 'leaseDurationMs (10000) must be greater than renewDeadlineMs (10000)'],
    [{ leaseDurationMs: 15_500 }, 'whole seconds, got 15500'],
    [{ retryPeriodMs: 10_000 }, 'must be greater than retryPeriodMs (10000)'],
    [{ identity: '' }, 'identity'],
  ])('%j is refused', (options, message) => {
    expect(() => candidate(new FakeLeases(), new FakeClock(), 'a', options)).toThrow(message);
  });
});
