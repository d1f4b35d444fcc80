import { describe, expect, it } from 'vitest';
import { ApiError, ConnectionError } from '../../src/kube/errors.ts';
import type { EventBody } from '../../src/kube/event-correlator.ts';
import { EventRecorder } from '../../src/kube/events.ts';
import { NotLeaderError } from '../../src/kube/lease.ts';
import type { ObjectReference } from '../../src/kube/objects.ts';
import type { KubeClient, Method, RequestOptions } from '../../src/kube/request.ts';
import { FakeClock, settle } from './fake-clock.ts';

const WEB: ObjectReference = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web', uid: 'u1' };

/** The API server's events; `refuse` may throw instead. */
function setUp(refuse: (method: Method) => void = () => {}) {
  const clock = new FakeClock();
  const events = new Map<string, EventBody>();
  const calls: string[] = [];
  const errors: unknown[] = [];
  const request = async (method: Method, path: string, options: RequestOptions = {}): Promise<unknown> => {
    calls.push(method);
    await Promise.resolve();
    refuse(method);
    const body = options.body as EventBody;
    const key = method === 'POST' ? `${path}/${body.metadata.name}` : path;
    const known = events.get(key);
    if (method === 'POST' && known) throw new ApiError(method, path, 409, { reason: 'AlreadyExists' });
    if (method === 'PATCH' && !known) throw new ApiError(method, path, 404, { reason: 'NotFound' });
    events.set(key, structuredClone({ ...known, ...body }));
    return body;
  };
  const client = { request, watch: () => {} } as unknown as KubeClient;
  const onError = (error: unknown) => void errors.push(error);
  const recorder = new EventRecorder({ client, component: 'sluice-controller', instance: 'pod-1', clock, onError });
  const list = () => [...events.values()].map(({ reason, message, count }) => `${reason} ×${count}: ${message}`);
  return { clock, recorder, events, calls, errors, list };
}

describe('one event', () => {
  it('is what kubectl shows', async () => {
    const { recorder, events } = setUp();
    recorder.record(WEB, 'Warning', 'SyncFailed', 'no subnets');
    await recorder.flush();
    const [[path, body] = []] = events;
    expect(path).toMatch(/^\/api\/v1\/namespaces\/shop\/events\/web\.[0-9a-f]{16}$/);
    expect(body).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'shop', name: path?.split('/').at(-1) },
      involvedObject: WEB,
      type: 'Warning',
      reason: 'SyncFailed',
      message: 'no subnets',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'sluice-controller', host: 'pod-1' },
      reportingComponent: 'sluice-controller',
      reportingInstance: 'pod-1',
    });
  });

  it('of a cluster-scoped object is in the default namespace, with a name that fits', async () => {
    const { recorder, events } = setUp();
    recorder.record({ apiVersion: 'v1', kind: 'Node', name: 'n'.repeat(253) }, 'Normal', 'Seen', 'x'.repeat(5000));
    await recorder.flush();
    const [event] = events.values();
    expect(event?.metadata.namespace).toBe('default');
    expect(event?.metadata.name.length).toBeLessThanOrEqual(253);
    expect(event?.message).toHaveLength(1024);
  });
});

