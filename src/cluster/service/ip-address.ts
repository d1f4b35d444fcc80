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
 * The rules of a parentRef, upstream's hand-written ones first, then the declarative ones
 * (`pkg/apis/networking/validation`, `pkg/apis/networking/v1/zz_generated.validations.go`).
 */
export function validateParentRef(parent: ParentReference | undefined): FieldError[] {
  if (!parent) return [required(PARENT)];
  const { group, resource, name, namespace } = parent;
  const errors: FieldError[] = [];
  if (group) for (const words of isDns1123Subdomain(group)) errors.push(invalid(`${PARENT}.group`, group, words));
  const pathSegment = (field: string, value: string | undefined) => {
    if (!value) return;
    for (const words of isPathSegmentName(value)) errors.push(invalid(`${PARENT}.${field}`, value, words));
  };
  pathSegment('resource', resource);
  pathSegment('name', name);
  pathSegment('namespace', namespace);
  if (!resource) errors.push(required(`${PARENT}.resource`));
  if (!name) errors.push(required(`${PARENT}.name`));
  return errors;
}
