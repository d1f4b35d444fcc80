import { at, goQuote } from '../api/field-error.ts';
import { cidrWarnings, ipWarnings } from '../validation/ip.ts';
import { NONE, type Service } from './types.ts';
import { TOPOLOGY_HINTS, TOPOLOGY_MODE } from './validate.ts';

const ignoredIfHeadless = (field: string): string => `${field} is ignored for headless services`;

/** Texts for Warning headers of a create or update (`pkg/api/service/warnings.go`). */
export function serviceWarnings({ metadata, spec }: Service): string[] {
  const warnings: string[] = [];
  const externalIps = spec.externalIPs ?? [];
  const externalName = spec.type === 'ExternalName';
  const headless = spec.type === 'ClusterIP' && spec.clusterIP === NONE;
  if (metadata.annotations?.[TOPOLOGY_HINTS] !== undefined) {
    warnings.push(`annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`);
  }
  if (spec.clusterIP && spec.clusterIP !== NONE) {
    for (const [index, ip] of (spec.clusterIPs ?? []).entries()) {
      warnings.push(...ipWarnings(at('spec.clusterIPs', index), ip));
    }
  }
  if (headless) {
    if (spec.loadBalancerIP) warnings.push(ignoredIfHeadless('spec.loadBalancerIP'));
    if (externalIps.length > 0) warnings.push(ignoredIfHeadless('spec.externalIPs'));
    if (spec.sessionAffinity !== 'None') warnings.push(ignoredIfHeadless('spec.SessionAffinity'));
  }
  for (const [index, ip] of externalIps.entries()) warnings.push(...ipWarnings(at('spec.externalIPs', index), ip));
  if (externalIps.length > 0 && !headless && !externalName) {
    warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  }
  if (spec.loadBalancerIP) warnings.push(...ipWarnings('spec.loadBalancerIP', spec.loadBalancerIP));
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    warnings.push(...cidrWarnings(at('spec.loadBalancerSourceRanges', index), range));
  }
  if (externalName && externalIps.length > 0) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (!externalName && spec.externalName) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === 'PreferClose') {
    warnings.push(
      `spec.trafficDistribution: ${goQuote('PreferClose')} is deprecated; use ${goQuote('PreferSameZone')}`,
    );
  }
  return warnings;
}
