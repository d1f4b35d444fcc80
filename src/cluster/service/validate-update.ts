import { at, type FieldError, forbidden, invalid } from '../api/field-error.ts';
import { isHeadless, isLoadBalancer, needsHealthCheck, type Service } from './types.ts';
import { validateLoadBalancerClass } from './validate.ts';
import { typed } from './words.ts';

const POLICY = 'spec.ipFamilyPolicy';
const CHANGED = 'may not change once set';

/** What only an update can get wrong (`ValidateServiceUpdate`, without metadata and what every Service must be). */
export const validateServiceChange = (service: Service, old: Service): FieldError[] => [
  ...validateClusterIpsChange(service, old),
  ...validateFamiliesChange(service, old),
  ...validateClassChange(service, old),
  ...validateHealthCheckPortChange(service, old),
];

const isExternalName = ({ spec }: Service): boolean => spec.type === 'ExternalName';

function mustBeSingle({ spec }: Service, what: string): FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') return [];
  const words = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  return [invalid(POLICY, typed(spec.ipFamilyPolicy), words)];
}

/** The primary address stays; a second one may come and go (`validateUpgradeDowngradeClusterIPs`). */
function validateClusterIpsChange(service: Service, old: Service): FieldError[] {
  if (isExternalName(service) || isExternalName(old) || (isHeadless(old) && isHeadless(service))) return [];
  const before = old.spec.clusterIPs ?? [];
  const after = service.spec.clusterIPs ?? [];
  const changed = (index: number) => invalid(at('spec.clusterIPs', index), after, CHANGED);
  if (before.length === after.length) {
    return before.flatMap((ip, index) => (ip === after[index] ? [] : [changed(index)]));
  }
  const errors: FieldError[] = [];
  if (after.length === 0) {
    errors.push(invalid('spec.clusterIPs[0]', service.spec.clusterIPs, 'primary clusterIP can not be unset'));
  } else if (before.length > 0 && after[0] !== before[0]) errors.push(changed(0));
  if (after.length === 1 && before.length > 1) errors.push(...mustBeSingle(service, 'clusterIP'));
  return errors;
}

/** The same for families; what is printed is not always what is meant (`validateUpgradeDowngradeIPFamilies`). */
function validateFamiliesChange(service: Service, old: Service): FieldError[] {
  if (isExternalName(service) || isExternalName(old) || isHeadless(old) || isHeadless(service)) return [];
  const before = old.spec.ipFamilies ?? [];
  const after = service.spec.ipFamilies ?? [];
  const field = 'spec.ipFamilies[0]';
  if (before.length === after.length) {
    return before.flatMap((family, index) => (family === after[index] ? [] : [invalid(field, after, CHANGED)]));
  }
  const errors: FieldError[] = [];
  if (before.length > after.length && !service.spec.clusterIPs?.length) {
    errors.push(invalid(field, service.spec.ipFamilies, 'primary ipFamily can not be unset'));
  }
  if (before.length > 0 && after.length > 0 && before[0] !== after[0]) {
    errors.push(invalid(field, service.spec.clusterIPs, CHANGED));
  }
  if (before.length > after.length && after.length === 1) errors.push(...mustBeSingle(service, 'ipFamily'));
  return errors;
}

function validateClassChange(service: Service, old: Service): FieldError[] {
  const { loadBalancerClass } = service.spec;
  const changed =
    isLoadBalancer(old) && isLoadBalancer(service) && old.spec.loadBalancerClass !== loadBalancerClass
      ? [invalid('spec.loadBalancerClass', typed(loadBalancerClass), CHANGED)]
      : [];
  return [...changed, ...validateLoadBalancerClass(service)];
}

function validateHealthCheckPortChange(service: Service, old: Service): FieldError[] {
  if (!needsHealthCheck(old) || !needsHealthCheck(service)) return [];
  return (old.spec.healthCheckNodePort ?? 0) === (service.spec.healthCheckNodePort ?? 0)
    ? []
    : [forbidden('spec.healthCheckNodePort', 'field is immutable')];
}
