import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { AddressSet } from '../../../src/cluster/service/address-set.ts';
import { createService, type ServiceChange, updateService } from '../../../src/cluster/service/change.ts';
import { serviceDefaults } from '../../../src/cluster/service/defaults.ts';
import { PortAllocator } from '../../../src/cluster/service/port-allocator.ts';
import type { IpFamily, Service, ServiceNumbers } from '../../../src/cluster/service/types.ts';
import { normalise, normaliseObject } from '../../../src/cluster/schema/decode.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';

const schema = kindSchema('', 'v1', 'Service');

// oxlint-disable-next-line typescript/no-explicit-any -- bodies as a client might send them
export type Body = any;

/** A body as the server reads it: decoded, with its defaults. */
export function decoded(body: Body): KubeObject {
  const object = normalise(structuredClone(body), schema).value as unknown as KubeObject;
  serviceDefaults(object);
  return object;
}

export interface NumbersOptions {
  cidrs?: string[];
  families?: IpFamily[];
  ports?: { first: number; last: number };
  random?: (below: number) => number;
}

/** Numbers of a cluster with one ServiceCIDR and nothing allocated. Random is always 0 unless said otherwise. */
export function numbersOf(options: NumbersOptions = {}): ServiceNumbers {
  const cidrs = options.cidrs ?? ['10.96.0.0/16'];
  return {
    cidrs: () => [{ name: 'kubernetes', cidrs, ready: true, deleting: false }],
    addresses: new AddressSet(),
    ports: new PortAllocator(options.ports),
    random: options.random ?? (() => 0),
    families: options.families ?? ['IPv4'],
  };
}

/** Makes a change true, as the server does when it has stored the object. */
export function commit(numbers: ServiceNumbers, change: Pick<ServiceChange, 'claims' | 'releases'>): void {
  numbers.ports.commit(change);
  for (const ip of change.claims.ips) numbers.addresses.add(ip);
  for (const ip of change.releases.ips) numbers.addresses.delete(ip);
}

const META = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', namespace: 'default' };

/** A create of a body with this spec, committed when nothing is wrong with it. */
export function create(numbers: ServiceNumbers, spec: Body, metadata: Body = {}, dryRun = false): ServiceChange {
  const object = decoded({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', ...META, ...metadata }, spec });
  return done(numbers, createService(object, numbers, { dryRun }));
}

/** An update of a stored Service to this spec, committed when nothing is wrong with it. */
export function update(numbers: ServiceNumbers, old: KubeObject, spec: Body, metadata: Body = {}): ServiceChange {
  const object = decoded({ ...old, metadata: { ...old.metadata, ...metadata }, spec });
  return done(numbers, updateService(object, old, numbers, { dryRun: false }));
}

function done(numbers: ServiceNumbers, change: ServiceChange): ServiceChange {
  if (change.errors.length === 0) commit(numbers, change);
  return { ...change, object: normaliseObject(change.object, schema) };
}

export const specOf = (object: KubeObject): Service['spec'] => (object as Service).spec;

/** Causes as lines. */
export const linesOf = ({ errors }: Pick<ServiceChange, 'errors'>): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);

/** What a call throws: the Status' code and message. */
export function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    const { code, message } = error as Error & { code: number };
    return `${code} ${message}`;
  }
  return 'nothing';
}
