import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { Membership } from '../../src/endpoints/membership.ts';
import { TriggerTimes } from '../../src/endpoints/trigger-time.ts';
import { pod as makePod, service } from './make.ts';

interface Pod {
  metadata: { name: string; namespace: string; labels: Record<string, string> };
}

const pod = (name: string, labels: Record<string, string>, namespace = 'ns'): Pod => ({
  metadata: { name, namespace, labels },
});

const namesOf = (membership: Membership<Pod>, key: string) =>
  membership.podsOf('ns', key).map(({ metadata }) => metadata.name);

describe('which pods a Service selects', () => {
  test('those that have all of its labels, whichever came first', () => {
    const membership = new Membership<Pod>();
    membership.setService('ns', 'ns/before', { app: 'web', tier: 'front' });
    const one = pod('one', { app: 'web', tier: 'front', extra: 'x' });
    expect(membership.setPod('ns/one', undefined, one)).toEqual({ before: [], after: ['ns/before'] });
    expect(membership.setPod('ns/two', undefined, pod('two', { app: 'web' }))).toEqual({ before: [], after: [] });
    membership.setService('ns', 'ns/after', { app: 'web' });
    expect(namesOf(membership, 'ns/before')).toEqual(['one']);
    expect(namesOf(membership, 'ns/after')).toEqual(['one', 'two']);
  });

  test('not those of another namespace', () => {
    const membership = new Membership<Pod>();
    membership.setService('ns', 'ns/web', { app: 'web' });
    expect(membership.setPod('other/one', undefined, pod('one', { app: 'web' }, 'other')).after).toEqual([]);
  });

  test('a pod that moves from one to another', () => {
    const membership = new Membership<Pod>();
    membership.setService('ns', 'ns/blue', { color: 'blue' });
    membership.setService('ns', 'ns/green', { color: 'green' });
    const [blue, green] = [pod('one', { color: 'blue' }), pod('one', { color: 'green' })];
    membership.setPod('ns/one', undefined, blue);
    expect(membership.setPod('ns/one', blue, green)).toEqual({ before: ['ns/blue'], after: ['ns/green'] });
    expect([namesOf(membership, 'ns/blue'), namesOf(membership, 'ns/green')]).toEqual([[], ['one']]);
    expect(membership.setPod('ns/one', green, undefined)).toEqual({ before: ['ns/green'], after: [] });
  });

  test('a pod that changes otherwise is the new one', () => {
    const membership = new Membership<Pod>();
    membership.setService('ns', 'ns/web', { app: 'web' });
    const old = pod('one', { app: 'web' });
    membership.setPod('ns/one', undefined, old);
    const next = { metadata: { ...old.metadata } };
    membership.setPod('ns/one', old, next);
    expect(membership.podsOf('ns', 'ns/web')[0]).toBe(next);
  });

  test('a Service that selects others, or nothing any more', () => {
    const membership = new Membership<Pod>();
    membership.setService('ns', 'ns/web', { app: 'web' });
    membership.setPod('ns/one', undefined, pod('one', { app: 'web' }));
    membership.setPod('ns/two', undefined, pod('two', { app: 'api' }));
    membership.setService('ns', 'ns/web', { app: 'api' });
    expect(namesOf(membership, 'ns/web')).toEqual(['two']);
    membership.setService('ns', 'ns/web', undefined);
    expect(namesOf(membership, 'ns/web')).toEqual([]);
  });

  test('whatever happens, as if it were looked up anew', () => {
    const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), { maxKeys: 3 });
    const change = fc.record({ what: fc.constantFrom('service', 'pod'), at: fc.nat(3), labels: fc.option(labels) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const membership = new Membership<Pod>();
        const pods = new Map<string, Pod>();
        const services = new Map<string, Record<string, string>>();
        for (const { what, at, labels: next } of changes) {
          const key = `ns/${at}`;
          if (what === 'pod') {
            const old = pods.get(key);
            const now = next ? pod(String(at), next) : undefined;
            if (!old && !now) continue;
            const { after } = membership.setPod(key, old, now);
            expect(new Set(after).size).toBe(after.length);
            if (now) pods.set(key, now);
            else pods.delete(key);
          } else {
            membership.setService('ns', key, next ?? undefined);
            if (next && Object.keys(next).length > 0) services.set(key, next);
            else services.delete(key);
          }
        }
        for (let at = 0; at < 4; at++) {
          const selector = services.get(`ns/${at}`);
          const expected = [...pods.values()].filter(
            ({ metadata }) =>
              selector && Object.entries(selector).every(([name, value]) => metadata.labels[name] === value),
          );
          expect(namesOf(membership, `ns/${at}`).sort()).toEqual(expected.map(({ metadata }) => metadata.name).sort());
        }
      }),
    );
  });
});

describe('the time of the change that a write answers', () => {
  const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
  const ready = (name: string, second: number) => makePod(name, { since: at(second) });
  const of = service({}, { creationTimestamp: at(5) });

  test.each<[string, ReturnType<typeof ready>[][], (string | undefined)[]]>([
    ['of a new Service is its creation, whatever its pods are', [[ready('a', 1), ready('b', 9)]], [at(5)]],
    ['of nothing is none', [[ready('a', 1)], [ready('a', 1)]], [at(5), undefined]],
    ['of a pod that became ready', [[], [ready('a', 7)]], [at(5), at(7)]],
    ['of several is the earliest', [[], [ready('a', 9), ready('b', 8)]], [at(5), at(8)]],
    ['counts only what is new', [[ready('a', 6)], [ready('a', 6), ready('b', 8)]], [at(5), at(8)]],
    ['of a pod that went is none', [[ready('a', 6), ready('b', 7)], [ready('a', 6)]], [at(5), undefined]],
    ['of a pod that went and came again', [[ready('a', 6)], [], [ready('a', 9)]], [at(5), undefined, at(9)]],
  ])('%s', (_, syncs, expected) => {
    const times = new TriggerTimes();
    expect(syncs.map((pods) => times.next('ns/web', of, pods))).toEqual(expected);
  });

  test('of a Service that came again is its creation', () => {
    const times = new TriggerTimes();
    times.next('ns/web', of, [ready('a', 6)]);
    times.forget('ns/web');
    const again = service({}, { creationTimestamp: at(20) });
    expect(times.next('ns/web', again, [ready('a', 6)])).toBe(at(20));
  });

  test('of a Service that was replaced unseen is the creation of the new one', () => {
    const times = new TriggerTimes();
    times.next('ns/web', of, []);
    expect(times.next('ns/web', service({}, { creationTimestamp: at(20) }), [])).toBe(at(20));
  });
});
