import { describe, expect, test } from 'vitest';
import { isMirrored, mirrorBody, planMirror } from '../../src/endpoints/mirror-plan.ts';
import type { Endpoints, EndpointSlice, EndpointSubset } from '../../src/kube/objects.ts';

const PORTS = [{ name: 'http', port: 80, protocol: 'TCP' as const }];

const endpoints = (subsets: EndpointSubset[], metadata: Partial<Endpoints['metadata']> = {}): Endpoints => ({
  metadata: { name: 'own', namespace: 'ns', uid: 'uid-own', resourceVersion: '1', ...metadata },
  subsets,
});

const some = (...ips: string[]) => endpoints([{ addresses: ips.map((ip) => ({ ip })), ports: PORTS }]);

function plan(of: Endpoints, existing: EndpointSlice[] = [], most = 1000) {
  const { create, update, delete: gone, ...rest } = planMirror(of, existing, most);
  return { create, update, gone, writes: [create.length, update.length, gone.length], ...rest };
}

/** What the API server has after a plan for Endpoints was written. */
function written(of: Endpoints): EndpointSlice[] {
  return plan(of).create.map((draft, index) => {
    const { metadata, ...body } = mirrorBody(draft, of);
    return {
      ...body,
      metadata: { ...metadata, name: `own-${index}`, uid: `u${index}`, resourceVersion: '5' },
    } as unknown as EndpointSlice;
  });
}

test('what is sent', () => {
  const of = endpoints(
    [
      {
        addresses: [
          {
            ip: '192.0.2.1',
            hostname: 'h',
            nodeName: 'n',
            targetRef: { kind: 'Pod', name: 'p', resourceVersion: '3' },
          },
        ],
        notReadyAddresses: [{ ip: '192.0.2.2' }],
        ports: [{ port: 80, protocol: 'TCP', appProtocol: 'x' }],
      },
    ],
    {
      labels: { team: 'a', 'endpointslice.kubernetes.io/managed-by': 'me' },
      annotations: {
        mine: 'x',
        'endpoints.kubernetes.io/last-change-trigger-time': 'then',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
      },
    },
  );
  expect(mirrorBody(plan(of).create[0]!, of)).toEqual({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: 'own-',
      namespace: 'ns',
      labels: {
        team: 'a',
        'kubernetes.io/service-name': 'own',
        'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      },
      annotations: { mine: 'x' },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Endpoints',
          name: 'own',
          uid: 'uid-own',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['192.0.2.1'],
        conditions: { ready: true },
        hostname: 'h',
        nodeName: 'n',
        targetRef: { kind: 'Pod', name: 'p', resourceVersion: '3' },
      },
      { addresses: ['192.0.2.2'], conditions: { ready: false } },
    ],
    ports: [{ name: '', port: 80, protocol: 'TCP', appProtocol: 'x' }],
  });
});

describe('one slice for each list of ports and family', () => {
  const shown = (of: Endpoints) =>
    plan(of)
      .create.map(({ addressType, ports, endpoints: all }) => {
        const addresses = all.map((each) => each.addresses.join());
        return `${addressType} ${ports.map(({ port }) => port).join()}: ${addresses.join(' ')}`;
      })
      .sort();

  test.each<[string, EndpointSubset[], string[]]>([
    ['none', [], []],
    ['one', [{ addresses: [{ ip: '192.0.2.1' }], ports: PORTS }], ['IPv4 80: 192.0.2.1']],
    [
      'both families',
      [{ addresses: [{ ip: '192.0.2.1' }, { ip: '2001:db8::0001' }], ports: PORTS }],
      ['IPv4 80: 192.0.2.1', 'IPv6 80: 2001:db8::1'],
    ],
    [
      'two subsets with the same ports',
      [
        { addresses: [{ ip: '192.0.2.1' }], ports: PORTS },
        { addresses: [{ ip: '192.0.2.2' }], ports: PORTS },
      ],
      ['IPv4 80: 192.0.2.1 192.0.2.2'],
    ],
    [
      'two with other ports',
      [
        { addresses: [{ ip: '192.0.2.1' }], ports: PORTS },
        { addresses: [{ ip: '192.0.2.2' }], ports: [{ port: 81 }] },
      ],
      ['IPv4 80: 192.0.2.1', 'IPv4 81: 192.0.2.2'],
    ],
    ['without ports', [{ addresses: [{ ip: '192.0.2.1' }] }], ['IPv4 : 192.0.2.1']],
    [
      'an address in an irregular form',
      [{ addresses: [{ ip: '192.000.002.001' }], ports: PORTS }],
      ['IPv4 80: 192.0.2.1'],
    ],
  ])('%s', (_, subsets, expected) => {
    expect(shown(endpoints(subsets))).toEqual(expected);
  });
});

