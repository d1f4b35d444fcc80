/** Ingresses and IngressClasses (kubernetes `pkg/apis/networking/validation`). */
import {
  at,
  type FieldError,
  forbidden,
  goQuote,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { parseIp } from '../../validation/address.ts';
import { ipWarnings, isValidIpForLegacyField } from '../../validation/ip.ts';
import {
  isDns1123Label,
  isDns1123Subdomain,
  isPathSegmentName,
  isPortName,
  isPortNumber,
  isWildcardDns1123Subdomain,
  regexMessage,
} from '../../validation/names.ts';
import type { Strategy } from '../kind.ts';
import { all, immutable, list, type Part, texts } from './common.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDINGS = ['/..', '/.'];
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const NOT_A_NAME = 'must be a DNS name, not an IP address';

/** What an older Ingress has wrong already and may keep. */
interface Leniency {
  secretNames: boolean;
  wildcardRules: boolean;
}

const STRICT: Leniency = { secretNames: false, wildcardRules: false };

const hasName = ({ kind, name }: Part, path: string): FieldError[] => [
  ...(kind ? [] : [required(`${path}.kind`)]),
  ...(name ? [] : [required(`${path}.name`)]),
];

function validateReference({ apiGroup, kind, name }: Part, path: string): FieldError[] {
  return [
    ...(typeof apiGroup === 'string' ? all(`${path}.apiGroup`, apiGroup, isDns1123Subdomain(apiGroup)) : []),
    ...(kind ? all(`${path}.kind`, kind, isPathSegmentName(kind)) : []),
    ...(name ? all(`${path}.name`, name, isPathSegmentName(name)) : []),
  ];
}

/** The same checks, in another order. */
function validateBackendResource(resource: Part, path: string): FieldError[] {
  const errors = [...hasName(resource, path), ...validateReference(resource, path)];
  const order = ['apiGroup', 'kind', 'name'].map((field) => `${path}.${field}`);
  return errors.sort((a, b) => order.indexOf(a.field) - order.indexOf(b.field));
}

function validateBackend({ resource, service }: Part, path: string): FieldError[] {
  if (resource && service) return [invalid(path, '', 'cannot set both resource and service backends')];
  if (resource) return validateBackendResource(resource, `${path}.resource`);
  if (!service) return [invalid(path, '', 'resource or service backend is required')];
  const name = service.name ?? '';
  const place = `${path}.service.name`;
  const errors = name ? all(place, name, isDns1123Label(name)) : [required(place)];
  const { name: portName, number } = service.port ?? {};
  if (portName && number) errors.push(invalid(path, '', 'cannot set both port name & port number'));
  else if (portName) errors.push(...all(`${path}.service.port.name`, portName, isPortName(portName)));
  else if (number) errors.push(...all(`${path}.service.port.number`, number, isPortNumber(number)));
  else errors.push(required(path, 'port name or number is required'));
  return errors;
}

function validatePath({ path = '', pathType, backend = {} }: Part, place: string): FieldError[] {
  if (pathType === undefined || pathType === null) return [required(`${place}.pathType`, 'pathType must be specified')];
  const field = `${place}.path`;
  const errors: FieldError[] = [];
  const absolute = path.startsWith('/');
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!absolute) errors.push(invalid(field, path, 'must be an absolute path'));
    for (const one of BAD_SEQUENCES)
      if (path.includes(one)) errors.push(invalid(field, path, `must not contain '${one}'`));
    for (const one of BAD_ENDINGS)
      if (path.endsWith(one)) errors.push(invalid(field, path, `cannot end with '${one}'`));
  } else if (pathType === 'ImplementationSpecific') {
    if (path && !absolute) errors.push(invalid(field, path, 'must be an absolute path'));
  } else errors.push(notSupported(`${place}.pathType`, pathType, PATH_TYPES));
  return [...errors, ...validateBackend(backend, `${place}.backend`)];
}

function validateRuleValue({ http }: Part, path: string): FieldError[] {
  if (!http) return [];
  const paths = list(http.paths);
  if (paths.length === 0) return [required(`${path}.http.paths`)];
  return paths.flatMap((one, index) => validatePath(one, at(`${path}.http.paths`, index)));
}

const validateHost = (host: string, path: string): FieldError[] =>
  all(path, host, host.includes('*') ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host));

