/** NetworkPolicies (kubernetes `pkg/apis/networking/validation`). */
import { at, type FieldError, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { cidrContains, parseCidr } from '../../validation/address.ts';
import { cidrWarnings, isValidCidrForLegacyField } from '../../validation/ip.ts';
import { isPortName, isPortNumber } from '../../validation/names.ts';
import { hasInvalidLabelValue, type SelectorOptions, validateLabelSelector } from '../../validation/selector.ts';
import type { Strategy } from '../kind.ts';
import { all, list, type Part, struct, texts } from './common.ts';
import { createdMeta, updatedMeta } from './metadata.ts';

const TYPES = ['Ingress', 'Egress'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

/** Both directions of a policy: the rules' field, and that of the peers in a rule. */
const DIRECTIONS = [
  ['ingress', 'from'],
  ['egress', 'to'],
] as const;

function policyDefaults(policy: KubeObject): void {
  const spec = struct(policy, 'spec');
  if (texts(spec['policyTypes']).length === 0) {
    spec['policyTypes'] = list(spec['egress']).length > 0 ? [...TYPES] : ['Ingress'];
  }
  for (const [rules] of DIRECTIONS) {
    for (const rule of list(spec[rules])) for (const port of list(rule['ports'])) port['protocol'] ??= 'TCP';
  }
}

function validatePort({ protocol, port, endPort }: Part, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const end = `${path}.endPort`;
  const hasEnd = typeof endPort === 'number';
  if (typeof protocol === 'string' && !PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
  }
  if (typeof port === 'number') {
    errors.push(...all(`${path}.port`, port, isPortNumber(port)));
    if (hasEnd && endPort < port) errors.push(invalid(end, endPort, 'must be greater than or equal to `port`'));
    if (hasEnd) errors.push(...all(end, endPort, isPortNumber(endPort)));
    return errors;
  }
  const named = typeof port === 'string';
  if (hasEnd) {
    const words = named
      ? 'may not be specified when `port` is non-numeric'
      : 'may not be specified when `port` is not specified';
    errors.push(invalid(end, endPort, words));
  }
  return named ? [...errors, ...all(`${path}.port`, port, isPortName(port))] : errors;
}

function validateIpBlock({ cidr = '', except }: Part, path: string, old: readonly string[]): FieldError[] {
  if (!cidr) return [];
  const errors = isValidCidrForLegacyField(`${path}.cidr`, cidr, old);
  const whole = parseCidr(cidr);
  if (!whole) return errors;
  texts(except).forEach((text, index) => {
    const place = at(`${path}.except`, index);
    errors.push(...isValidCidrForLegacyField(place, text, old));
    const part = parseCidr(text);
    if (part && (!cidrContains(whole, part.network) || whole.prefix >= part.prefix)) {
      errors.push(invalid(place, text, 'must be a strict subset of `cidr`'));
    }
  });
  return errors;
}

function validatePeer(peer: Part, path: string, options: SelectorOptions, old: readonly string[]): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const count = [podSelector, namespaceSelector, ipBlock].filter(Boolean).length;
  const errors = [
    ...validateLabelSelector(podSelector, `${path}.podSelector`, options),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, options),
    ...(ipBlock ? validateIpBlock(ipBlock, `${path}.ipBlock`, old) : []),
  ];
  if (count === 0) errors.push(required(path, 'must specify a peer'));
  else if (count > 1 && ipBlock) errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  return errors;
}

function validateSpec(policy: KubeObject, old: KubeObject | undefined): FieldError[] {
  const spec: Part = policy['spec'] ?? {};
  const options = { allowInvalidValues: hasInvalidLabelValue(old?.['spec']?.podSelector) };
  const known = old ? blocksOf(old).flatMap(({ block }) => [block['cidr'] ?? '', ...texts(block['except'])]) : [];
  const errors = validateLabelSelector(spec['podSelector'], 'spec.podSelector', options);
  for (const [rules, peers] of DIRECTIONS) {
    list(spec[rules]).forEach((rule, index) => {
      const path = at(`spec.${rules}`, index);
      list(rule['ports']).forEach((port, i) => errors.push(...validatePort(port, at(`${path}.ports`, i))));
      list(rule[peers]).forEach((peer, i) => {
        errors.push(...validatePeer(peer, at(`${path}.${peers}`, i), options, known));
      });
    });
  }
  // Upstream's declarative rules come after the others.
  const missing = blocksOf(policy).flatMap(({ block, path }) => (block['cidr'] ? [] : [required(`${path}.cidr`)]));
  const types = texts(spec['policyTypes']);
  if (types.length > 2) {
    return [...errors, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes'), ...missing];
  }
  types.forEach((type, index) => {
    if (!TYPES.includes(type)) errors.push(notSupported(at('spec.policyTypes', index), type, TYPES));
  });
  return [...errors, ...missing];
}

/** Every ipBlock and where it is. */
function blocksOf({ spec }: KubeObject): { block: Part; path: string }[] {
  return DIRECTIONS.flatMap(([rules, peers]) =>
    list(spec?.[rules]).flatMap((rule, index) =>
      list(rule[peers]).flatMap(({ ipBlock }, i) =>
        ipBlock ? [{ block: ipBlock as Part, path: `${at(`${at(`spec.${rules}`, index)}.${peers}`, i)}.ipBlock` }] : [],
      ),
    ),
  );
}

export const NETWORK_POLICY: Strategy = {
  defaults: policyDefaults,
  validateCreate: (policy) => [...createdMeta(policy), ...validateSpec(policy, undefined)],
  validateUpdate: (policy, old) => [...updatedMeta(policy, old), ...validateSpec(policy, old)],
  warnings: (policy) =>
    blocksOf(policy).flatMap(({ block, path }) => [
      ...cidrWarnings(`${path}.cidr`, block['cidr'] ?? ''),
      ...texts(block['except']).flatMap((text, index) => cidrWarnings(at(`${path}.except`, index), text)),
    ]),
};
