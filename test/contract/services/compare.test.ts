import { describe, expect, test } from 'vitest';
import type { Json } from './case.ts';
import { compareAnswers, compareValues } from './compare.ts';
import { type Allowed, unexpected } from './differences.ts';
import { inLane } from './lane.ts';
import { neutral } from './neutral.ts';
import { bandOfIp, bandOfPort, type Ranges } from './ranges.ts';
import { type Answer, type Exchange, mergePatch } from './run.ts';
import { shrink } from './shrink.ts';

const RANGES: Ranges = { cidrs: ['10.96.0.0/16', 'fd00:96::/108'], ports: { first: 30000, last: 32767 } };
const WINDOW = { from: Date.parse('2026-01-01T00:00:00Z'), to: Date.parse('2026-01-01T00:10:00Z') };

const exchange = (request: Json, body: Json, warnings: string[] = []): Exchange => ({
  method: 'POST',
  path: '/',
  body: request,
  answer: { status: 200, contentType: 'application/json', warnings, body },
});
const bodiesOf = (...exchanges: Exchange[]): Json[] => neutral(exchanges, RANGES, WINDOW).map(({ body }) => body);
const service = (spec: Json, metadata: Json = {}): Json => ({ kind: 'Service', metadata, spec });

describe('a neutral answer', () => {
  const cases: { name: string; exchanges: Exchange[]; bodies: Json[] }[] = [
    {
      name: 'numbers that the server chose are symbols with their bands',
      exchanges: [
        exchange(
          {},
          service({ clusterIP: '10.96.7.1', clusterIPs: ['10.96.7.1', 'fd00:96::1234'], ports: [{ nodePort: 31000 }] }),
        ),
      ],
      bodies: [
        service({
          clusterIP: '<dynamic ip4 1>',
          clusterIPs: ['<dynamic ip4 1>', '<dynamic ip6 1>'],
          ports: [{ nodePort: '<dynamic port 1>' }],
        }),
      ],
    },
    {
      name: 'a number out of the static band reads otherwise',
      exchanges: [
        exchange({}, service({ clusterIP: '10.96.0.9', ports: [{ nodePort: 30001 }], healthCheckNodePort: 30086 })),
      ],
      bodies: [
        service({
          clusterIP: '<static ip4 1>',
          ports: [{ nodePort: '<static port 1>' }],
          healthCheckNodePort: '<dynamic port 1>',
        }),
      ],
    },
    {
      name: 'numbers that the request chose stay',
      exchanges: [
        exchange(
          { spec: { clusterIP: '10.96.7.1', ports: [{ nodePort: 31000 }] } },
          service({ clusterIP: '10.96.7.1', ports: [{ nodePort: 31000 }] }),
        ),
      ],
      bodies: [service({ clusterIP: '10.96.7.1', ports: [{ nodePort: 31000 }] })],
    },
    {
      name: 'numbers out of range stay',
      exchanges: [exchange({}, service({ clusterIP: '10.97.0.1', ports: [{ nodePort: 32769 }] }))],
      bodies: [service({ clusterIP: '10.97.0.1', ports: [{ nodePort: 32769 }] })],
    },
    {
      name: 'what is kept and what changes can be told apart, also where an answer is sent back',
      exchanges: [
        exchange({}, service({ clusterIP: '10.96.7.1' })),
        exchange(service({ clusterIP: '10.96.7.1' }), service({ clusterIP: '10.96.7.1' })),
        exchange({}, service({ clusterIP: '10.96.7.2' })),
      ],
      bodies: [
        service({ clusterIP: '<dynamic ip4 1>' }),
        service({ clusterIP: '<dynamic ip4 1>' }),
        service({ clusterIP: '<dynamic ip4 2>' }),
      ],
    },
    {
      name: 'numbers in texts, and in objects quoted in them',
      exchanges: [
        exchange(
          {},
          {
            kind: 'Status',
            message:
              'IP 10.96.7.1 and port 31000: {\\"nodePort\\":31001,\\"resourceVersion\\":\\"77\\"} of 10.96.0.0/16, 30000-32767',
          },
        ),
      ],
      bodies: [
        {
          kind: 'Status',
          message:
            'IP <dynamic ip4 1> and port <dynamic port 1>: {\\"nodePort\\":<dynamic port 2>,\\"resourceVersion\\":\\"<version 1>\\"} of 10.96.0.0/16, <static port 1>-<dynamic port 3>',
        },
      ],
    },
    {
      name: 'uids, versions and times',
      exchanges: [
        exchange(
          {},
          service(
            {},
            {
              uid: '00000000-0000-4000-8000-000000000001',
              resourceVersion: '7',
              creationTimestamp: '2026-01-01T00:05:00Z',
              old: '2020-01-01T00:00:00Z',
            },
          ),
        ),
        exchange({}, service({}, { uid: '00000000-0000-4000-8000-000000000001', resourceVersion: '7' })),
        exchange({}, service({}, { uid: '00000000-0000-4000-8000-000000000002', resourceVersion: '9' })),
      ],
      bodies: [
        service(
          {},
          { uid: '<uid 1>', resourceVersion: '<version 1>', creationTimestamp: '<now>', old: '2020-01-01T00:00:00Z' },
        ),
        service({}, { uid: '<uid 1>', resourceVersion: '<version 1>' }),
        service({}, { uid: '<uid 2>', resourceVersion: '<version 2>' }),
      ],
    },
    {
      name: "a list's version is any",
      exchanges: [
        exchange(undefined, {
          kind: 'ServiceList',
          metadata: { resourceVersion: '9' },
          items: [{ metadata: { resourceVersion: '7' } }],
        }),
      ],
      bodies: [
        {
          kind: 'ServiceList',
          metadata: { resourceVersion: '<version>' },
          items: [{ metadata: { resourceVersion: '<version 1>' } }],
        },
      ],
    },
    {
      name: 'names made from a prefix',
      exchanges: [
        exchange({ metadata: { generateName: 'web-' } }, service({}, { name: 'web-x2bcd' })),
        exchange(
          { metadata: { generateName: 'web-' } },
          { kind: 'Status', message: 'services "web-x2bcd" and "web-zzzzz", not "web-aeiou"' },
        ),
      ],
      bodies: [
        service({}, { name: 'web-<random 1>' }),
        { kind: 'Status', message: 'services "web-<random 1>" and "web-<random 2>", not "web-aeiou"' },
      ],
    },
    {
      name: "managers in an order that doesn't depend on seconds",
      exchanges: [
        exchange(
          {},
          service(
            {},
            {
              managedFields: [
                { manager: 'b', operation: 'Update', time: '2026-01-01T00:00:01Z' },
                { manager: 'a', operation: 'Update', time: '2026-01-01T00:00:02Z' },
              ],
            },
          ),
        ),
      ],
      bodies: [
        service(
          {},
          {
            managedFields: [
              { manager: 'a', operation: 'Update', time: '<now>' },
              { manager: 'b', operation: 'Update', time: '<now>' },
            ],
          },
        ),
      ],
    },
    {
      name: 'the namespace of the lane',
      exchanges: [exchange({}, service({}, { namespace: 'lane-3-11', name: 'lane-3x' }))],
      bodies: [service({}, { namespace: '<namespace>', name: 'lane-3x' })],
    },
  ];
  test.each(cases)('$name', ({ exchanges, bodies }) => {
    expect(bodiesOf(...exchanges)).toEqual(bodies);
  });

  test('numbers symbols alike for two orders of keys', () => {
    const one = service({ clusterIP: '10.96.7.1', healthCheckNodePort: 31000, ports: [{ nodePort: 31001 }] });
    const other = service({ ports: [{ nodePort: 31001 }], healthCheckNodePort: 31000, clusterIP: '10.96.7.1' });
    expect(bodiesOf(exchange({}, one))).toEqual(bodiesOf(exchange({}, other)));
  });
});

