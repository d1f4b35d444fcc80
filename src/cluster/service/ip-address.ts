import type { FieldError } from '../api/field-error.ts';
import { invalid, required } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import { parseIp } from '../validation/address.ts';
import { isDns1123Subdomain, isPathSegmentName } from '../validation/names.ts';
import type { IpFamily } from './types.ts';

/** `managed-by` of the IPAddress objects of Services. */
export const IP_ALLOCATOR = 'ipallocator.k8s.io';

export const FAMILY_LABEL = 'ipaddress.kubernetes.io/ip-family';
export const MANAGED_BY_LABEL = 'ipaddress.kubernetes.io/managed-by';

/** What an IPAddress belongs to. The group of Services is ''. */
export interface ParentReference {
  group?: string;
  resource?: string;
  namespace?: string;
  name?: string;
}

/** The family of an address in text form. */
export const familyOfIp = (ip: string): IpFamily => (parseIp(ip)?.family === 6 ? 'IPv6' : 'IPv4');

/** The Service as an IPAddress refers to it. */
export const parentOf = ({ metadata }: Pick<KubeObject, 'metadata'>): ParentReference => ({
  resource: 'services',
  ...(metadata.namespace && { namespace: metadata.namespace }),
  ...(metadata.name && { name: metadata.name }),
});

/**
 * The IPAddress that holds an address for a Service, as upstream's allocator makes it, without what every new object
 * gets (uid, creationTimestamp). `ip` is in canonical form.
 */
export function ipAddressFor(ip: string, service: Pick<KubeObject, 'metadata'>): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name: ip, labels: { [FAMILY_LABEL]: familyOfIp(ip), [MANAGED_BY_LABEL]: IP_ALLOCATOR } },
    spec: { parentRef: parentOf(service) },
  };
}

export const parentRefOf = (ipAddress: KubeObject): ParentReference | undefined => ipAddress['spec']?.parentRef;

/** The IPAddress is one of the Services' allocator. */
export const isManagedIp = ({ metadata }: KubeObject): boolean => metadata.labels?.[MANAGED_BY_LABEL] === IP_ALLOCATOR;

/** Its labels are those that the allocator gives it. */
export const hasAllocatorLabels = (ipAddress: KubeObject): boolean =>
  ipAddress.metadata.labels?.[FAMILY_LABEL] === familyOfIp(ipAddress.metadata.name ?? '') && isManagedIp(ipAddress);

const PARENT = 'spec.parentRef';

/**
 * The rules of a parentRef (`pkg/apis/networking/validation`). What is missing comes last, as these rules are
 * declarative ones (`pkg/apis/networking/v1/zz_generated.validations.go`); those end, however, where an update changes
 * the parentRef, and leave it to the older rules, where it comes in its place.
 */
export function validateParentRef(parent: ParentReference | undefined, isChange: boolean): FieldError[] {
  if (!parent) return [required(PARENT)];
  const { group } = parent;
  const errors: FieldError[] = [];
  const missing: FieldError[] = [];
  if (group) for (const words of isDns1123Subdomain(group)) errors.push(invalid(`${PARENT}.group`, group, words));
  for (const key of ['resource', 'name', 'namespace'] as const) {
    const field = `${PARENT}.${key}`;
    const value = parent[key];
    if (value) errors.push(...isPathSegmentName(value).map((words) => invalid(field, value, words)));
    else if (key !== 'namespace') (isChange ? errors : missing).push(required(field));
  }
  return [...errors, ...missing];
}
