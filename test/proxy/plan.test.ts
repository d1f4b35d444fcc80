import { expect, test } from 'vitest';
import type { Frontend } from '../../src/proxy/desired.ts';
import { FrontendTable, sameFrontend } from '../../src/proxy/plan.ts';
import { readRange } from '../../src/service/address.ts';
import { endpoint, frontend } from './make.ts';

const A = endpoint('10.0.0.1');
const B = endpoint('10.0.0.2');

/** Each change as `KEY: holder and endpoints before → after`. */
function change(table: FrontendTable, service: string, age: string, frontends: Frontend[]) {
  const { changes, conflicts } = table.set(service, age, frontends);
  const text = (one: Frontend | undefined) =>
    one ? `${one.service} ${one.endpoints.map(({ address }) => address).join(',')}` : '-';
  return {
    changes: changes.map(({ key, old, next }) => `${key}: ${text(old)} → ${text(next)}`),
    conflicts: conflicts.map(({ key, holder, refused }) => `${key}: ${holder} before ${refused}`),
  };
}

const of = (service: string, rest: Partial<Frontend> = {}) =>
  frontend('10.96.0.1', 80, [A], { kind: 'externalIP', service, ...rest });

test('a Service comes, changes, moves and goes', () => {
  const table = new FrontendTable();
  const none: string[] = [];
  expect(change(table, 'a/a', '1', [of('a/a')])).toEqual({
    changes: ['TCP 10.96.0.1:80: - → a/a 10.0.0.1'],
    conflicts: none,
  });
  expect(change(table, 'a/a', '1', [of('a/a')])).toEqual({ changes: none, conflicts: none });
  expect(change(table, 'a/a', '1', [of('a/a', { endpoints: [A, B] })])).toEqual({
    changes: ['TCP 10.96.0.1:80: a/a 10.0.0.1 → a/a 10.0.0.1,10.0.0.2'],
    conflicts: none,
  });
  expect(change(table, 'a/a', '1', [frontend('10.96.0.1', 81, [A], { service: 'a/a' })])).toEqual({
    changes: ['TCP 10.96.0.1:80: a/a 10.0.0.1,10.0.0.2 → -', 'TCP 10.96.0.1:81: - → a/a 10.0.0.1'],
    conflicts: none,
  });
  expect(change(table, 'a/a', '1', [])).toEqual({
    changes: ['TCP 10.96.0.1:81: a/a 10.0.0.1 → -'],
    conflicts: none,
  });
  expect(table.size).toBe(0);
});

test('the older Service has an address that two want, and the other gets it when that one goes', () => {
  const table = new FrontendTable();
  change(table, 'a/young', '2', [of('a/young')]);
  expect(change(table, 'a/old', '1', [of('a/old')])).toEqual({
    changes: ['TCP 10.96.0.1:80: a/young 10.0.0.1 → a/old 10.0.0.1'],
    conflicts: ['TCP 10.96.0.1:80: a/old before a/young'],
  });
  expect(change(table, 'a/same', '1', [of('a/same')]).changes).toEqual([]);
  expect(change(table, 'a/old', '1', []).changes).toEqual(['TCP 10.96.0.1:80: a/old 10.0.0.1 → a/same 10.0.0.1']);
  expect(change(table, 'a/same', '1', []).changes).toEqual(['TCP 10.96.0.1:80: a/same 10.0.0.1 → a/young 10.0.0.1']);
});

test("nobody takes another's ClusterIP by an external IP, however old", () => {
  const table = new FrontendTable();
  change(table, 'a/thief', '1', [of('a/thief')]);
  expect(change(table, 'a/own', '2', [of('a/own', { kind: 'clusterIP' })]).changes).toEqual([
    'TCP 10.96.0.1:80: a/thief 10.0.0.1 → a/own 10.0.0.1',
  ]);
});

test('an external IP that is the ClusterIP changes nothing', () => {
  const table = new FrontendTable();
  const own = of('a/a', { kind: 'clusterIP' });
  expect(change(table, 'a/a', '1', [own, of('a/a')])).toEqual({
    changes: ['TCP 10.96.0.1:80: - → a/a 10.0.0.1'],
    conflicts: [],
  });
});

const range = (text: string) => [readRange(text)].flatMap((read) => read ?? []);
test.each<[string, Partial<Frontend>]>([
  ['kind', { kind: 'nodePort' }],
  ['service', { service: 'a/b' }],
  ['port name', { portName: 'http' }],
  ['policy', { policy: 'Local' }],
  ['endpoints', { endpoints: [A, B] }],
  ['another endpoint', { endpoints: [B] }],
  ['an endpoint that is on this node', { endpoints: [{ ...A, local: true }] }],
  ["inside's endpoints", { insideEndpoints: [] }],
  ['verdict', { otherwise: 'drop' }],
  ['what serves', { serving: new Set(['10.0.0.2:8080']) }],
  ['affinity', { affinitySeconds: 10 }],
  ['ranges', { sourceRanges: range('10.0.0.0/8') }],
])('frontends differ by %s', (_, rest) => {
  expect(sameFrontend(of('a/a'), of('a/a'))).toBe(true);
  expect(sameFrontend(of('a/a'), of('a/a', rest))).toBe(false);
});

test('ranges differ by their text', () => {
  const from = (text: string) => of('a/a', { sourceRanges: range(text) });
  expect(sameFrontend(from('10.0.0.0/8'), from('10.0.0.0/8'))).toBe(true);
  expect(sameFrontend(from('10.0.0.0/8'), from('11.0.0.0/8'))).toBe(false);
});