describe('repetition', () => {
  it('counts up the same event within 10 minutes, and then makes a new one', async () => {
    const { clock, recorder, calls, list, events } = setUp();
    for (let times = 0; times < 3; times++) {
      recorder.record(WEB, 'Warning', 'SyncFailed', 'no subnets');
      await recorder.flush();
      await clock.advance(599_000);
    }
    expect(calls).toEqual(['POST', 'PATCH', 'PATCH']);
    expect(list()).toEqual(['SyncFailed ×3: no subnets']);
    expect([...events.values()][0]?.lastTimestamp).toBe('2026-01-01T00:19:58Z');
    await clock.advance(2000);
    recorder.record(WEB, 'Warning', 'SyncFailed', 'no subnets');
    await recorder.flush();
    expect(list()).toEqual(['SyncFailed ×3: no subnets', 'SyncFailed ×1: no subnets']);
  });

  it('in one go is one write', async () => {
    const { recorder, calls, list } = setUp();
    for (let times = 0; times < 5; times++) recorder.record(WEB, 'Normal', 'Synced', 'ok');
    await recorder.flush();
    expect(calls).toEqual(['POST']);
    expect(list()).toEqual(['Synced ×5: ok']);
  });

  it.each<[string, ObjectReference, 'Normal' | 'Warning', string, string]>([
    ['object', { ...WEB, name: 'api' }, 'Warning', 'SyncFailed', 'no subnets'],
    ['uid', { ...WEB, uid: 'u2' }, 'Warning', 'SyncFailed', 'no subnets'],
    ['type', WEB, 'Normal', 'SyncFailed', 'no subnets'],
    ['reason', WEB, 'Warning', 'Other', 'no subnets'],
    ['message', WEB, 'Warning', 'SyncFailed', 'no vpc'],
  ])('another %s is another event', async (_, ...other) => {
    const { recorder, list } = setUp();
    recorder.record(WEB, 'Warning', 'SyncFailed', 'no subnets');
    recorder.record(...other);
    await recorder.flush();
    expect(list()).toHaveLength(2);
  });

  it('with ever new messages becomes one event after the tenth', async () => {
    const { recorder, list } = setUp();
    for (let index = 1; index <= 14; index++) {
      recorder.record(WEB, 'Warning', 'SyncFailed', `request ${index} failed`);
      await recorder.flush();
    }
    expect(list()).toHaveLength(11);
    expect(list().at(-1)).toBe('SyncFailed ×4: (combined from similar events): request 14 failed');
  });

  it('beyond 25 writes about one object is dropped, but counted, until 5 minutes give another', async () => {
    const { clock, recorder, calls, list } = setUp();
    const repeat = async (): Promise<void> => {
      recorder.record(WEB, 'Normal', 'Synced', 'ok');
      await recorder.flush();
    };
    for (let times = 0; times < 40; times++) await repeat();
    expect(calls).toHaveLength(25);
    recorder.record({ ...WEB, name: 'api' }, 'Normal', 'Synced', 'ok');
    await recorder.flush();
    expect(calls).toHaveLength(26);
    await clock.advance(300_000);
    await repeat();
    await repeat();
    expect(calls).toHaveLength(27);
    expect(list()[0]).toBe('Synced ×41: ok');
  });
});

describe('trouble', () => {
  it('an event that expired on the server is made anew', async () => {
    const { recorder, events, calls, list } = setUp();
    recorder.record(WEB, 'Normal', 'Synced', 'ok');
    await recorder.flush();
    events.clear();
    recorder.record(WEB, 'Normal', 'Synced', 'ok');
    await recorder.flush();
    expect(calls).toEqual(['POST', 'PATCH', 'POST']);
    expect(list()).toEqual(['Synced ×2: ok']);
  });

  it('an outage is retried for a while, then the event is dropped and the next one goes on', async () => {
    let down = true;
    const { clock, recorder, calls, errors, list } = setUp((method) => {
      if (down) throw new ConnectionError(method, '/events', new Error('refused'));
    });
    recorder.record(WEB, 'Normal', 'Synced', 'lost');
    await clock.advance(8000);
    expect(calls).toHaveLength(4);
    expect(String(errors)).toContain('refused');
    recorder.record(WEB, 'Normal', 'Synced', 'kept');
    await clock.advance(1500);
    down = false;
    await clock.advance(2000);
    await recorder.flush();
    expect(list()).toEqual(['Synced ×1: kept']);
  });

  it.each([
    ['the write guard', new NotLeaderError('not the leader')],
    ['the server', new ApiError('POST', '/events', 403, { reason: 'Forbidden' })],
  ])('what %s refuses is dropped without another try', async (_, refusal) => {
    const { recorder, calls, errors } = setUp(() => {
      throw refusal;
    });
    expect(() => recorder.record(WEB, 'Normal', 'Synced', 'ok')).not.toThrow();
    await recorder.flush();
    expect(calls).toEqual(['POST']);
    expect(errors).toEqual([refusal]);
  });

  it('an event that was created although its answer was lost is not doubled', async () => {
    let lose = true;
    const { clock, recorder, events, list } = setUp();
    const set = events.set.bind(events);
    events.set = (key, value) => {
      set(key, value);
      if (lose) {
        lose = false;
        throw new ConnectionError('POST', '/events', new Error('reset'));
      }
      return events;
    };
    recorder.record(WEB, 'Normal', 'Synced', 'ok');
    await clock.advance(1000);
    await recorder.flush();
    expect(list()).toEqual(['Synced ×1: ok']);
  });

  it('the queue is bounded', async () => {
    const { clock, recorder, errors } = setUp((method) => {
      throw new ConnectionError(method, '/events', new Error('refused'));
    });
    for (let index = 0; index < 1100; index++) recorder.record({ ...WEB, name: `s${index}` }, 'Normal', 'Synced', 'ok');
    await settle();
    expect(errors.length).toBeGreaterThanOrEqual(99);
    recorder.stop();
    await recorder.flush();
    expect(clock.timers).toBe(0);
    recorder.record(WEB, 'Normal', 'Synced', 'ignored');
    await recorder.flush();
  });
});
