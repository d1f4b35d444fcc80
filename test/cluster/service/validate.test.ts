import { describe, expect, test } from 'vitest';
import { create, linesOf, numbersOf } from './support.ts';

// The words are kube-apiserver 1.37.2's: service.real.test.ts asks it about most of them.

const headless = { clusterIP: 'None', ports: [{ port: 80 }] };
const withPort = (port: object) => ({ clusterIP: 'None', ports: [{ port: 80, ...port }] });
const loadBalancer = { type: 'LoadBalancer', ports: [{ port: 80 }] };
const NOT_LOAD_BALANCER = "Forbidden: may only be used when `type` is 'LoadBalancer'";

describe('a Service is refused', () => {
  test.each<[string, object, string[]]>([
    ['without ports', {}, ['spec.ports: Required value']],
    [
      'headless with node ports',
      { ...headless, type: 'NodePort' },
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
    ],
    [
      'ExternalName with addresses',
      { type: 'ExternalName', clusterIP: 'None', ipFamilies: ['IPv4'] },
      [
        'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
        'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
        'spec.externalName: Required value',
      ],
    ],
    [
      'with no port number',
      withPort({ port: 0 }),
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      'with an unknown protocol',
      withPort({ protocol: 'tcp' }),
      ['spec.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"'],
    ],
    [
      'with a pair of ports twice',
      {
        clusterIP: 'None',
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      },
      [
        'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      ],
    ],
    [
      'with a node port twice',
      {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80, nodePort: 30_001 },
          { name: 'b', port: 80 },
        ],
      },
      [
        'spec.ports[1].nodePort: Duplicate value: 30001',
        'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      ],
    ],
    [
      'with a long affinity',
      { ...headless, sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } },
      [
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
      ],
    ],
    [
      'with addresses of this machine',
      { ...headless, externalIPs: ['127.0.0.1', 'fe80::1', 'ff12::1'], externalTrafficPolicy: 'Local' },
      [
        'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'spec.externalIPs[1]: Invalid value: "fe80::1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
        'spec.externalIPs[2]: Invalid value: "ff12::1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
      ],
    ],
    [
      'with fields of load balancers',
      {
        ...headless,
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        allocateLoadBalancerNodePorts: true,
        loadBalancerClass: 'a',
        healthCheckNodePort: 1,
      },
      [
        `spec.LoadBalancerSourceRanges: ${NOT_LOAD_BALANCER}`,
        `spec.allocateLoadBalancerNodePorts: ${NOT_LOAD_BALANCER}`,
        `spec.loadBalancerClass: ${NOT_LOAD_BALANCER}`,
        "spec.healthCheckNodePort: Invalid value: 1: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ],
    ],
    [
      'with bits beyond a prefix',
      { ...loadBalancer, loadBalancerSourceRanges: [' 10.0.0.0/8 ', '10.0.0.1/8'] },
      [
        'spec.LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
      ],
    ],
    [
      'with policies that are none',
      { ...headless, internalTrafficPolicy: '<x>', trafficDistribution: 'x', externalTrafficPolicy: 'Local' },
      [
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
        'spec.internalTrafficPolicy: Unsupported value: "\\u003cx\\u003e": supported values: "Cluster", "Local"',
        'spec.trafficDistribution: Unsupported value: "x": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
      ],
    ],
  ])('%s', (_, spec, expected) => {
    expect(linesOf(create(numbersOf(), spec))).toEqual(expected);
  });

  test('for its name, finalizers and annotations', () => {
    const annotations = {
      'service.kubernetes.io/topology-mode': 'a',
      'service.kubernetes.io/topology-aware-hints': 'b',
      'service.beta.kubernetes.io/load-balancer-source-ranges': 'x',
    };
    expect(linesOf(create(numbersOf(), headless, { name: 'a.b', finalizers: ['x'], annotations }))).toEqual([
      'metadata.name: Invalid value: "a.b": must not contain dots',
      'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
      'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "a": ' +
        'must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
      `metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: ${NOT_LOAD_BALANCER}`,
      'metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "x": ' +
        'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ]);
  });
});

test.each<[string, object, string[]]>([
  ['nothing to say', headless, []],
  [
    'headless',
    { ...headless, loadBalancerIP: 'x', externalIPs: ['1.2.3.4'], sessionAffinity: 'ClientIP' },
    [
      'spec.loadBalancerIP is ignored for headless services',
      'spec.externalIPs is ignored for headless services',
      'spec.SessionAffinity is ignored for headless services',
    ],
  ],
  [
    'not canonical',
    { ...loadBalancer, externalIPs: ['2001:DB8::1'], loadBalancerIP: '01.2.3.4' },
    [
      'spec.externalIPs[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
      'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
      'spec.loadBalancerIP: non-standard IP address "01.2.3.4" is invalid: use "1.2.3.4"',
    ],
  ],
  [
    'ignored names and old values',
    { ...headless, externalName: 'a', trafficDistribution: 'PreferClose' },
    [
      'spec.externalName is ignored when spec.type is not "ExternalName"',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ],
  ],
])('warnings: %s', (_, spec, expected) => {
  expect(create(numbersOf(), spec).warnings).toEqual(expected);
});
