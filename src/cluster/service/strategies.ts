import { at, type FieldError, invalid, required } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import type { Strategy } from '../kinds/kind.ts';
import { same } from '../api/metadata.ts';
import { listAsGiven } from '../schema/decode.ts';
import { parseCidr } from '../validation/address.ts';
import { isValidCidr } from '../validation/ip.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '../validation/metadata.ts';
import { serviceDefaults } from './defaults.ts';
import { parentRefOf, validateParentRef } from './ip-address.ts';

const CIDRS = 'spec.cidrs';
const IMMUTABLE = 'field is immutable';

export const cidrsOf = (object: KubeObject): string[] => object['spec']?.cidrs ?? [];

function validateCidrs(object: KubeObject): FieldError[] {
  const cidrs = cidrsOf(object);
  if (cidrs.length === 0) return [required(CIDRS, 'at least one CIDR required')];
  // Upstream prints its internal spec here, and the list further down.
  if (cidrs.length > 2) return [invalid(CIDRS, { CIDRs: cidrs }, 'may only hold up to 2 values')];
  const errors = cidrs.flatMap((cidr, index) => isValidCidr(at(CIDRS, index), cidr));
  const [first, second] = cidrs.map((cidr) => parseCidr(cidr)?.network.family);
  if (cidrs.length === 2 && first !== undefined && first === second) {
    const words = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(invalid(CIDRS, cidrs, words));
  }
  return errors;
}

/** CIDRs stay, but a second one may be added to one. */
function validateCidrsChange(object: KubeObject, old: KubeObject): FieldError[] {
  const before = cidrsOf(old);
  const after = cidrsOf(object);
  const immutable = (index: number) => invalid(at(CIDRS, index), after[index], IMMUTABLE);
  if (before.length === after.length) {
    return before.flatMap((cidr, index) => (cidr === after[index] ? [] : [immutable(index)]));
  }
  if (before.length !== 1 || after.length !== 2) {
    return [invalid(CIDRS, listAsGiven(object['spec'], 'cidrs'), IMMUTABLE)];
  }
  return [...(before[0] === after[0] ? [] : [immutable(0)]), ...validateCidrs(object)];
}

const validateMetaUpdate = (object: KubeObject, old: KubeObject): FieldError[] =>
  validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata');

/** ServiceCIDR (`pkg/registry/networking/servicecidr/strategy.go`). Its status is a subresource. */
export const SERVICE_CIDR: Strategy = {
  validateCreate: validateCidrs,
  validateUpdate: (object, old) => [...validateMetaUpdate(object, old), ...validateCidrsChange(object, old)],
  validateStatusUpdate: validateMetaUpdate,
};

/** IPAddress (`pkg/registry/networking/ipaddress/strategy.go`): its parentRef can't change. */
export const IP_ADDRESS: Strategy = {
  validateCreate: (object) => [...validateParentRef(parentRefOf(object), false)],
  validateUpdate: (object, old) => {
    const parent = parentRefOf(object);
    const changed = !same(parent, parentRefOf(old));
    return [
      ...validateObjectMeta(object.metadata, { namespaced: false, nameRule: 'ip' }, 'metadata'),
      ...validateParentRef(parent, changed),
      ...validateMetaUpdate(object, old),
      ...(changed ? [invalid('spec.parentRef', null, IMMUTABLE)] : []),
    ];
  },
};

/** Services: the rest of their semantics is in change.ts. */
export const SERVICE: Strategy = { defaults: serviceDefaults };
