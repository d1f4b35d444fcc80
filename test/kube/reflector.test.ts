import { describe, expect, it, vi } from 'vitest';
import { ApiError, ConnectionError } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { type ReflectorEvent, type ReflectorOptions, startReflector } from '../../src/kube/reflector.ts';
import type { KubeClient, Method, Query, RequestOptions, WatchOptions } from '../../src/kube/request.ts';
import { WatchSilentError } from '../../src/kube/request.ts';
import { Store } from '../../src/kube/store.ts';
import type { WatchEvent } from '../../src/kube/watch-stream.ts';
import { FakeClock, settle } from './fake-clock.ts';

type Page = { metadata: { resourceVersion: string; continue?: string }; items: KubeObject[] | null };
type Step = { list: Page | Error } | { watch: (WatchEvent | Error)[] };

const object = (name: string, resourceVersion: string): KubeObject => ({
  metadata: { name, namespace: 'ns', uid: name, resourceVersion },
});
const page = (resourceVersion: string, names: string[], token?: string): Step => ({
  list: {
    metadata: { resourceVersion, ...(token && { continue: token }) },
    items: names.map((name) => object(name, resourceVersion)),
  },
});
const event = (type: WatchEvent['type'], name: string, resourceVersion: string): WatchEvent => ({
  type,
  object: object(name, resourceVersion),
});
const gone = new ApiError('WATCH', '/x', 410, { reason: 'Expired' });
const reset = new ConnectionError('WATCH', '/x', new Error('reset'));

/** A client that answers by script; a script that is used up leaves the reflector waiting. */
function follow(script: Step[], options: Partial<ReflectorOptions> = {}) {
  const clock = new FakeClock();
  const store = new Store<KubeObject>();
  const events: ReflectorEvent[] = [];
  /** `list`, `list@token` or `watch@version`. */
  const calls: string[] = [];
  const queries: Query[] = [];
  const stop = new AbortController();
  const next = (call: string, query: Query = {}): Step | undefined => {
    calls.push(call);
    queries.push(query);
    return script.shift();
  };
  const never = () =>
    new Promise<never>((_, reject) => stop.signal.addEventListener('abort', () => reject(new Error('stopped'))));
  const client: KubeClient = {
    request: async <T>(_: Method, __: string, { query }: RequestOptions = {}) => {
      const step = next(query?.continue ? `list@${query.continue}` : 'list', query);
      if (!step) return never();
      if (!('list' in step)) throw new Error('the script expected a watch');
      if (step.list instanceof Error) throw step.list;
      return step.list as T;
    },
    async *watch(_: string, { query }: WatchOptions) {
      const step = next(`watch@${query?.resourceVersion}`, query);
      if (!step) return await never();
      if (!('watch' in step)) throw new Error('the script expected a list');
      for (const item of step.watch) {
        if (item instanceof Error) throw item;
        yield item;
      }
    },
  };
  const base = { path: '/api/v1/services', apiVersion: 'v1', kind: 'Service', clock, random: () => 0 };
  const done = startReflector(client, { ...base, onEvent: (e) => void events.push(e), ...options }, store, stop.signal);
  const reasons = () => events.flatMap((e) => (e.type === 'list' ? [e.reason] : []));
  return { clock, store, events, calls, queries, stop, done, reasons };
}

