import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EventExpiry, recordEvent } from '../../../src/cluster/controllers/events.ts';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { type World, world } from './world.ts';

let it: World;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
  it = world();
});
afterEach(() => {
  it.loop.stop();
  vi.useRealTimers();
});

const events = (): KubeObject[] => Array.from(it.registry.store.list('events'), ({ object }) => object);
const shown = () =>
  events().map(
    (one) => `${one.metadata.namespace} ${one['type']} ${one['reason']}: ${one['message']} x${one['count']}`,
  );

test('the same again counts up, another message is another event', () => {
  const pod = it.make('v1', 'ConfigMap', { name: 'web', namespace: 'default' });
  recordEvent(it.registry, 'kubelet', pod, 'Normal', 'Started', 'one');
  vi.advanceTimersByTime(5000);
  recordEvent(it.registry, 'kubelet', pod, 'Normal', 'Started', 'one');
  recordEvent(it.registry, { component: 'kubelet', host: 'node-1' }, pod, 'Warning', 'BackOff', 'two');
  expect(shown()).toEqual(['default Normal Started: one x2', 'default Warning BackOff: two x1']);
  const [first, second] = events();
  expect(first).toMatchObject({
    involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', name: 'web', namespace: 'default', uid: pod.metadata.uid },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:05Z',
    source: { component: 'kubelet' },
  });
  expect(second?.['source']).toEqual({ component: 'kubelet', host: 'node-1' });
});

test('of what has no namespace they are in default, and one that is refused is dropped', () => {
  const node = it.make('v1', 'Node', { name: 'node-1' });
  recordEvent(it.registry, 'node-controller', node, 'Normal', 'NodeNotReady', 'gone');
  const lost = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'nowhere' } };
  recordEvent(it.registry, 'node-controller', lost, 'Normal', 'NodeNotReady', 'gone');
  expect(shown()).toEqual(['default Normal NodeNotReady: gone x1']);
});

test('an event goes an hour after its last occurrence', () => {
  new EventExpiry(it.registry, it.loop);
  const object = it.make('v1', 'ConfigMap', { name: 'web', namespace: 'default' });
  recordEvent(it.registry, 'kubelet', object, 'Normal', 'Old', 'one');
  vi.advanceTimersByTime(1_800_000);
  recordEvent(it.registry, 'kubelet', object, 'Normal', 'New', 'one');
  vi.advanceTimersByTime(1_700_000);
  expect(shown()).toHaveLength(2);
  vi.advanceTimersByTime(500_000);
  expect(shown()).toEqual(['default Normal New: one x1']);
});
