import { describe, expect, test } from 'vitest';
import type { Service, ServiceSpec, SlicePort } from '../../src/kube/objects.ts';
import { type DesiredService, desiredService } from '../../src/proxy/desired.ts';
import { NODE, service, slice } from './make.ts';

const SLICES = [slice(['10.0.0.1 here', '10.0.0.2 there'])];
const NODE_PORT = [{ protocol: 'TCP' as const, port: 80, nodePort: 30080 }];
const withVip = (ip: string, more = {}) => ({ status: { loadBalancer: { ingress: [{ ip, ...more }] } } });

/** `KIND PROTOCOL ADDRESS:PORT → endpoints`, with what differs from the usual. */
function lines({ frontends }: DesiredService): string[] {
  const names = (list: readonly { key: string }[]) => list.map(({ key }) => key).join(' ') || 'none';
  return frontends.map(({ kind, key, endpoints, insideEndpoints, policy, otherwise, affinitySeconds, sourceRanges }) =>
    [
      `${kind} ${key} → ${names(endpoints)}`,
      policy === 'Local' && 'Local',
      insideEndpoints !== endpoints && `inside ${names(insideEndpoints)}`,
      endpoints.length === 0 && otherwise,
      affinitySeconds !== undefined && `affinity ${affinitySeconds}`,
      sourceRanges && `from ${sourceRanges.map(({ text }) => text).join(' ')}`,
    ]
      .filter(Boolean)
      .join(', '),
  );
}

const BOTH = '10.0.0.1:8080 10.0.0.2:8080';
const HERE = '10.0.0.1:8080';

const cases: [name: string, spec: Partial<ServiceSpec>, rest: Partial<Service>, expected: string[]][] = [
  ['a ClusterIP', {}, {}, [`clusterIP TCP 10.96.0.1:80 → ${BOTH}`]],
  [
    'a NodePort is at the addresses of this node',
    { type: 'NodePort', ports: NODE_PORT },
    {},
    [`clusterIP TCP 10.96.0.1:80 → ${BOTH}`, `nodePort TCP 192.168.0.1:30080 → ${BOTH}`],
  ],
  [
    'external traffic of policy Local; pods and the node itself get all',
    { type: 'NodePort', ports: NODE_PORT, externalTrafficPolicy: 'Local' },
    {},
    [`clusterIP TCP 10.96.0.1:80 → ${BOTH}`, `nodePort TCP 192.168.0.1:30080 → ${HERE}, Local, inside ${BOTH}`],
  ],
  [
    'internal traffic of policy Local',
    { type: 'NodePort', ports: NODE_PORT, internalTrafficPolicy: 'Local' },
    {},
    [`clusterIP TCP 10.96.0.1:80 → ${HERE}, Local`, `nodePort TCP 192.168.0.1:30080 → ${BOTH}`],
  ],
  [
    'a load balancer, with its IP and an external one; ranges are for the load balancer alone',
    {
      type: 'LoadBalancer',
      ports: NODE_PORT,
      externalIPs: ['203.0.113.9', 'fd00::9'],
      loadBalancerSourceRanges: [' 198.51.100.0/24'],
    },
    withVip('203.0.113.1'),
    [
      `clusterIP TCP 10.96.0.1:80 → ${BOTH}`,
      `externalIP TCP 203.0.113.9:80 → ${BOTH}`,
      `loadBalancerIP TCP 203.0.113.1:80 → ${BOTH}, from 198.51.100.0/24`,
      `nodePort TCP 192.168.0.1:30080 → ${BOTH}`,
    ],
  ],
  [
    'ranges that let everyone in are none; a load balancer that is a proxy is not served',
    { type: 'LoadBalancer', loadBalancerSourceRanges: ['198.51.100.0/24', '0.0.0.0/0'] },
    {
      status: {
        loadBalancer: {
          ingress: [{ ip: '203.0.113.1' }, { ip: '203.0.113.2', ipMode: 'Proxy' }, { hostname: 'a.example' }],
        },
      },
    },
    [`clusterIP TCP 10.96.0.1:80 → ${BOTH}`, `loadBalancerIP TCP 203.0.113.1:80 → ${BOTH}`],
  ],
  [
    'ranges of the other family do not count',
    { type: 'LoadBalancer', loadBalancerSourceRanges: ['2001:db8::/32'] },
    withVip('203.0.113.1'),
    [`clusterIP TCP 10.96.0.1:80 → ${BOTH}`, `loadBalancerIP TCP 203.0.113.1:80 → ${BOTH}`],
  ],
  [
    'the policy for external traffic without any means nothing',
    { externalTrafficPolicy: 'Local' },
    {},
    [`clusterIP TCP 10.96.0.1:80 → ${BOTH}`],
  ],
  [
    'external IPs of a ClusterIP Service obey it',
    { externalIPs: ['203.0.113.9'], externalTrafficPolicy: 'Local' },
    {},
    [`clusterIP TCP 10.96.0.1:80 → ${BOTH}`, `externalIP TCP 203.0.113.9:80 → ${HERE}, Local, inside ${BOTH}`],
  ],
  [
    'affinity with its timeout',
    { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } },
    {},
    [`clusterIP TCP 10.96.0.1:80 → ${BOTH}, affinity 60`],
  ],
  ['headless', { clusterIP: 'None', clusterIPs: ['None'] }, {}, []],
  ['without an address yet', { clusterIP: '', clusterIPs: [] }, {}, []],
  ['ExternalName', { type: 'ExternalName', externalIPs: ['203.0.113.9'] }, {}, []],
  [
    "another proxy's",
    {},
    { metadata: { ...service().metadata, labels: { 'service.kubernetes.io/service-proxy-name': 'other' } } },
    [],
  ],
  [
    'an object from before dual stack',
    { clusterIPs: [], ipFamilies: [] },
    {},
    [`clusterIP TCP 10.96.0.1:80 → ${BOTH}`],
  ],
];

