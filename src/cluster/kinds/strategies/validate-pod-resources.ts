/** Resources of a pod as a whole against those of its containers (kubernetes `pkg/apis/core/validation`). Pure. */
import { at, type FieldError, forbidden, invalid, keyed, notSupported } from '../../api/field-error.ts';
import { list, nanosOf, type Part } from './common.ts';
import { aggregate, isPodLevel } from './pod-resources.ts';
import { isHugePages, validateResourceName } from './resources.ts';
import { validateRequirements } from './validate-resources.ts';

const SUPPORTED = ['cpu', 'hugepages-', 'memory'];

function validateName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  return errors.length > 0 || isPodLevel(name) ? errors : [notSupported(path, name, SUPPORTED)];
}

function validateConsistency(spec: Part, path: string): FieldError[] {
  const { requests = {}, limits = {} } = spec['resources'] as Record<string, Record<string, string>>;
  const errors: FieldError[] = [];
  const atLeast = (field: string, own: Record<string, string>, pick: (name: string) => boolean) => {
    for (const [name, needed] of Object.entries(aggregate(spec, field))) {
      const amount = own[name];
      if (amount === undefined || !pick(name) || nanosOf(needed) <= nanosOf(amount)) continue;
      const words = `must be greater than or equal to aggregate container ${field} of ${needed}`;
      errors.push(invalid(keyed(`${path}.${field}`, name), amount, words));
    }
  };
  atLeast('requests', requests, () => true);
  atLeast('limits', limits, isHugePages);
  list(spec['containers']).forEach(({ resources }, index) => {
    for (const [name, amount] of Object.entries((resources?.limits ?? {}) as Record<string, string>)) {
      const most = limits[name];
      if (most === undefined || nanosOf(amount) <= nanosOf(most)) continue;
      const place = `${keyed(at(`${path}.containers`, index), name)}.limits`;
      errors.push(invalid(place, amount, `must be less than or equal to pod limits of ${most}`));
    }
  });
  return errors;
}

/** `spec.resources`, which may be absent. */
export function validatePodResources(spec: Part, claimNames: ReadonlySet<string>, path: string): FieldError[] {
  const { resources } = spec;
  if (!resources) return [];
  const place = `${path}.resources`;
  if (spec['os']?.name === 'windows') return [forbidden(place, 'may not be set for a windows pod')];
  return [
    ...(resources.claims ? [forbidden(`${place}.claims`, 'claims may not be set for Resources at pod-level')] : []),
    ...validateRequirements(resources, place, validateName, claimNames),
    ...validateConsistency(spec, place),
  ];
}
