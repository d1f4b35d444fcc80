import { describe, expect, test } from 'vitest';
import { deleteService, updateServiceStatus } from '../../../src/cluster/service/change.ts';
import { readService } from '../../../src/cluster/service/defaults.ts';
import type { IpFamily } from '../../../src/cluster/service/types.ts';
import { commit, create, decoded, linesOf, numbersOf, refusal, specOf, update } from './support.ts';

const DUAL = { cidrs: ['10.96.0.0/16', 'fd00:96::/108'], families: ['IPv4', 'IPv6'] as IpFamily[] };
const PORTS = [{ port: 80 }];

describe('a create', () => {
  test('fills in defaults and numbers', () => {
    const numbers = numbersOf();
    const { object, errors } = create(numbers, { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: PORTS });
    expect(errors).toEqual([]);
    expect(object['spec']).toEqual({
      type: 'LoadBalancer',
      ports: [{ protocol: 'TCP', port: 80, targetPort: 80, nodePort: 30_086 }],
      clusterIP: '10.96.1.1',
      clusterIPs: ['10.96.1.1'],
      sessionAffinity: 'None',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 30_087,
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      allocateLoadBalancerNodePorts: true,
      internalTrafficPolicy: 'Cluster',
    });
    expect([...numbers.ports.taken()]).toEqual([30_086, 30_087]);
    expect(numbers.addresses.size).toBe(1);
  });

  test.each([
    ['one family', numbersOf(), {}, ['IPv4'], 'SingleStack', ['10.96.1.1']],
    [
      'two families',
      numbersOf(DUAL),
      { ipFamilyPolicy: 'PreferDualStack' },
      ['IPv4', 'IPv6'],
      'PreferDualStack',
      ['10.96.1.1', 'fd00:96::101'],
    ],
    [
      'two families, IPv6 first',
      numbersOf(DUAL),
      { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6'] },
      ['IPv6', 'IPv4'],
      'RequireDualStack',
      ['fd00:96::101', '10.96.1.1'],
    ],
    [
      'prefers two, has one',
      numbersOf(),
      { ipFamilyPolicy: 'PreferDualStack' },
      ['IPv4'],
      'PreferDualStack',
      ['10.96.1.1'],
    ],
    ['families of its address', numbersOf(DUAL), { clusterIP: 'fd00:96::5' }, ['IPv6'], 'SingleStack', ['fd00:96::5']],
    [
      'headless with a selector',
      numbersOf(DUAL),
      { clusterIP: 'None', selector: { a: 'b' } },
      ['IPv4'],
      'SingleStack',
      ['None'],
    ],
    ['headless without', numbersOf(), { clusterIP: 'None' }, ['IPv4', 'IPv6'], 'RequireDualStack', ['None']],
  ])('families: %s', (_, numbers, spec, families, policy, ips) => {
    const { object, errors } = create(numbers, { ports: PORTS, ...spec });
    expect(errors).toEqual([]);
    const { ipFamilies, ipFamilyPolicy, clusterIPs } = specOf(object);
    expect({ ipFamilies, ipFamilyPolicy, clusterIPs }).toEqual({
      ipFamilies: families,
      ipFamilyPolicy: policy,
      clusterIPs: ips,
    });
  });

  test('ports of one number share a node port, whatever their protocols', () => {
    const ports = [
      { name: 'a', port: 53, protocol: 'UDP' },
      { name: 'b', port: 53, protocol: 'TCP', nodePort: 30_053 },
      { name: 'c', port: 80 },
    ];
    const { object, claims } = create(numbersOf(), { type: 'NodePort', ports });
    expect(specOf(object).ports?.map(({ nodePort }) => nodePort)).toEqual([30_053, 30_053, 30_086]);
    expect(claims.ports).toEqual([30_053, 30_086]);
  });

  test('a dry run takes nothing, and its numbers are made up', () => {
    const numbers = numbersOf();
    const { object, claims } = create(numbers, { type: 'NodePort', ports: PORTS }, {}, true);
    expect(specOf(object).clusterIP).toBe('10.96.0.0');
    expect(specOf(object).ports?.[0]?.nodePort).toBe(32_769);
    expect(claims).toEqual({ ips: [], ports: [] });
  });

  test('numbers that are taken, out of range or used up', () => {
    const tiny = { cidrs: ['10.96.0.0/30'], ports: { first: 30_000, last: 30_000 } };
    const numbers = numbersOf(tiny);
    create(numbers, { clusterIP: '10.96.0.1', type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] });
    const attempt = (spec: object) => refusal(() => create(numbers, { ports: PORTS, ...spec }));
    expect(attempt({ clusterIP: '10.96.0.1' })).toBe(
      '422 Service "web" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.1"]: ' +
        'failed to allocate IP 10.96.0.1: provided IP is already allocated',
    );
    expect(attempt({ clusterIP: '10.97.0.1' })).toContain(
      'failed to allocate IP 10.97.0.1: the provided network does not match the current range',
    );
    expect(attempt({ type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] })).toContain(
      'spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated',
    );
    expect(attempt({ type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] })).toContain(
      'provided port is not in the valid range. The range of valid ports is 30000-30000',
    );
    expect(attempt({ type: 'NodePort' })).toBe(
      '500 Internal error occurred: failed to allocate a nodePort: range is full',
    );
    create(numbers, { ports: PORTS });
    expect(attempt({})).toBe(
      '500 Internal error occurred: failed to allocate a serviceIP for Service "web": range is full',
    );
    const local = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, externalTrafficPolicy: 'Local' };
    commit(numbers, { claims: { ips: [], ports: [] }, releases: { ips: ['10.96.0.2'], ports: [] } });
    expect(attempt({ ...local, healthCheckNodePort: 30_000 })).toBe(
      '500 Internal error occurred: failed to allocate requested HealthCheck NodePort 30000: ' +
        'provided port is already allocated',
    );
    // Nothing of all that was taken.
    expect(numbers.addresses.size).toBe(1);
  });
});

