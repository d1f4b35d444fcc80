import { describe, expect, test } from 'vitest';
import { planEndpoints } from '../../src/endpoints/endpoints-plan.ts';
import { repackSubsets, sameSubsets } from '../../src/endpoints/subsets.ts';
import type { Endpoints, EndpointSubset, Service } from '../../src/kube/objects.ts';
import { pod, type PodOptions, podsOf, service } from './make.ts';

/** `ready | not ready : ports` of each subset. */
const shown = (subsets: readonly EndpointSubset[]) =>
  subsets
    .map(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
      const list = (all: { ip: string }[]) => all.map(({ ip }) => ip).join(',');
      return `${list(addresses)}|${list(notReadyAddresses)}:${ports.map(({ port }) => port).join(',')}`;
    })
    .sort();

const planned = (of: Service, pods: ReturnType<typeof pod>[]) =>
  planEndpoints(of, pods, undefined, undefined)?.subsets ?? [];

/** As the API server has it after the plan was written. */
function stored(of: Service, pods: ReturnType<typeof pod>[], metadata: object = {}): Endpoints {
  const body = planEndpoints(of, pods, undefined, undefined)!;
  return {
    ...body,
    metadata: { uid: 'u', namespace: 'ns', resourceVersion: '9', ...body.metadata, ...metadata },
  };
}

describe("a Service's Endpoints", () => {
  const [one, two] = podsOf(2);

  test('what is sent', () => {
    const of = service(
      { clusterIP: 'None', ports: [{ name: 'http', port: 80, targetPort: 'http', appProtocol: 'x' }] },
      { labels: { team: 'a' } },
    );
    expect(planEndpoints(of, [pod('web', { hostname: 'h', subdomain: 'web' })], undefined, 'then')).toEqual({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        name: 'web',
        labels: {
          team: 'a',
          'service.kubernetes.io/headless': '',
          'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
        },
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': 'then' },
      },
      subsets: [
        {
          addresses: [
            {
              ip: '10.1.0.1',
              hostname: 'h',
              nodeName: 'node-a',
              targetRef: { kind: 'Pod', namespace: 'ns', name: 'web', uid: 'uid-web' },
            },
          ],
          ports: [{ name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'x' }],
        },
      ],
    });
  });

  const dns = { name: 'dns', port: 53, protocol: 'UDP' as const };
  const named = { name: 'http', port: 80, targetPort: 'http' };
  test.each<[string, Partial<Service['spec']>, [string, PodOptions][], string[]]>([
    ['nobody', {}, [], []],
    ['one', {}, [['a', {}]], ['10.1.0.1|:8080']],
    ['not ready', {}, [['a', { ready: false }]], ['|10.1.0.1:8080']],
    ['published all the same', { publishNotReadyAddresses: true }, [['a', { ready: false }]], ['10.1.0.1|:8080']],
    ['one that ends is not there', {}, [['a', { terminating: true }]], []],
    ['unless published', { publishNotReadyAddresses: true }, [['a', { terminating: true }]], ['10.1.0.1|:8080']],
    ['one whose node is missing is there', {}, [['a', { node: 'gone' }]], ['10.1.0.1|:8080']],
    ['two ports', { ports: [named, dns] }, [['a', {}]], ['10.1.0.1|:8080,53']],
    [
      'a named port that only one has',
      { ports: [named, dns] },
      [
        ['a', {}],
        ['b', { ips: ['10.1.0.2'], ports: [] }],
      ],
      ['10.1.0.1,10.1.0.2|:53', '10.1.0.1|:8080'],
    ],
    ['headless, without ports', { ports: [], clusterIP: 'None' }, [['a', {}]], ['10.1.0.1|:']],
    ['without ports, not headless', { ports: [] }, [['a', {}]], []],
    [
      'the first family only',
      { ipFamilies: ['IPv6', 'IPv4'] },
      [['a', { ips: ['10.1.0.1', 'fd00::1'] }]],
      ['fd00::1|:8080'],
    ],
    ['no address of that family', { ipFamilies: ['IPv6'] }, [['a', {}]], []],
    [
      'two pods with the address of their node',
      {},
      [
        ['a', {}],
        ['b', {}],
      ],
      ['10.1.0.1,10.1.0.1|:8080'],
    ],
  ])('%s', (_, spec, pods, subsets) => {
    const made = pods.map(([name, options]) => pod(name, options));
    expect(shown(planned(service(spec), made))).toEqual(subsets);
  });

  test.each<[string, Endpoints]>([
    ['as they were written', stored(service(), [one!, two!])],
    [
      'with annotations and a headless label of others',
      stored(service(), [one!, two!], { annotations: { mine: 'x' } }),
    ],
    [
      'in another order',
      { ...stored(service(), [one!, two!]), subsets: [{ ...stored(service(), [two!, one!]).subsets![0]! }] },
    ],
  ])('nothing is written for Endpoints %s', (_, current) => {
    expect(planEndpoints(service(), [one!, two!], current, 'now')).toBeUndefined();
  });

  const labels = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
  test.each<[string, Endpoints, Service]>([
    ['a label of the Service', stored(service(), [one!, two!]), service({}, { labels: { team: 'a' } })],
    ['a stray label', stored(service(), [one!, two!], { labels: { ...labels, stray: 'x' } }), service()],
    ['nobody wrote them yet', stored(service(), [one!, two!], { labels: {} }), service()],
    [
      'over capacity once',
      stored(service(), [one!, two!], { annotations: { 'endpoints.kubernetes.io/over-capacity': 'truncated' } }),
      service(),
    ],
    ['another pod', stored(service(), [one!]), service()],
  ])('they are written again: %s', (_, current, of) => {
    const body = planEndpoints(of, [one!, two!], current, undefined);
    expect(body?.metadata).toMatchObject({ name: 'web', resourceVersion: '9', labels });
    expect(body?.metadata['annotations']).toEqual({});
  });
});

