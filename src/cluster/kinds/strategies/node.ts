/** Nodes (kubernetes `pkg/registry/core/node`, `pkg/apis/core/validation`). */
import {
  at,
  duplicate,
  type FieldError,
  forbidden,
  goQuote,
  invalid,
  notSupported,
  required,
} from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { parseCidr } from '../../validation/address.ts';
import { cidrWarnings, isValidCidrForLegacyField } from '../../validation/ip.ts';
import { validateLabelName } from '../../validation/metadata.ts';
import { isLabelValue } from '../../validation/names.ts';
import type { Strategy } from '../kind.ts';
import { list, type Part, struct, texts } from './common.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';
import { resourceListDefaults } from './pod-spec.ts';
import { validateAmount } from './resources.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const CIDRS = 'spec.podCIDRs';

export function validateTaintEffect(effect: string, path: string): FieldError[] {
  if (!effect) return [required(path)];
  return EFFECTS.includes(effect) ? [] : [notSupported(path, effect, EFFECTS)];
}

/** Upstream has the taints under `metadata`. */
function validateTaints(taints: Part[]): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const path = at('metadata.taints', index);
    const { key = '', value = '', effect = '' } = taint;
    const errors = validateLabelName(key, `${path}.key`);
    const wrong = isLabelValue(value);
    if (wrong.length > 0) errors.push(invalid(`${path}.value`, value, wrong.join(';')));
    errors.push(...validateTaintEffect(effect, `${path}.effect`));
    const pair = `${effect} ${key}`;
    if (seen.has(pair)) {
      const printed = { Key: key, Value: value, Effect: effect, TimeAdded: taint['timeAdded'] ?? null };
      const error = duplicate(path, printed);
      errors.push({ ...error, message: `${error.message}: taints must be unique by key and effect pair` });
    }
    seen.add(pair);
    return errors;
  });
}

function validateResources({ status }: KubeObject): FieldError[] {
  return ['capacity', 'allocatable'].flatMap((field) =>
    Object.entries(status?.[field] ?? {}).flatMap(([name, amount]) =>
      validateAmount(name, String(amount), `status.${field}.${name}`),
    ),
  );
}