test.each(cases)('%s', (_, spec, rest, expected) => {
  expect(lines(desiredService(service(spec, rest), SLICES, NODE))).toEqual(expected);
});

test('each family has its own addresses and endpoints', () => {
  const dual = service({
    type: 'NodePort',
    clusterIPs: ['10.96.0.1', 'fd00:96::1'],
    ipFamilies: ['IPv4', 'IPv6'],
    ports: NODE_PORT,
  });
  const six = slice(['fd00:1::1 there'], { addressType: 'IPv6' });
  expect(lines(desiredService(dual, [...SLICES, six], NODE))).toEqual([
    `clusterIP TCP 10.96.0.1:80 → ${BOTH}`,
    `nodePort TCP 192.168.0.1:30080 → ${BOTH}`,
    'clusterIP TCP [fd00:96::1]:80 → [fd00:1::1]:8080',
    'nodePort TCP [fd00::1]:30080 → [fd00:1::1]:8080',
  ]);
});

test('each port has the endpoints of its own name and protocol', () => {
  const ports: SlicePort[] = [
    { name: 'dns', protocol: 'UDP', port: 5353 },
    { name: 'dns-tcp', protocol: 'TCP', port: 5354 },
  ];
  const dns = service({
    ports: [
      { name: 'dns', protocol: 'UDP', port: 53, targetPort: 'dns' },
      { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: 'dns' },
      { name: 'metrics', protocol: 'TCP', port: 9153 },
    ],
  });
  expect(lines(desiredService(dns, [slice(['10.0.0.1'], { ports })], NODE))).toEqual([
    'clusterIP UDP 10.96.0.1:53 → 10.0.0.1:5353',
    'clusterIP TCP 10.96.0.1:53 → 10.0.0.1:5354',
    'clusterIP TCP 10.96.0.1:9153 → none, reject',
  ]);
});

describe('without endpoints', () => {
  const local = { type: 'NodePort', ports: NODE_PORT, externalTrafficPolicy: 'Local' } as const;

  test('anywhere, it rejects', () => {
    expect(lines(desiredService(service(local), [slice(['10.0.0.1 unready'])], NODE))).toEqual([
      'clusterIP TCP 10.96.0.1:80 → none, reject',
      'nodePort TCP 192.168.0.1:30080 → none, Local, inside none, reject',
    ]);
  });

  test('on this node, policy Local drops', () => {
    const all = service({ ...local, internalTrafficPolicy: 'Local' });
    const desired = desiredService(all, [slice(['10.0.0.2 there'])], NODE);
    expect(lines(desired)).toEqual([
      'clusterIP TCP 10.96.0.1:80 → none, Local, drop',
      'nodePort TCP 192.168.0.1:30080 → none, Local, inside 10.0.0.2:8080, drop',
    ]);
    expect(desired.withoutLocal).toEqual({ internal: 1, external: 1 });
  });
});

test('UDP flows may stay with whatever serves, whatever policies say', () => {
  const local = service({ internalTrafficPolicy: 'Local' });
  const [one] = desiredService(
    local,
    [slice(['10.0.0.1 here', '10.0.0.2 there terminating', '10.0.0.3 dead'])],
    NODE,
  ).frontends;
  expect([...(one?.serving ?? [])]).toEqual(['10.0.0.1:8080', '10.0.0.2:8080']);
});

describe('a health check port', () => {
  const spec: Partial<ServiceSpec> = {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 31000,
    ports: [
      { name: 'a', protocol: 'TCP', port: 80 },
      { name: 'b', protocol: 'TCP', port: 81 },
    ],
  };
  const ports: SlicePort[] = [
    { name: 'a', protocol: 'TCP', port: 8080 },
    { name: 'b', protocol: 'TCP', port: 8081 },
  ];

  test('counts the addresses on this node that have a ready endpoint', () => {
    const made = slice(['10.0.0.1 here', '10.0.0.2 there', '10.0.0.3 here', '10.0.0.4 here terminating'], { ports });
    expect(desiredService(service(spec), [made], NODE).healthChecks).toEqual([
      { family: 'IPv4', service: 'demo/web', port: 31000, localEndpoints: 2 },
    ]);
  });

  test.each([
    ['policy Cluster', { externalTrafficPolicy: 'Cluster' as const }],
    ['no load balancer', { type: 'NodePort' as const }],
    ['no port given yet', { healthCheckNodePort: 0 }],
  ])('there is none with %s', (_, rest) => {
    expect(desiredService(service({ ...spec, ...rest }), [slice([])], NODE).healthChecks).toEqual([]);
  });
});