describe('a comparison', () => {
  const cases: { name: string; first: Json; second: Json; paths: string[] }[] = [
    { name: 'the same in another order of keys', first: { a: 1, b: [1, 2] }, second: { b: [1, 2], a: 1 }, paths: [] },
    { name: 'another value', first: { a: { b: [1, 2] } }, second: { a: { b: [1, 3] } }, paths: ['a.b[1]'] },
    { name: 'a key less', first: { a: 1 }, second: {}, paths: ['a'] },
    { name: 'an item more', first: [1], second: [1, 2], paths: ['[1]'] },
    { name: 'another order of items', first: [1, 2], second: [2, 1], paths: ['[0]', '[1]'] },
    { name: 'null is not absent', first: { a: null }, second: {}, paths: ['a'] },
    { name: 'a list is not an object', first: [], second: {}, paths: [''] },
    { name: 'a number is not a string', first: 1, second: '1', paths: [''] },
  ];
  test.each(cases)('$name', ({ first, second, paths }) => {
    expect(compareValues(first, second).map(({ path }) => path)).toEqual(paths);
  });

  test('tells the step', () => {
    const answer: Answer = { status: 200, contentType: '', warnings: [], body: {} };
    const found = compareAnswers('a case', [answer, answer], [answer, { ...answer, status: 201 }]);
    expect(found).toEqual([{ case: 'a case', step: 1, path: 'status', first: 200, second: 201 }]);
  });

  test('of a step that one side lacks', () => {
    const answer: Answer = { status: 200, contentType: '', warnings: [], body: {} };
    expect(compareAnswers('a case', [answer], [])).toMatchObject([{ step: 0, path: '' }]);
  });
});