function validateCidrs(node: KubeObject): FieldError[] {
  const cidrs = texts(node['spec']?.podCIDRs);
  const errors = cidrs.flatMap((cidr, index) => isValidCidrForLegacyField(at(CIDRS, index), cidr));
  if (cidrs.length < 2) return errors;
  const families = cidrs.map((cidr) => parseCidr(cidr)?.network.family);
  const wrong = families.indexOf(undefined);
  if (wrong >= 0) {
    const words = `invalid CIDR[${wrong}]: <nil> (invalid CIDR address: ${cidrs[wrong]})`;
    const checked = `invalid PodCIDRs. failed to check with dual stack with error:${words}`;
    errors.push({ type: 'InternalError', field: CIDRS, message: `Internal error: ${checked}` });
  }
  if (wrong >= 0 || new Set(families).size < 2 || cidrs.length > 2) {
    errors.push(invalid(CIDRS, cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  return errors;
}

/** Upstream has it under `metadata`. */
function validateSwap({ status }: KubeObject): FieldError[] {
  const capacity: unknown = status?.nodeInfo?.swap?.capacity;
  const path = 'metadata.nodeSwapStatus.capacity';
  return typeof capacity === 'number' && capacity <= 0 ? [invalid(path, capacity, 'must be greater than zero')] : [];
}

const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const FEATURE_WORDS =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";
const MOST_FEATURE = 253;

function validateFeatures({ status }: KubeObject): FieldError[] {
  const path = 'status.declaredFeatures';
  const features = texts(status?.declaredFeatures);
  return features.flatMap((name, index) => {
    const place = at(path, index);
    const next = features[index + 1];
    const errors: FieldError[] = [];
    const wrong = (words: string) =>
      errors.push(invalid(place, name, `invalid feature name ${goQuote(name)}: ${words}`));
    if (Buffer.byteLength(name) > MOST_FEATURE) wrong(`must be no more than ${MOST_FEATURE} characters`);
    else if (!FEATURE.test(name)) wrong(FEATURE_WORDS);
    if (next === name) errors.push(duplicate(at(path, index + 1), next));
    else if (next !== undefined && next < name) {
      errors.push(invalid(at(path, index + 1), next, 'list must be sorted alphabetically'));
    }
    return errors;
  });
}

function validateNode(node: KubeObject): FieldError[] {
  return [
    ...validateTaints(list(node['spec']?.taints)),
    ...validateResources(node),
    ...validateSwap(node),
    ...validateFeatures(node),
    ...validateCidrs(node),
  ];
}

function validateChange(node: KubeObject, old: KubeObject): FieldError[] {
  const errors = [...updatedMeta(node, old), ...validateResources(node), ...validateFeatures(node)];
  const seen = new Set<string>();
  list(node['status']?.addresses).forEach(({ type = '', address = '' }, index) => {
    const pair = `${type} ${address}`;
    if (seen.has(pair)) errors.push(duplicate(at('status.addresses', index), { Type: type, Address: address }));
    seen.add(pair);
  });
  const before = texts(old['spec']?.podCIDRs);
  const after = texts(node['spec']?.podCIDRs);
  const words = 'node updates may not change podCIDR except from "" to valid';
  if (before.length > 0) {
    if (before.length !== after.length) errors.push(forbidden(CIDRS, words));
    else before.forEach((cidr, index) => cidr !== after[index] && errors.push(forbidden(CIDRS, words)));
  }
  const provider = old['spec']?.providerID;
  const next = node['spec']?.providerID ?? '';
  if (provider && next && provider !== next) {
    errors.push(invalid('spec.providerID', null, 'field cannot be modified once set'));
  }
  if (provider && !next) errors.push(invalid('spec.providerID', null, 'field cannot be cleared once set'));
  errors.push(...validateTaints(list(node['spec']?.taints)));
  if ((node['spec']?.externalID ?? '') !== (old['spec']?.externalID ?? '')) {
    errors.push(forbidden('spec.externalID', 'may not be updated'));
  }
  return errors;
}

/** `podCIDR` and `podCIDRs` say the same; the single one wins (`Convert_v1_NodeSpec_To_core_NodeSpec`). */
function syncPodCidrs(spec: Part): void {
  const [first] = texts(spec['podCIDRs']);
  if (spec['podCIDR']) {
    if (first !== spec['podCIDR']) spec['podCIDRs'] = [spec['podCIDR']];
  } else if (first) spec['podCIDR'] = first;
}

function nodeWarnings({ spec }: KubeObject): string[] {
  return [
    ...(spec?.configSource ? ['spec.configSource: the feature is removed'] : []),
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...texts(spec?.podCIDRs).flatMap((cidr, index) => cidrWarnings(at(CIDRS, index), cidr)),
  ];
}

export const NODE: Strategy = {
  defaults: (node) => {
    if (node['spec']) syncPodCidrs(node['spec']);
    const status = struct(node, 'status');
    if (status['capacity'] && !status['allocatable']) status['allocatable'] = { ...status['capacity'] };
    resourceListDefaults(status['capacity']);
    resourceListDefaults(status['allocatable']);
  },
  prepareForCreate: (node) => {
    delete node['spec']?.configSource;
    delete node['spec']?.podPreemptionPolicy;
    delete node['status']?.config;
  },
  prepareForUpdate: (node, old) => {
    if (!old['spec']?.configSource) delete node['spec']?.configSource;
    delete node['spec']?.podPreemptionPolicy;
  },
  validateCreate: (node) => [...createdMeta(node), ...validateNode(node)],
  validateUpdate: (node, old) => [
    ...wholeMeta(node, { namespaced: false }),
    ...validateNode(node),
    ...validateChange(node, old),
  ],
  prepareForStatusUpdate: (node, old) => {
    if (!old['status']?.config) delete node['status']?.config;
  },
  validateStatusUpdate: validateChange,
  warnings: (node) => nodeWarnings(node),
};
