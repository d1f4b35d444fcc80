import { at, duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../api/field-error.ts';
import { isDns1123Label, isPortName, isPortNumber, isQualifiedName } from '../validation/names.ts';
import type { Service, ServicePort } from './types.ts';
import { typed } from './words.ts';

const PORTS = 'spec.ports';
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

const all = (field: string, value: unknown, messages: readonly string[]): FieldError[] =>
  messages.map((message) => invalid(field, value, message));

/** Each port by itself, and that names are there once (`validateServicePort`). */
export function validatePorts({ spec }: Service): FieldError[] {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  return ports.flatMap((port, index) => validatePort(port, at(PORTS, index), ports.length > 1, names));
}

function validatePort(port: ServicePort, path: string, requireName: boolean, names: Set<string>): FieldError[] {
  const { name, protocol = '', targetPort = 0, appProtocol } = port;
  const errors: FieldError[] = [];
  if (name) {
    errors.push(...all(`${path}.name`, name, isDns1123Label(name)));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
  } else if (requireName) errors.push(required(`${path}.name`));
  errors.push(...all(`${path}.port`, port.port, isPortNumber(port.port)));
  if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, typed(protocol), PROTOCOLS));
  const target = typeof targetPort === 'string' ? isPortName(targetPort) : isPortNumber(targetPort);
  errors.push(...all(`${path}.targetPort`, targetPort, target));
  if (appProtocol !== undefined) errors.push(...all(`${path}.appProtocol`, appProtocol, isQualifiedName(appProtocol)));
  return errors;
}

/** Ports among each other: node ports where there are none, pairs of protocol and number that are there twice. */
export function validatePortPairs({ spec }: Service): FieldError[] {
  const ports = spec.ports ?? [];
  const errors: FieldError[] = [];
  for (const [index, { nodePort }] of ports.entries()) {
    if (spec.type !== 'ClusterIP' || !nodePort) continue;
    errors.push(forbidden(`${at(PORTS, index)}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
  }
  const nodePorts = new Set<string>();
  for (const [index, { protocol = '', nodePort }] of ports.entries()) {
    if (!nodePort) continue;
    const pair = `${nodePort} ${protocol}`;
    if (nodePorts.has(pair)) errors.push(duplicate(`${at(PORTS, index)}.nodePort`, nodePort));
    nodePorts.add(pair);
  }
  const pairs = new Set<string>();
  for (const [index, { protocol = '', port }] of ports.entries()) {
    const pair = `${port} ${protocol}`;
    if (pairs.has(pair)) errors.push(duplicate(at(PORTS, index), portAsPrinted(protocol, port)));
    pairs.add(pair);
  }
  return errors;
}

/** Upstream prints its internal type, of which it has only filled in the pair. */
const portAsPrinted = (protocol: string, port: number) => ({
  Name: '',
  Protocol: protocol,
  AppProtocol: null,
  Port: port,
  TargetPort: 0,
  NodePort: 0,
});
