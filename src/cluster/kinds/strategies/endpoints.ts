/** Endpoints and EndpointSlices (kubernetes `pkg/apis/core/validation`, `pkg/apis/discovery/validation`). */
import {
  at,
  duplicate,
  type FieldError,
  internal,
  invalid,
  keyed,
  notSupported,
  required,
  tooMany,
} from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { type Ip, parseIp } from '../../validation/address.ts';
import { ipWarnings, isValidIp, isValidIpForLegacyField } from '../../validation/ip.ts';
import { validateLabels } from '../../validation/metadata.ts';
import {
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isPortNumber,
  isQualifiedName,
} from '../../validation/names.ts';
import type { Strategy } from '../kind.ts';
import { all, equal, immutableSilently, list, type Part, setDefault, texts } from './common.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const MOST = { endpoints: 1000, addresses: 100, ports: 20_000, topology: 16, hints: 8 };

const inRange = ({ family, value }: Ip, wanted: 4 | 6, network: bigint, bits: number): boolean =>
  family === wanted && value >> BigInt((family === 4 ? 32 : 128) - bits) === network;

/** Addresses that can't be anyone's endpoint (`ValidateEndpointIP`). */
export function validateEndpointIp(text: string, path: string): FieldError[] {
  const ip = parseIp(text);
  if (!ip) return [invalid(path, text, 'must be a valid IP address')];
  const errors: FieldError[] = [];
  if (ip.value === 0n) errors.push(invalid(path, text, `may not be unspecified (${text})`));
  if (inRange(ip, 4, 127n, 8) || inRange(ip, 6, 1n, 128)) {
    const error = invalid(path, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)');
    // Where pods really are on loopback (the loopback network mode) there is nothing wrong with it.
    errors.push({ ...error, exemption: 'loopbackEndpoints' });
  }
  if (inRange(ip, 4, 0xa9fen, 16) || inRange(ip, 6, 0xfe80n >> 6n, 10)) {
    errors.push(invalid(path, text, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  }
  // Of IPv6 Go takes ff?2::/16, whatever the flags are.
  if (inRange(ip, 4, 0xe00000n, 24) || (ip.family === 6 && ((ip.value >> 112n) & 0xff0fn) === 0xff02n)) {
    errors.push(invalid(path, text, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
  }
  return errors;
}

function validateEndpointAddress(address: Part, path: string): FieldError[] {
  const { ip = '', hostname, nodeName } = address;
  return [
    ...isValidIpForLegacyField(`${path}.ip`, ip),
    ...(hostname ? all(`${path}.hostname`, hostname, isDns1123Label(hostname)) : []),
    ...(typeof nodeName === 'string' ? all(`${path}.nodeName`, nodeName, isDns1123Subdomain(nodeName)) : []),
    ...validateEndpointIp(ip, `${path}.ip`),
  ];
}

function validateSubsetPort(port: Part, requireName: boolean, path: string): FieldError[] {
  const { name = '', port: number = 0, protocol = '', appProtocol } = port;
  const errors: FieldError[] = [];
  if (name) errors.push(...all(`${path}.name`, name, isDns1123Label(name)));
  else if (requireName) errors.push(required(`${path}.name`));
  errors.push(...all(`${path}.port`, number, isPortNumber(number)));
  if (!protocol) errors.push(required(`${path}.protocol`));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
  if (typeof appProtocol === 'string') {
    errors.push(...all(`${path}.appProtocol`, appProtocol, isQualifiedName(appProtocol)));
  }
  return errors;
}

const validateSubsets = (endpoints: KubeObject): FieldError[] =>
  list(endpoints['subsets']).flatMap((subset, index) => {
    const path = at('subsets', index);
    const ready = list(subset['addresses']);
    const notReady = list(subset['notReadyAddresses']);
    const ports = list(subset['ports']);
    const none = ready.length === 0 && notReady.length === 0;
    return [
      ...(none ? [required(path, 'must specify `addresses` or `notReadyAddresses`')] : []),
      ...ready.flatMap((one, i) => validateEndpointAddress(one, at(`${path}.addresses`, i))),
      ...notReady.flatMap((one, i) => validateEndpointAddress(one, at(`${path}.notReadyAddresses`, i))),
      ...ports.flatMap((one, i) => validateSubsetPort(one, ports.length > 1, at(`${path}.ports`, i))),
    ];
  });

/** Subsets that were there already are left alone in an update. */
function validateEndpoints(endpoints: KubeObject, old: KubeObject | undefined): FieldError[] {
  const errors = validateSubsets(endpoints);
  const kept = errors.length > 0 && old !== undefined && equal(old['subsets'], endpoints['subsets']);
  return kept ? [] : errors;
}

function endpointsWarnings(endpoints: KubeObject): string[] {
  if (endpoints.metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return [];
  return list(endpoints['subsets']).flatMap((subset, index) =>
    ['addresses', 'notReadyAddresses'].flatMap((field) =>
      list(subset[field]).flatMap((address, i) =>
        ipWarnings(`${at(`${at('subsets', index)}.${field}`, i)}.ip`, address['ip'] ?? ''),
      ),
    ),
  );
}

export const ENDPOINTS: Strategy = {
  defaults: (endpoints) => {
    for (const subset of list(endpoints['subsets'])) {
      for (const port of list(subset['ports'])) setDefault(port, 'protocol', 'TCP');
    }
  },
  validateCreate: (endpoints) => [...createdMeta(endpoints), ...validateEndpoints(endpoints, undefined)],
  validateUpdate: (endpoints, old) => [
    ...updatedMeta(endpoints, old),
    ...wholeMeta(endpoints, { namespaced: true }),
    ...validateEndpoints(endpoints, old),
  ],
  warnings: endpointsWarnings,
};

function validateSliceAddress(text: string, type: string, addresses: string, path: string): FieldError[] {
  switch (type) {
    case 'IPv4':
    case 'IPv6': {
      const wrong = type === 'IPv4' ? isValidIpForLegacyField(path, text) : isValidIp(path, text);
      if (wrong.length > 0) return wrong;
      const family = parseIp(text)?.family;
      // The family's error names the list, as upstream's does.
      const other = family !== Number(type.slice(3)) ? [invalid(addresses, text, `must be an ${type} address`)] : [];
      return [...other, ...validateEndpointIp(text, path)];
    }
    case 'FQDN':
      return validateDomainName(text, path);
    default:
      return [];
  }
}

/** A domain name of two labels or more; a dot at its end is fine (`IsFullyQualifiedDomainName`). */
function validateDomainName(text: string, path: string): FieldError[] {
  if (text === '') return [required(path)];
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  const wrong = isDns1123Subdomain(name);
  if (wrong.length > 0) return [invalid(path, name, wrong.join(','))];
  const labels = name.split('.');
  if (labels.length < 2) {
    return [invalid(path, name, 'should be a domain with at least two segments separated by dots')];
  }
  const label = labels.find((one) => isDns1123Label(one).length > 0);
  return label === undefined ? [] : [invalid(path, label, isDns1123Label(label).join(','))];
}

function validateEndpoint(endpoint: Part, type: string, path: string): FieldError[] {
  const addresses = texts(endpoint['addresses']);
  const errors: FieldError[] = [];
  const place = `${path}.addresses`;
  addresses.forEach((one, index) => errors.push(...validateSliceAddress(one, type, place, at(place, index))));
  const { nodeName, hostname, hints, deprecatedTopology } = endpoint;
  if (typeof nodeName === 'string') errors.push(...all(`${path}.nodeName`, nodeName, isDns1123Subdomain(nodeName)));
  const topology = `${path}.deprecatedTopology`;
  const labels = Object.keys(deprecatedTopology ?? {}).length;
  if (labels > MOST.topology) errors.push(tooMany(topology, labels, MOST.topology));
  errors.push(...validateLabels(deprecatedTopology, topology));
  if (deprecatedTopology?.[ZONE] !== undefined) {
    errors.push(internal(keyed(topology, ZONE), 'reserved key was not removed in conversion'));
  }
  if (typeof hostname === 'string') errors.push(...all(`${path}.hostname`, hostname, isDns1123Label(hostname)));
  if (hints) errors.push(...validateHints(hints, `${path}.hints`));
  return errors;
}

const ZONE = 'topology.kubernetes.io/zone';
const NODE = 'kubernetes.io/hostname';

function validateHints(hints: Part, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const lists: [string, (name: string) => string[]][] = [
    ['forZones', isLabelValue],
    ['forNodes', isDns1123Subdomain],
  ];
  for (const [field, check] of lists) {
    const items = list(hints[field]);
    const place = `${path}.${field}`;
    if (items.length > MOST.hints) return [...errors, tooMany(place, items.length, MOST.hints)];
    const names = new Set<string>();
    items.forEach(({ name = '' }, index) => {
      const where = `${at(place, index)}.name`;
      if (names.has(name)) errors.push(duplicate(where, name));
      names.add(name);
      errors.push(...all(where, name, check(name)));
    });
  }
  return errors;
}

function validateSlicePorts(ports: Part[]): FieldError[] {
  if (ports.length > MOST.ports) return [tooMany('ports', ports.length, MOST.ports)];
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const path = at('ports', index);
    const { name = '', protocol = '', appProtocol } = port;
    const errors = name ? all(`${path}.name`, name, isDns1123Label(name)) : [];
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
    if (typeof appProtocol === 'string') {
      errors.push(...all(`${path}.appProtocol`, appProtocol, isQualifiedName(appProtocol)));
    }
    return errors;
  });
}

/** What upstream's declarative rules say about a slice, which comes after everything else. */
function validateDeclared({ addressType = '' }: KubeObject, endpoints: Part[]): FieldError[] {
  const errors: FieldError[] = [];
  if (!addressType) errors.push(required('addressType'));
  else if (!ADDRESS_TYPES.includes(addressType)) errors.push(notSupported('addressType', addressType, ADDRESS_TYPES));
  endpoints.forEach((endpoint, index) => {
    const path = `${at('endpoints', index)}.addresses`;
    const count = texts(endpoint['addresses']).length;
    if (count === 0) errors.push(required(path));
    else if (count > MOST.addresses) errors.push(tooMany(path, count, MOST.addresses));
  });
  return errors;
}

/** Endpoints that were there already are left alone in an update. */
function validateSlice(slice: KubeObject, old: KubeObject | undefined): FieldError[] {
  const { addressType = '' } = slice;
  const endpoints = list(slice['endpoints']);
  const errors = validateSlicePorts(list(slice['ports']));
  if (old && equal(old['endpoints'], slice['endpoints'])) return [...errors, ...validateDeclared(slice, [])];
  const wrong =
    endpoints.length > MOST.endpoints
      ? [tooMany('endpoints', endpoints.length, MOST.endpoints)]
      : endpoints.flatMap((one, index) => validateEndpoint(one, addressType, at('endpoints', index)));
  return [...errors, ...wrong, ...validateDeclared(slice, endpoints)];
}

function sliceDefaults(slice: KubeObject): void {
  for (const port of list(slice['ports'])) {
    port['name'] ??= '';
    port['protocol'] ??= 'TCP';
  }
}

/**
 * v1 has no way to write an endpoint's old topology; a node name that only that knew is kept when the endpoint is
 * written again (`dropTopologyOnV1`).
 */
function dropTopology(slice: KubeObject, old: KubeObject | undefined): void {
  if (old && equal(old['endpoints'], slice['endpoints'])) return;
  const known = new Set(list(old?.['endpoints']).flatMap(({ deprecatedTopology }) => deprecatedTopology?.[NODE] || []));
  for (const endpoint of list(slice['endpoints'])) {
    const name = endpoint['deprecatedTopology']?.[NODE];
    const keep = name !== undefined && known.has(name) && isDns1123Subdomain(name).length === 0;
    if (keep) endpoint['nodeName'] ??= name;
    delete endpoint['deprecatedTopology'];
  }
}

const CONTROLLERS = new Set(['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io']);

function sliceWarnings(slice: KubeObject, old: KubeObject | undefined): string[] {
  const fqdn = !old && slice['addressType'] === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : [];
  if (CONTROLLERS.has(slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ?? '')) return fqdn;
  const addresses = list(slice['endpoints']).flatMap((endpoint, index) =>
    texts(endpoint['addresses']).flatMap((address, i) =>
      ipWarnings(at(`${at('endpoints', index)}.addresses`, i), address),
    ),
  );
  return [...fqdn, ...addresses];
}

export const ENDPOINT_SLICE: Strategy = {
  defaults: sliceDefaults,
  prepareForCreate: (slice) => dropTopology(slice, undefined),
  prepareForUpdate: dropTopology,
  validateCreate: (slice) => [...createdMeta(slice), ...validateSlice(slice, undefined)],
  validateUpdate: (slice, old) => [
    ...wholeMeta(slice, { namespaced: true }),
    ...validateSlice(slice, old),
    ...immutableSilently(slice['addressType'], old['addressType'], 'addressType'),
  ],
  warnings: sliceWarnings,
};
