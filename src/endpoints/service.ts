/** What a Service asks of its slices. Pure. */
import type { IpFamily, Service } from '../kube/objects.ts';
import { TOPOLOGY_HINTS_ANNOTATION, TOPOLOGY_MODE_ANNOTATION } from './names.ts';

/** Whether its endpoints are made from pods. Without a selector somebody writes them by hand. */
export function selectsPods(service: Service): boolean {
  return service.spec.type !== 'ExternalName' && hasSelector(service);
}

/** An empty selector is none: the API server keeps no empty map. */
export function hasSelector({ spec }: Service): boolean {
  return Object.keys(spec.selector ?? {}).length > 0;
}

/** `None` and, as long as none is allocated, nothing are both headless here. */
export function isHeadless({ spec }: Service): boolean {
  return !spec.clusterIP || spec.clusterIP === 'None';
}

/** One set of slices for each. A Service that an old API server gave no families has those of its address, or both. */
export function addressTypesOf({ spec }: Service): IpFamily[] {
  if (spec.ipFamilies?.length) return [...new Set(spec.ipFamilies)];
  if (spec.clusterIP && spec.clusterIP !== 'None') return [spec.clusterIP.includes(':') ? 'IPv6' : 'IPv4'];
  return ['IPv4', 'IPv6'];
}

/** Whether zones are weighed by their CPUs (KEP-2433). It goes before `trafficDistribution`. */
export function wantsTopologyHints({ metadata }: Service): boolean {
  const annotations = metadata.annotations ?? {};
  const mode = annotations[TOPOLOGY_HINTS_ANNOTATION] ?? annotations[TOPOLOGY_MODE_ANNOTATION];
  return mode === 'Auto' || mode === 'auto';
}

const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'] as const;
export type TrafficDistribution = (typeof DISTRIBUTIONS)[number];

/** The `trafficDistribution` that counts (KEP-4444, KEP-3015); undefined without one. */
export function trafficDistributionOf(service: Service): TrafficDistribution | undefined {
  if (wantsTopologyHints(service)) return undefined;
  return DISTRIBUTIONS.find((each) => each === service.spec.trafficDistribution);
}
