/** Names and amounts of resources (kubernetes `pkg/apis/core/helper/helpers.go`, `pkg/apis/core/validation`). */
import { type FieldError, invalid } from '../../api/field-error.ts';
import { isQualifiedName } from '../../validation/names.ts';
import { all, nanosOf } from './common.ts';

const CONTAINER = new Set(['cpu', 'memory', 'ephemeral-storage']);
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const COUNTED = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const QUOTA = new Set([
  ...COMPUTE,
  ...COMPUTE.map((name) => `requests.${name}`),
  ...COMPUTE.map((name) => `limits.${name}`),
  'requests.storage',
  ...COUNTED,
]);
const STANDARD = new Set([...QUOTA, 'storage']);
const INTEGERS = new Set(COUNTED);

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');

const isQuotaHugePages = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-');

/** Without a domain, or in Kubernetes' own. */
export const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

/** A device and the like: with a domain, and short enough for a quota's `requests.`. */
export const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0;

export const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

export const isStandardQuota = (name: string): boolean => QUOTA.has(name) || isQuotaHugePages(name);

const ADJECTIVES = {
  standard: 'must be a standard resource type or fully qualified',
  quota: 'must be a standard resource for quota',
  container: 'must be a standard resource for containers',
};

/** Any resource (`validateResourceName`). */
export function validateResourceName(name: string, path: string): FieldError[] {
  const errors = all(path, name, isQualifiedName(name));
  if (errors.length > 0 || name.includes('/') || STANDARD.has(name) || isQuotaHugePages(name)) return errors;
  return [invalid(path, name, ADJECTIVES.standard)];
}

export function validateQuotaResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (name.includes('/') || isStandardQuota(name)) return errors;
  return [...errors, invalid(path, name, ADJECTIVES.quota)];
}

export function validateContainerResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    return CONTAINER.has(name) || isHugePages(name) ? errors : [...errors, invalid(path, name, ADJECTIVES.container)];
  }
  if (!isNative(name) && !isExtended(name)) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

const BILLION = 1_000_000_000n;
const MILLION = 1_000_000n;
const MOST_MILLIS = (1n << 63n) - 1n;

/** Not negative, and whole where half a thing is none (`ValidateResourceQuantityValue`). */
export function validateAmount(name: string, amount: string, path: string): FieldError[] {
  const nanos = nanosOf(amount);
  const errors = nanos < 0n ? [invalid(path, amount, 'must be greater than or equal to 0')] : [];
  const whole = INTEGERS.has(name) || isExtended(name);
  // Upstream counts in thousandths, which end at 2^63.
  if (whole && (nanos % BILLION !== 0n || nanos / MILLION > MOST_MILLIS))
    errors.push(invalid(path, amount, 'must be an integer'));
  return errors;
}