function validateSpec(ingress: KubeObject, lenient: Leniency): FieldError[] {
  const spec: Part = ingress['spec'] ?? {};
  const rules = list(spec['rules']);
  const errors: FieldError[] = [];
  if (rules.length === 0 && !spec['defaultBackend']) {
    errors.push(invalid('spec', spec['rules'] ?? null, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (spec['defaultBackend']) errors.push(...validateBackend(spec['defaultBackend'], 'spec.defaultBackend'));
  rules.forEach((rule, index) => {
    const path = at('spec.rules', index);
    const { host = '' } = rule;
    if (host && parseIp(host)) errors.push(invalid(`${path}.host`, host, NOT_A_NAME));
    if (host) errors.push(...validateHost(host, `${path}.host`));
    if (!(host.includes('*') && lenient.wildcardRules)) errors.push(...validateRuleValue(rule, path));
  });
  list(spec['tls']).forEach(({ hosts, secretName }, index) => {
    const path = at('spec.tls', index);
    texts(hosts).forEach((host, i) => errors.push(...validateHost(host, at(`${path}.hosts`, i))));
    if (secretName && !lenient.secretNames) {
      errors.push(...all(`${path}.secretName`, secretName, isDns1123Subdomain(secretName)));
    }
  });
  const { ingressClassName: name } = spec;
  if (typeof name === 'string') errors.push(...all('spec.ingressClassName', name, isDns1123Subdomain(name)));
  return errors;
}

function leniencyOf({ spec }: KubeObject): Leniency {
  return {
    secretNames: list(spec?.tls).some(({ secretName }) => secretName && isDns1123Subdomain(secretName).length > 0),
    wildcardRules: list(spec?.rules).some(
      (rule) => (rule['host'] ?? '').includes('*') && validateRuleValue(rule, '').length > 0,
    ),
  };
}

function validateClassAnnotation({ metadata, spec }: KubeObject): FieldError[] {
  const value = metadata.annotations?.[CLASS_ANNOTATION];
  const name = spec?.ingressClassName;
  if (value === undefined || typeof name !== 'string' || value === name) return [];
  const words = 'must match `ingressClassName` when both are specified';
  return [invalid(`annotations.${CLASS_ANNOTATION}`, value, words)];
}

function validateLoadBalancer(status: Part | undefined, old: Part | undefined): FieldError[] {
  const known = list(old?.['loadBalancer']?.ingress).flatMap(({ ip }) => ip || []);
  return list(status?.['loadBalancer']?.ingress).flatMap(({ ip, hostname }, index) => {
    const path = at('status.loadBalancer.ingress', index);
    const errors = ip ? isValidIpForLegacyField(`${path}.ip`, ip, known) : [];
    if (hostname) {
      errors.push(...all(`${path}.hostname`, hostname, isDns1123Subdomain(hostname)));
      if (parseIp(hostname)) errors.push(invalid(`${path}.hostname`, hostname, NOT_A_NAME));
    }
    return errors;
  });
}

export const INGRESS: Strategy = {
  validateCreate: (ingress) => [
    ...createdMeta(ingress),
    ...validateSpec(ingress, STRICT),
    ...validateClassAnnotation(ingress),
  ],
  validateUpdate: (ingress, old) => [
    ...updatedMeta(ingress, old),
    ...wholeMeta(ingress, { namespaced: true }),
    ...validateSpec(ingress, leniencyOf(old)),
  ],
  statusWarnings: (ingress) => ingressStatusWarnings(ingress),
  validateStatusUpdate: (ingress, old) => [
    ...updatedMeta(ingress, old),
    ...validateLoadBalancer(ingress['status'], old['status']),
  ],
  warnings: ({ metadata, spec }, old) =>
    !old && metadata.annotations?.[CLASS_ANNOTATION] !== undefined && typeof spec?.ingressClassName !== 'string'
      ? [`annotation ${goQuote(CLASS_ANNOTATION)} is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
};

/** Warnings of a write to an Ingress' status. */
export const ingressStatusWarnings = ({ status }: KubeObject): string[] =>
  list(status?.loadBalancer?.ingress).flatMap(({ ip }, index) =>
    ip ? ipWarnings(at('status.loadBalancer.ingress', index), ip) : [],
  );

const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const MOST_CONTROLLER = 250;

/** Such as `acme.io/foo`. */
export function validateDomainPrefixedPath(value: string, path: string): FieldError[] {
  if (!value) return [required(path)];
  const slash = value.indexOf('/');
  const host = value.slice(0, slash);
  const rest = value.slice(slash + 1);
  if (slash < 1 || !rest) return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = all(path, host, isDns1123Subdomain(host));
  if (!new RegExp(`^${HTTP_PATH}$`).test(rest))
    errors.push(invalid(path, rest, regexMessage('Invalid path', HTTP_PATH)));
  return errors;
}

const SCOPES = ['Cluster', 'Namespace'];

function validateParameters(parameters: Part): FieldError[] {
  const path = 'spec.parameters';
  const { scope, namespace } = parameters;
  const errors = validateReference(parameters, path);
  const place = `${path}.namespace`;
  if (scope === undefined || scope === null) errors.push(required(`${path}.scope`));
  else if (!SCOPES.includes(scope)) errors.push(notSupported(`${path}.scope`, scope, SCOPES));
  else if (scope === 'Cluster') {
    if (typeof namespace === 'string') errors.push(forbidden(place, "`parameters.scope` is set to 'Cluster'"));
  } else if (typeof namespace !== 'string') errors.push(required(place, "`parameters.scope` is set to 'Namespace'"));
  else errors.push(...all(place, namespace, isDns1123Label(namespace)));
  // Upstream's declarative rules come after the others.
  return [...errors, ...hasName(parameters, path)];
}

function validateClass({ spec }: KubeObject): FieldError[] {
  const controller: string = spec?.controller ?? '';
  const path = 'spec.controller';
  return [
    ...(Buffer.byteLength(controller) > MOST_CONTROLLER ? [tooLong(path, MOST_CONTROLLER)] : []),
    ...validateDomainPrefixedPath(controller, path),
    ...(spec?.parameters ? validateParameters(spec.parameters) : []),
  ];
}

export const INGRESS_CLASS: Strategy = {
  defaults: ({ spec }) => {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
  },
  validateCreate: (one) => [...createdMeta(one), ...validateClass(one)],
  validateUpdate: (one, old) => [
    ...updatedMeta(one, old),
    ...immutable(one['spec']?.controller ?? '', old['spec']?.controller ?? '', 'spec.controller'),
    ...wholeMeta(one, { namespaced: false }),
    ...validateClass(one),
  ],
};
