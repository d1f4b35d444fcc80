import { at, type FieldError, invalid } from '../api/field-error.ts';
import { invalidError } from '../api/status.ts';
import { parseIp } from '../validation/address.ts';
import { type IpFamily, NONE, otherFamily, sameList, type Service } from './types.ts';
import { validateClusterIps } from './validate-ips.ts';
import { typed } from './words.ts';

const KIND = { group: '', name: 'Service' };
const POLICY = 'spec.ipFamilyPolicy';

/**
 * Fills in ipFamilyPolicy and ipFamilies from what the Service and the cluster have (`initIPFamilyFields`,
 * `service/storage/alloc.go`). Throws a 422 for what can't be.
 */
export function initFamilies(service: Service, old: Service | undefined, configured: readonly IpFamily[]): void {
  const { spec } = service;
  if (spec.type === 'ExternalName' || (old && keepsDualStackAsIs(service, old))) return;
  const headlessWithoutSelector = spec.clusterIP === NONE && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.spec.ipFamilyPolicy ?? (headlessWithoutSelector ? 'RequireDualStack' : 'SingleStack');
  refuse(service, validateClusterIps(service, old));

  const errors = old ? reductions(service, old) : [];
  errors.push(...singleStackWithTwo(service), ...inferFamilies(service, configured));
  refuse(service, errors);

  const single = spec.ipFamilyPolicy === 'SingleStack';
  if (headlessWithoutSelector) {
    // Its endpoints may be of any family, whatever the cluster's Services get addresses of.
    addFamilies(service, configured, !single);
    return;
  }
  refuse(service, notConfigured(service, configured));
  addFamilies(service, configured, !single && configured.length === 2);
}

function refuse(service: Service, errors: FieldError[]): void {
  if (errors.length > 0) throw invalidError(KIND, service.metadata.name ?? '', errors);
}

function addFamilies({ spec }: Service, configured: readonly IpFamily[], both: boolean): void {
  const [primary = 'IPv4'] = configured;
  spec.ipFamilies = spec.ipFamilies?.length ? [...spec.ipFamilies] : [primary];
  const [first = primary] = spec.ipFamilies;
  if (both && spec.ipFamilies.length < 2) spec.ipFamilies.push(otherFamily(first));
}

/**
 * PreferDualStack Services are neither given a second address nor lose theirs because the cluster has changed: only
 * when the client changes these fields (`isMatchingPreferDualStackClusterIPFields`).
 */
export function keepsDualStackAsIs({ spec }: Service, { spec: old }: Service): boolean {
  return (
    old.type === spec.type &&
    ['ClusterIP', 'NodePort', 'LoadBalancer'].includes(spec.type ?? '') &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    (old.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    sameList(old.clusterIPs, spec.clusterIPs) &&
    sameList(old.ipFamilies, spec.ipFamilies)
  );
}

/** A change to SingleStack drops the second address and family; anything else may not have fewer than before. */
function reductions({ spec }: Service, { spec: old }: Service): FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (spec.clusterIPs && sameList(old.clusterIPs, spec.clusterIPs)) spec.clusterIPs = spec.clusterIPs.slice(0, 1);
    if (spec.ipFamilies && sameList(old.ipFamilies, spec.ipFamilies)) spec.ipFamilies = spec.ipFamilies.slice(0, 1);
    return [];
  }
  const errors: FieldError[] = [];
  const fewer = (now: string[] = [], before: string[] = []) => now.length > 0 && now.length < before.length;
  const release = (what: string) =>
    invalid(POLICY, typed(spec.ipFamilyPolicy), `must be 'SingleStack' to release the secondary ${what}`);
  if (fewer(spec.clusterIPs, old.clusterIPs)) errors.push(release('cluster IP'));
  if (fewer(spec.ipFamilies, old.ipFamilies)) errors.push(release('IP family'));
  return errors;
}

function singleStackWithTwo({ spec }: Service): FieldError[] {
  if (spec.ipFamilyPolicy !== 'SingleStack') return [];
  const error = (what: string) => {
    const words = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    return invalid(POLICY, typed(spec.ipFamilyPolicy), words);
  };
  return [
    ...(spec.clusterIPs?.length === 2 ? [error('cluster IPs')] : []),
    ...(spec.ipFamilies?.length === 2 ? [error('IP families')] : []),
  ];
}

/** Addresses without a family say theirs. */
function inferFamilies({ spec }: Service, configured: readonly IpFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  const ips = spec.clusterIPs ?? [];
  for (const [index, ip] of ips.entries()) {
    if (ip === NONE) break;
    if (index < (spec.ipFamilies?.length ?? 0)) continue;
    const family = parseIp(ip)?.family === 6 ? 'IPv6' : 'IPv4';
    if (configured.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else errors.push(invalid(at('spec.clusterIPs', index), ips, `${family} is not configured on this cluster`));
  }
  return errors;
}

function notConfigured({ spec }: Service, configured: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.ipFamilyPolicy === 'RequireDualStack' && configured.length < 2) {
    const words = 'this cluster is not configured for dual-stack services';
    errors.push(invalid(POLICY, typed(spec.ipFamilyPolicy), words));
  }
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (configured.includes(family)) continue;
    errors.push(invalid(at('spec.ipFamilies', index), typed(family), 'not configured on this cluster'));
  }
  return errors;
}
