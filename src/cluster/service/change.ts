import type { FieldError } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import { keepSystemFields } from '../api/metadata.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '../validation/metadata.ts';
import {
  allocateClusterIps,
  allocateNodePorts,
  heldIps,
  heldPorts,
  type IpChange,
  updateClusterIps,
  updateHealthCheckPort,
  updateNodePorts,
} from './allocate.ts';
import { readService } from './defaults.ts';
import { initFamilies } from './families.ts';
import { followClusterIp, followClusterIpChange, keepAllocated } from './normalise.ts';
import { PortOperation } from './port-allocator.ts';
import type { Service, ServiceNumbers } from './types.ts';
import { validateServiceChange } from './validate-update.ts';
import { validateLoadBalancerStatus, statusWarnings } from './validate-status.ts';
import { validateService } from './validate.ts';
import { serviceWarnings } from './warnings.ts';
import { wipeTypeDependent } from './wipe.ts';

/** What a write makes of a Service. */
export interface ServiceChange {
  /** As it is to be stored; `readService` gives what clients see. */
  object: KubeObject;
  /** What validation says. Nothing may be stored or claimed when there is any. */
  errors: FieldError[];
  /** Texts for Warning headers, when there are no errors. */
  warnings: string[];
  /** To be taken: an IPAddress for each (`ipAddressFor`), and `ports.commit(change)`. Empty in a dry run. */
  claims: { ips: string[]; ports: number[] };
  /** To be given back in the same step: IPAddresses to delete. Empty in a dry run. */
  releases: { ips: string[]; ports: number[] };
}

const META_RULE = { namespaced: true, nameRule: 'dns1123-label' } as const;

/**
 * A new Service, which has its name and its defaults (`serviceDefaults`): numbers are found, then what it must be is
 * checked, in upstream's order (`pkg/registry/core/service`). Throws StatusError when there is no number for it (422
 * or 500). Takes nothing: that is for the caller to do when it stores the object. The object is changed.
 */
export function createService(
  object: KubeObject,
  numbers: ServiceNumbers,
  { dryRun }: { dryRun: boolean },
): ServiceChange {
  const service = object as Service;
  followClusterIp(service);
  initFamilies(service, undefined, numbers.families);
  const ips = allocateClusterIps(service, numbers, dryRun);
  const operation = new PortOperation(numbers.ports, dryRun, numbers.random);
  allocateNodePorts(service, operation);
  updateHealthCheckPort(service, undefined, operation);
  service.status = { loadBalancer: {} };
  const errors = [
    ...validateObjectMeta(service.metadata, META_RULE, 'metadata'),
    ...validateService(service, undefined),
  ];
  return change(service, errors, ips, operation);
}

/**
 * A new Service by a write to `status` of one that is not there, which upstream takes (its status store has the strategy
 * that allows it) and gives no numbers to.
 */
export function createServiceThroughStatus(object: KubeObject): Pick<ServiceChange, 'object' | 'errors' | 'warnings'> {
  const service = object as Service;
  service.status = { loadBalancer: {} };
  const errors = [
    ...validateObjectMeta(service.metadata, META_RULE, 'metadata'),
    ...validateService(service, undefined),
  ];
  return { object: service, errors, warnings: errors.length > 0 ? [] : serviceWarnings(service) };
}

/** A changed Service, on the terms of `createService`. `stored` is the live object; it is left alone. */
export function updateService(
  object: KubeObject,
  stored: KubeObject,
  numbers: ServiceNumbers,
  { dryRun }: { dryRun: boolean },
): ServiceChange {
  const service = object as Service;
  const old = readService(stored) as Service;
  keepAllocated(service, old);
  followClusterIpChange(service, old);
  initFamilies(service, old, numbers.families);
  const ips = updateClusterIps(service, old, numbers, dryRun);
  const operation = new PortOperation(numbers.ports, dryRun, numbers.random);
  updateNodePorts(service, old, operation);
  updateHealthCheckPort(service, old, operation);
  service.status = old.status ?? { loadBalancer: {} };
  wipeTypeDependent(service, old);
  keepSystemFields(service, old);
  const errors = [
    ...validateObjectMetaUpdate(service.metadata, old.metadata, 'metadata'),
    ...validateServiceChange(service, old),
    ...validateService(service, old),
  ];
  return change(service, errors, ips, operation);
}

function change(service: Service, errors: FieldError[], ips: IpChange, operation: PortOperation): ServiceChange {
  return {
    object: service,
    errors,
    warnings: errors.length > 0 ? [] : serviceWarnings(service),
    claims: { ips: ips.claims, ports: operation.claims },
    releases: { ips: ips.releases, ports: operation.releases },
  };
}

/** A write to `status`: everything but status and metadata stays. The object is changed; `stored` is left alone. */
export function updateServiceStatus(
  object: KubeObject,
  stored: KubeObject,
): Pick<ServiceChange, 'object' | 'errors' | 'warnings'> {
  const service = object as Service;
  const old = stored as Service;
  service.spec = old.spec;
  keepSystemFields(service, old);
  const errors = [
    ...validateObjectMetaUpdate(service.metadata, old.metadata, 'metadata'),
    ...validateLoadBalancerStatus(service, old),
  ];
  return { object: service, errors, warnings: errors.length > 0 ? [] : statusWarnings(service) };
}

/** What a Service that goes gives back. */
export function deleteService(object: KubeObject, numbers: ServiceNumbers): Pick<ServiceChange, 'claims' | 'releases'> {
  const service = object as Service;
  return {
    claims: { ips: [], ports: [] },
    releases: { ips: heldIps(service, numbers), ports: heldPorts(service) },
  };
}