describe('an update', () => {
  const loadBalancer = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [{ name: 'http', port: 80 }] };

  test('of a manifest without numbers keeps them', () => {
    const numbers = numbersOf();
    const { object: old } = create(numbers, loadBalancer);
    const { object, errors, claims, releases } = update(numbers, old, loadBalancer);
    expect(errors).toEqual([]);
    expect(object['spec']).toEqual(old['spec']);
    expect([claims, releases]).toEqual([
      { ips: [], ports: [] },
      { ips: [], ports: [] },
    ]);
  });

  test('to ClusterIP wipes what belongs to load balancers and gives the ports back', () => {
    const numbers = numbersOf();
    const { object: old } = create(numbers, { ...loadBalancer, loadBalancerClass: 'example.com/lb' });
    const stored = { ...old, status: { loadBalancer: { ingress: [{ ip: '1.2.3.4', ipMode: 'VIP' }] } } };
    const { object, errors } = update(numbers, stored, { ...specOf(old), type: 'ClusterIP' });
    expect(errors).toEqual([]);
    const gone = ['externalTrafficPolicy', 'healthCheckNodePort', 'allocateLoadBalancerNodePorts', 'loadBalancerClass'];
    for (const field of gone) expect(object['spec']).not.toHaveProperty(field);
    expect(specOf(object).ports).toEqual([{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80 }]);
    expect(object['status']).toEqual({ loadBalancer: {} });
    expect([...numbers.ports.taken()]).toEqual([]);
  });

  test('to ExternalName and back gives the address back and takes a new one', () => {
    const numbers = numbersOf();
    const { object: old } = create(numbers, { ports: PORTS, internalTrafficPolicy: 'Local' });
    const spec = { ...specOf(old), type: 'ExternalName', externalName: 'example.com' };
    const { object, errors, releases } = update(numbers, old, spec);
    expect(errors).toEqual([]);
    expect(releases.ips).toEqual(['10.96.1.1']);
    expect(numbers.addresses.size).toBe(0);
    expect(readService(object)['spec']).toEqual({
      type: 'ExternalName',
      externalName: 'example.com',
      ports: [{ protocol: 'TCP', port: 80, targetPort: 80 }],
      sessionAffinity: 'None',
    });
    // Hidden, not gone.
    const back = update(numbers, object, { ...specOf(object), type: 'ClusterIP' });
    expect(back.errors).toEqual([]);
    expect(specOf(back.object)).toMatchObject({ internalTrafficPolicy: 'Local', clusterIP: '10.96.1.1' });
  });

  test('to one family and back to two', () => {
    const numbers = numbersOf(DUAL);
    const { object: two } = create(numbers, { ports: PORTS, ipFamilyPolicy: 'RequireDualStack' });
    const { object: one, releases } = update(numbers, two, { ...specOf(two), ipFamilyPolicy: 'SingleStack' });
    expect(specOf(one)).toMatchObject({ clusterIPs: ['10.96.1.1'], ipFamilies: ['IPv4'] });
    expect(releases.ips).toEqual(['fd00:96::101']);
    const again = update(numbers, one, { ...specOf(one), ipFamilyPolicy: 'PreferDualStack' });
    expect(specOf(again.object).clusterIPs).toEqual(['10.96.1.1', 'fd00:96::101']);
    const kept = { ...specOf(two), clusterIPs: ['10.96.1.1'] };
    expect(refusal(() => update(numbers, again.object, kept))).toContain(
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be \'SingleStack\' to release the secondary cluster IP',
    );
  });

  test.each<[string, object, object, string[]]>([
    [
      'the address changes',
      {},
      { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'] },
      ['spec.clusterIPs[0]: Invalid value: ["10.96.0.9"]: may not change once set'],
    ],
    [
      'headless becomes headful',
      { clusterIP: 'None', selector: { a: 'b' } },
      { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'] },
      ['spec.clusterIPs[0]: Invalid value: ["10.96.0.9"]: may not change once set'],
    ],
    [
      'a class is set later',
      { type: 'LoadBalancer' },
      { loadBalancerClass: 'a' },
      ['spec.loadBalancerClass: Invalid value: "a": may not change once set'],
    ],
    [
      'a class is unset',
      { type: 'LoadBalancer', loadBalancerClass: 'a' },
      { loadBalancerClass: undefined },
      ['spec.loadBalancerClass: Invalid value: null: may not change once set'],
    ],
    [
      'the port for health checks changes',
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
      { healthCheckNodePort: 30_200 },
      ['spec.healthCheckNodePort: Forbidden: field is immutable'],
    ],
    [
      'a node port stays where there are none',
      { type: 'NodePort' },
      { type: 'ClusterIP', ports: [{ port: 80, nodePort: 30_200 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
  ])('is refused when %s', (_, before, after, expected) => {
    const numbers = numbersOf();
    const { object: old, errors } = create(numbers, { ports: PORTS, ...before });
    expect(errors).toEqual([]);
    expect(linesOf(update(numbers, old, { ...specOf(old), ...after }))).toEqual(expected);
  });
});

test('a deletion gives everything back', () => {
  const numbers = numbersOf(DUAL);
  const spec = {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    ports: PORTS,
    ipFamilyPolicy: 'PreferDualStack',
  };
  const { object } = create(numbers, spec);
  commit(numbers, deleteService(object, numbers));
  expect([numbers.addresses.size, numbers.ports.free]).toEqual([0, numbers.ports.size]);
});

test("a write to status leaves spec alone and checks the load balancer's addresses", () => {
  const { object: old } = create(numbersOf(), { type: 'LoadBalancer', ports: PORTS });
  const write = (ingress: object[]) =>
    updateServiceStatus(decoded({ ...old, spec: {}, status: { loadBalancer: { ingress } } }), old);
  expect(write([{ hostname: 'a.example.com' }])).toMatchObject({ errors: [], object: { spec: old['spec'] } });
  expect(
    linesOf(write([{ ip: '1.2.3.4', hostname: '1.2.3.4' }, { ipMode: 'VIP' }, { ip: '01.2.3.4', ipMode: 'x' }])),
  ).toEqual([
    'status.loadBalancer.ingress[0].ipMode: Required value: must be specified when `ip` is set',
    'status.loadBalancer.ingress[0].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    'status.loadBalancer.ingress[1].ipMode: Forbidden: may not be specified when `ip` is not set',
    'status.loadBalancer.ingress[2].ip: Invalid value: "01.2.3.4": must not have leading 0s',
    'status.loadBalancer.ingress[2].ipMode: Unsupported value: "x": supported values: "Proxy", "VIP"',
  ]);
});
