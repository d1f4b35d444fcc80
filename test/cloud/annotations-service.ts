import { parseOptions } from '../../src/cloud/annotations.ts';
import type { LoadBalancerOptions } from '../../src/cloud/options.ts';
import type { Service, ServiceSpec } from '../../src/kube/objects.ts';

export const DOMAIN = 'service.beta.kubernetes.io/';
export const NLB = `${DOMAIN}aws-load-balancer-`;
export const ALLOW = 'sluice.dev/allow-replacement';

const ports = [
  { name: 'http', port: 80, nodePort: 30080 },
  { name: 'admin', port: 8080, nodePort: 30081 },
];

/** A Service with two named TCP ports. */
export function service(annotations: Record<string, string>, spec: ServiceSpec = {}): Service {
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', annotations },
    spec: { type: 'LoadBalancer', ports, ...spec },
  };
}

/** Parses annotations written without the AWS prefix. */
export function parse(suffixed: Record<string, string>, spec?: ServiceSpec) {
  const annotations = Object.entries(suffixed).map(([suffix, value]) => [`${NLB}${suffix}`, value]);
  return parseOptions(service(Object.fromEntries(annotations), spec));
}

/** The options of a Service that asks for nothing. */
export const nothing: LoadBalancerOptions = {
  additionalTags: {},
  loadBalancerAttributes: {},
  targetGroupAttributes: {},
  healthCheck: {},
  sourceRanges: ['0.0.0.0/0'],
  allowReplacement: false,
};