describe('what is there already', () => {
  const one = some('192.0.2.1');

  test('stays if it is right', () => {
    expect(plan(one, written(one)).writes).toEqual([0, 0, 0]);
  });

  test.each<[string, Endpoints]>([
    ['another address', some('192.0.2.2')],
    ['one more', some('192.0.2.1', '192.0.2.2')],
    ['not ready', endpoints([{ notReadyAddresses: [{ ip: '192.0.2.1' }], ports: PORTS }])],
    ['a label', { ...one, metadata: { ...one.metadata, labels: { team: 'a' } } }],
    ['an annotation', { ...one, metadata: { ...one.metadata, annotations: { mine: 'x' } } }],
    ['made anew under the same name', { ...one, metadata: { ...one.metadata, uid: 'other' } }],
  ])('is written again: %s', (_, now) => {
    const result = plan(now, written(one));
    expect(result.writes).toEqual([0, 1, 0]);
    expect(mirrorBody(result.update[0]!, now).metadata).toMatchObject({ name: 'own-0', resourceVersion: '5' });
  });

  test('is not written for a trigger time', () => {
    const now = {
      ...one,
      metadata: { ...one.metadata, annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': 'x' } },
    };
    expect(plan(now, written(one)).writes).toEqual([0, 0, 0]);
  });

  test('gives its name to a slice with other ports', () => {
    const now = endpoints([{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 81 }] }]);
    const result = plan(now, written(one));
    expect(result.writes).toEqual([0, 1, 0]);
    expect(result.update[0]).toMatchObject({ replaces: { metadata: { name: 'own-0' } }, ports: [{ port: 81 }] });
  });

  test('but not to one of another family', () => {
    expect(plan(some('2001:db8::1'), written(one)).writes).toEqual([1, 0, 1]);
  });

  test('twice is once too often', () => {
    const [slice] = written(one);
    const twin = { ...slice!, metadata: { ...slice!.metadata, name: 'twin', uid: 'twin' } };
    expect(plan(one, [slice!, twin]).gone).toEqual([twin]);
  });

  test('goes with the last address', () => {
    expect(plan(endpoints([]), written(one)).writes).toEqual([0, 0, 1]);
  });
});

describe('addresses that are not mirrored', () => {
  test('more than so many of a subset', () => {
    const { create, skipped, events } = plan(some('192.0.2.1', '192.0.2.2', '192.0.2.3'), [], 2);
    expect([create[0]?.endpoints.length, skipped]).toEqual([2, 1]);
    expect(events).toEqual([
      {
        type: 'Warning',
        reason: 'TooManyAddressesToMirror',
        message:
          'A max of 2 addresses can be mirrored to EndpointSlices per Endpoints subset. 1 addresses were skipped',
      },
    ]);
  });

  test('ready ones go first', () => {
    const of = endpoints([
      { addresses: [{ ip: '192.0.2.9' }], notReadyAddresses: [{ ip: '192.0.2.1' }], ports: PORTS },
    ]);
    expect(plan(of, [], 1).create[0]?.endpoints).toMatchObject([{ addresses: ['192.0.2.9'] }]);
  });

  test('what is no address', () => {
    const { create, skipped, events } = plan(some('192.0.2.1', 'nonsense'));
    expect([create[0]?.endpoints.length, skipped]).toEqual([1, 1]);
    expect(events).toEqual([
      {
        type: 'Warning',
        reason: 'InvalidIPAddress',
        message: 'Skipped 1 invalid IP addresses when mirroring to EndpointSlices',
      },
    ]);
  });
});

test.each<[object, boolean]>([
  [{}, true],
  [{ labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }, false],
  [{ labels: { 'endpointslice.kubernetes.io/skip-mirror': 'false' } }, true],
  [{ annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }, false],
])('Endpoints with %j are mirrored: %s', (metadata, mirrored) => {
  expect(isMirrored(endpoints([], metadata))).toBe(mirrored);
});