describe('startReflector', () => {
  it('lists by pages, then watches from the last page’s version', async () => {
    const { store, calls, queries, stop, done } = follow([page('7', ['a', 'b'], 't1'), page('7', ['c'])], {
      labelSelector: 'app=x',
      fieldSelector: 'metadata.name!=y',
    });
    await settle();
    expect(calls).toEqual(['list', 'list@t1', 'watch@7']);
    expect(queries[0]).toMatchObject({ limit: 500, labelSelector: 'app=x', fieldSelector: 'metadata.name!=y' });
    expect(queries[2]).toMatchObject({ allowWatchBookmarks: true, timeoutSeconds: 300, labelSelector: 'app=x' });
    expect(store.keys()).toEqual(['ns/a', 'ns/b', 'ns/c']);
    expect(store.hasSynced).toBe(true);
    stop.abort();
    await done;
  });

  it('stamps kind and version on what it lists, and drops managedFields everywhere', async () => {
    const listed = Object.assign(object('a', '1').metadata, { managedFields: [{}] });
    const watched = event('ADDED', 'b', '2');
    Object.assign(watched.object.metadata, { managedFields: [{}] });
    const { store } = follow([
      { list: { metadata: { resourceVersion: '1' }, items: [{ metadata: listed }] } },
      { watch: [watched] },
    ]);
    await settle();
    expect(store.get('ns/a')).toEqual({ apiVersion: 'v1', kind: 'Service', metadata: object('a', '1').metadata });
    expect(store.get('ns/b')?.metadata).toEqual(object('b', '2').metadata);
  });

  it('applies events, and a bookmark moves nothing but the version', async () => {
    const { store, calls } = follow([
      page('5', ['a', 'b']),
      {
        watch: [
          event('MODIFIED', 'a', '6'),
          event('DELETED', 'b', '7'),
          event('ADDED', 'c', '8'),
          event('BOOKMARK', '', '20'),
        ],
      },
    ]);
    await settle();
    expect(store.keys()).toEqual(['ns/a', 'ns/c']);
    expect(store.get('ns/a')?.metadata.resourceVersion).toBe('6');
    expect(calls).toEqual(['list', 'watch@5', 'watch@20']);
  });

  it('a page that fails starts the list over, and the store never sees half of one', async () => {
    const { clock, store, calls, reasons } = follow([
      page('5', ['a', 'b'], 't1'),
      { list: reset },
      page('9', ['a'], 't2'),
      page('9', ['z']),
    ]);
    await settle();
    expect(store.size).toBe(0);
    expect(store.hasSynced).toBe(false);
    await clock.advance(800);
    expect(calls).toEqual(['list', 'list@t1', 'list', 'list@t2', 'watch@9']);
    expect(reasons()).toEqual(['initial', 'initial']);
    expect(store.keys()).toEqual(['ns/a', 'ns/z']);
  });

  it('a continue token that expired starts over, and the second time asks for all at once', async () => {
    const { clock, queries, reasons } = follow([
      page('5', ['a'], 't1'),
      { list: gone },
      page('6', ['a'], 't2'),
      { list: gone },
      page('7', ['a', 'b']),
    ]);
    await clock.advance(800 + 1600);
    expect(queries.map(({ limit }) => limit)).toEqual([500, 500, 500, 500, undefined, undefined]);
    expect(reasons()).toEqual(['initial', 'continue-expired', 'continue-expired']);
  });

  it.each<[string, Error, string[], string]>([
    ['410', gone, ['initial', 'expired'], 'list'],
    ['silence', new WatchSilentError('/x', 150_000), ['initial', 'silent'], 'list'],
    ['a reset', reset, ['initial'], 'watch@6'],
    ['a 500', new ApiError('WATCH', '/x', 500, {}), ['initial'], 'watch@6'],
    ['a 403', new ApiError('WATCH', '/x', 403, { reason: 'Forbidden' }), ['initial'], 'watch@6'],
  ])('after %s it lists anew or goes on', async (_, error, expected, call) => {
    const { clock, calls, reasons } = follow([page('5', []), { watch: [event('ADDED', 'a', '6'), error] }]);
    await clock.advance(800);
    expect(reasons()).toEqual(expected);
    expect(calls.at(-1)).toBe(call);
  });

  it('a version that goes back means another history: list', async () => {
    const { clock, store, reasons } = follow([
      page('100', ['a']),
      { watch: [event('ADDED', 'b', '30')] },
      page('31', ['b']),
    ]);
    await clock.advance(0);
    expect(reasons()).toEqual(['initial', 'rewound']);
    expect(store.keys()).toEqual(['ns/b']);
  });

  it('backs off while nothing comes, lists included, and starts over after progress', async () => {
    const never = { watch: [gone] };
    const { clock, calls, events } = follow([
      page('1', []),
      never,
      page('2', []),
      never,
      page('3', []),
      never,
      page('4', []),
      { watch: [event('ADDED', 'a', '5'), reset] },
      { watch: [reset] },
    ]);
    await clock.advance(60_000);
    const delays = events.flatMap((e) => (e.type === 'error' ? [e.retryInMs] : []));
    expect(delays).toEqual([0, 1600, 3200, 800, 1600]);
    expect(calls.at(-1)).toBe('watch@5');
  });

  it('waits as long as the server asks', async () => {
    const busy = new ApiError('GET', '/x', 429, { reason: 'TooManyRequests' }, 7000);
    const { clock, calls } = follow([{ list: busy }]);
    await clock.advance(6999);
    expect(calls).toHaveLength(1);
    await clock.advance(1);
    expect(calls).toHaveLength(2);
  });

  it('never waits longer than its limit, and goes on for ever', async () => {
    const failures = Array.from({ length: 50 }, () => ({ list: reset }));
    const { clock, calls, store } = follow([...failures, page('1', ['a'])]);
    await clock.advance(50 * 30_000);
    expect(calls).toHaveLength(52);
    expect(store.size).toBe(1);
  });

  it('a watch that the server ends is reopened at once; one that it ends without a word is not', async () => {
    const { clock, calls } = follow([page('1', []), { watch: [event('BOOKMARK', '', '2')] }, { watch: [] }]);
    await settle();
    expect(calls).toEqual(['list', 'watch@1', 'watch@2']);
    await clock.advance(800);
    expect(calls).toEqual(['list', 'watch@1', 'watch@2', 'watch@2']);
  });

  it('stops while it waits, and whatever its listeners throw is theirs', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { clock, done, stop, calls } = follow([{ list: reset }], {
      onEvent: () => {
        throw new Error('broken listener');
      },
    });
    await settle();
    stop.abort();
    await done;
    expect(calls).toEqual(['list']);
    expect(clock.timers).toBe(0);
    expect(warn).toHaveBeenCalledTimes(2);
    warn.mockRestore();
  });
});