describe('more than 1,000 addresses', () => {
  const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'http' }] });
  const count = (subsets: readonly EndpointSubset[]) =>
    subsets.map(({ addresses = [], notReadyAddresses = [] }) => [addresses.length, notReadyAddresses.length]);

  test.each([1000, 1001, 1200])('of %d ready ones the first 1,000 are there', (number) => {
    const body = planEndpoints(named, podsOf(number), undefined, undefined);
    expect(count(body?.subsets ?? [])).toEqual([[1000, 0]]);
    const truncated = number > 1000 ? { 'endpoints.kubernetes.io/over-capacity': 'truncated' } : {};
    expect(body?.metadata['annotations']).toEqual(truncated);
  });

  test('not ready ones fill what is left', () => {
    const late = podsOf(300, { ready: false }, 'late').map((each, index) => ({
      ...each,
      ipv4: [`10.9.${index >> 7}.${(index & 127) + 1}`],
    }));
    expect(count(planned(named, [...podsOf(900), ...late]))).toEqual([[900, 100]]);
    expect(count(planned(named, [...podsOf(1001), ...late]))).toEqual([[1000, 0]]);
  });

  test('every subset by the same share', () => {
    const other = podsOf(300, { ports: [{ name: 'http', containerPort: 9090 }] }, 'other').map((each, index) => ({
      ...each,
      ipv4: [`10.9.${index >> 7}.${(index & 127) + 1}`],
    }));
    const sizes = count(planned(named, [...podsOf(900), ...other])).map(([ready = 0]) => ready);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([250, 750]);
  });
});

describe('subsets in canonical form', () => {
  const address = (ip: string, uid?: string) => ({ ip, ...(uid && { targetRef: { uid } }) });
  const [http, dns] = [
    { name: 'http', port: 80, protocol: 'TCP' as const },
    { name: 'dns', port: 53, protocol: 'UDP' as const },
  ];
  test.each<[string, EndpointSubset[], string[]]>([
    [
      'ports with the same addresses are together',
      [
        { addresses: [address('1.1.1.1')], ports: [http] },
        { addresses: [address('1.1.1.1')], ports: [dns] },
      ],
      ['1.1.1.1|:80,53'],
    ],
    [
      'addresses with the same port are together',
      [
        { addresses: [address('1.1.1.2')], ports: [http] },
        { addresses: [address('1.1.1.1')], ports: [http] },
      ],
      ['1.1.1.1,1.1.1.2|:80'],
    ],
    [
      'not ready goes before ready',
      [{ addresses: [address('1.1.1.1')], notReadyAddresses: [address('1.1.1.1')], ports: [http] }],
      ['|1.1.1.1:80'],
    ],
    [
      'whichever comes first',
      [
        { notReadyAddresses: [address('1.1.1.1')], ports: [http] },
        { addresses: [address('1.1.1.1')], ports: [http] },
      ],
      ['|1.1.1.1:80'],
    ],
    [
      'ready on one port and not on another is apart',
      [
        { addresses: [address('1.1.1.1')], ports: [http] },
        { notReadyAddresses: [address('1.1.1.1')], ports: [dns] },
      ],
      ['1.1.1.1|:80', '|1.1.1.1:53'],
    ],
    [
      'the same twice is once',
      [{ addresses: [address('1.1.1.1'), address('1.1.1.1')], ports: [http, http] }],
      ['1.1.1.1|:80'],
    ],
    [
      'one address of two pods is twice',
      [{ addresses: [address('1.1.1.1', 'b'), address('1.1.1.1', 'a')], ports: [http] }],
      ['1.1.1.1,1.1.1.1|:80'],
    ],
    [
      'without ports',
      [{ addresses: [address('1.1.1.1')] }, { addresses: [address('1.1.1.2')], ports: [] }],
      ['1.1.1.1,1.1.1.2|:'],
    ],
    ['without addresses there is no subset', [{ ports: [http] }, { addresses: [], ports: [dns] }], []],
  ])('%s', (_, subsets, expected) => {
    const packed = repackSubsets(subsets);
    expect(shown(packed)).toEqual(expected);
    expect(repackSubsets(packed)).toEqual(packed);
    expect(sameSubsets(subsets, packed)).toBe(true);
  });

  test('the resource version of a target makes no difference, its uid does', () => {
    const of = (targetRef: object) => [{ addresses: [{ ip: '1.1.1.1', targetRef }], ports: [http] }];
    expect(sameSubsets(of({ uid: 'a', resourceVersion: '1' }), of({ uid: 'a', resourceVersion: '2' }))).toBe(true);
    expect(sameSubsets(of({ uid: 'a' }), of({ uid: 'b' }))).toBe(false);
  });
});