describe('listed differences', () => {
  const found = { cluster: 'single', case: 'a', step: 0, path: 'status', first: 0, second: 500 } as const;
  const listed: Allowed = { ...found, source: 'https://example.com' };
  test.each([
    { name: 'one that is listed', found: [found], allowed: [listed], unlisted: 0, gone: 0 },
    { name: 'one that is not', found: [found], allowed: [], unlisted: 1, gone: 0 },
    { name: 'one that no longer occurs', found: [], allowed: [listed], unlisted: 0, gone: 1 },
    { name: 'one with another value', found: [{ ...found, second: 400 }], allowed: [listed], unlisted: 1, gone: 1 },
    {
      name: 'one on another cluster',
      found: [{ ...found, cluster: 'dual' as const }],
      allowed: [listed],
      unlisted: 1,
      gone: 1,
    },
  ])('$name', (one) => {
    const { unlisted, gone } = unexpected(one.found, one.allowed);
    expect([unlisted.length, gone.length]).toEqual([one.unlisted, one.gone]);
  });
});

describe('bands', () => {
  test.each([
    ['10.96.0.0', undefined],
    ['10.96.0.1', { family: 4, band: 'static' }],
    ['10.96.1.0', { family: 4, band: 'static' }],
    ['10.96.1.1', { family: 4, band: 'dynamic' }],
    ['10.96.255.254', { family: 4, band: 'dynamic' }],
    ['10.96.255.255', undefined],
    ['10.97.0.1', undefined],
    ['fd00:96::', undefined],
    ['fd00:96::100', { family: 6, band: 'static' }],
    ['fd00:96::101', { family: 6, band: 'dynamic' }],
    ['fd00:96::f:ffff', { family: 6, band: 'dynamic' }],
    ['fd00:96::10:0', undefined],
    ['foo', undefined],
  ])('%s', (ip, expected) => {
    expect(bandOfIp(ip, RANGES)).toEqual(expected);
  });
  test.each([
    [29999, undefined],
    [30000, 'static'],
    [30085, 'static'],
    [30086, 'dynamic'],
    [32767, 'dynamic'],
    [32768, undefined],
  ])('%i', (port, expected) => {
    expect(bandOfPort(port, RANGES)).toBe(expected);
  });
  test('a range of sixteen has no static band', () => {
    const small: Ranges = { cidrs: ['10.97.0.0/28'], ports: { first: 30000, last: 30009 } };
    expect([bandOfIp('10.97.0.1', small)?.band, bandOfPort(30000, small)]).toEqual(['dynamic', 'dynamic']);
  });
});

test('a lane has numbers of its own', () => {
  const body = {
    ports: [{ port: 80, nodePort: 30011 }],
    clusterIPs: ['10.96.0.10', 'fd00:96::2f'],
    text: '{"nodePort":30000}',
  };
  expect(inLane(body, 0)).toEqual(body);
  expect(inLane(body, 5)).toEqual({
    ports: [{ port: 80, nodePort: 30071 }],
    clusterIPs: ['10.96.0.160', 'fd00:96::cf'],
    text: '{"nodePort":30060}',
  });
  expect(inLane(['10.96.0.1', '10.96.0.100', 30012, '10.97.0.10', '10.96.0.10.1'], 1)).toEqual([
    '10.96.0.1',
    '10.96.0.100',
    30012,
    '10.97.0.10',
    '10.96.0.10.1',
  ]);
});

test.each([
  [
    { a: 1, b: { c: 2 } },
    { b: { c: null, d: 3 }, e: [1] },
    { a: 1, b: { d: 3 }, e: [1] },
  ],
  [{ a: [1, 2] }, { a: { b: 1 } }, { a: { b: 1 } }],
  [undefined, { a: null, b: 1 }, { b: 1 }],
])('a merge patch of %j with %j', (target, patch, expected) => {
  expect(mergePatch(target, patch)).toEqual(expected);
});

test('a failing case becomes as small as it can be', async () => {
  const made = {
    name: 'x',
    steps: [
      { verb: 'create', body: { spec: { a: 1, b: [1, 2, 3] } }, query: { dryRun: 'All' } },
      { verb: 'get' },
      { verb: 'patch', body: { c: 1 } },
    ],
  } as const;
  const fails = (one: { steps: readonly Json[] }) =>
    Promise.resolve(one.steps.some(({ body }) => body?.spec?.b?.includes(2)));
  expect(await shrink(made, fails)).toEqual({ name: 'x', steps: [{ verb: 'create', body: { spec: { b: [2] } } }] });
});
