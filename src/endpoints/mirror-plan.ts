/**
 * The slices that mirror Endpoints which somebody wrote by hand for a Service without a selector: one slice for each subset and
 * family. Pure. Rules: kubernetes `pkg/controller/endpointslicemirroring` (1.37).
 */
import type { EndpointAddress, Endpoints, EndpointSlice, IpFamily, SliceEndpoint, SlicePort } from '../kube/objects.ts';
import { readAddress } from '../service/address.ts';
import { SERVICE_NAME_LABEL } from '../service/endpoints.ts';
import { endpointKey, sameEndpoint } from './desired.ts';
import {
  LAST_APPLIED_ANNOTATION,
  LEADER_ANNOTATION,
  MANAGED_BY_LABEL,
  MIRRORING_CONTROLLER,
  SKIP_MIRROR_LABEL,
  TRIGGER_TIME_ANNOTATION,
} from './names.ts';
import type { PlanEvent } from './plan.ts';
import { inSliceOrder, portsKey } from './ports.ts';
import { bodyOf, controllerReference, sameMap, type SliceBody, type SliceDraft } from './slice.ts';
import { repackSubsets } from './subsets.ts';

export interface MirrorPlan {
  create: SliceDraft[];
  update: SliceDraft[];
  delete: EndpointSlice[];
  events: PlanEvent[];
  added: number;
  updated: number;
  removed: number;
  /** Addresses that are not mirrored: too many, or none at all. */
  skipped: number;
}

interface Group {
  addressType: IpFamily;
  ports: SlicePort[];
  endpoints: Map<string, SliceEndpoint>;
}

/** Whether Endpoints are to be mirrored, as far as they themselves say. */
export function isMirrored({ metadata }: Endpoints): boolean {
  return metadata.labels?.[SKIP_MIRROR_LABEL] !== 'true' && metadata.annotations?.[LEADER_ANNOTATION] === undefined;
}

/** Desired × existing → writes. `most`: addresses of one subset that are mirrored. */
export function planMirror(endpoints: Endpoints, existing: readonly EndpointSlice[], most: number): MirrorPlan {
  const plan: MirrorPlan = {
    create: [],
    update: [],
    delete: [],
    events: [],
    added: 0,
    updated: 0,
    removed: 0,
    skipped: 0,
  };
  const groups = desiredGroups(plan, endpoints, most);
  const byKey = Map.groupBy(existing, ({ addressType, ports }) => `${addressType} ${portsKey(ports ?? [])}`);
  for (const [key, group] of groups) planGroup(plan, endpoints, group, byKey.get(key) ?? [], most);
  for (const [key, slices] of byKey) if (!groups.has(key)) plan.delete.push(...slices);
  reuseDeleted(plan);
  return plan;
}

function desiredGroups(plan: MirrorPlan, { subsets }: Endpoints, most: number): Map<string, Group> {
  const groups = new Map<string, Group>();
  let invalid = 0;
  for (const subset of repackSubsets(subsets ?? [])) {
    const ports = inSliceOrder((subset.ports ?? []).map(({ name = '', ...port }) => ({ name, ...port })));
    const ofType = (addressType: IpFamily): Group => {
      const key = `${addressType} ${portsKey(ports)}`;
      const group = groups.get(key) ?? { addressType, ports, endpoints: new Map<string, SliceEndpoint>() };
      groups.set(key, group);
      return group;
    };
    const types = { IPv4: ofType('IPv4'), IPv6: ofType('IPv6') };
    const { addresses = [], notReadyAddresses = [] } = subset;
    let count = 0;
    for (const [list, ready] of [[addresses, true] as const, [notReadyAddresses, false] as const]) {
      for (const address of list) {
        if (count >= most) break;
        const read = readAddress(address.ip);
        if (!read) {
          invalid++;
          continue;
        }
        const endpoint = endpointOf(address, read.text, ready);
        types[read.family].endpoints.set(endpointKey(endpoint), endpoint);
        count++;
      }
    }
    plan.skipped += addresses.length + notReadyAddresses.length - count;
  }
  const warn = (reason: string, message: string) => plan.events.push({ type: 'Warning', reason, message });
  if (invalid > 0) {
    warn('InvalidIPAddress', `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`);
  }
  if (plan.skipped > invalid) {
    warn(
      'TooManyAddressesToMirror',
      `A max of ${most} addresses can be mirrored to EndpointSlices per Endpoints subset. ${plan.skipped} addresses were skipped`,
    );
  }
  return groups;
}

function endpointOf({ hostname, nodeName, targetRef }: EndpointAddress, ip: string, ready: boolean): SliceEndpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname && { hostname }),
    ...(targetRef && { targetRef }),
    ...(nodeName !== undefined && { nodeName }),
  };
}

function planGroup(
  plan: MirrorPlan,
  endpoints: Endpoints,
  group: Group,
  [first, ...others]: readonly EndpointSlice[],
  most: number,
): void {
  plan.delete.push(...others);
  if (group.endpoints.size === 0) {
    if (first) plan.delete.push(first);
    for (const slice of first ? [first, ...others] : []) plan.removed += slice.endpoints?.length ?? 0;
    return;
  }
  const differences = first ? differencesOf(first, group) : { added: group.endpoints.size, updated: 0, removed: 0 };
  plan.added += differences.added;
  plan.updated += differences.updated;
  plan.removed += differences.removed;
  const same = differences.added + differences.updated + differences.removed === 0;
  if (first && same && saysTheSame(first, endpoints)) return;
  const draft: SliceDraft = {
    ...(first && { replaces: first }),
    addressType: group.addressType,
    labels: labelsOf(endpoints),
    ports: group.ports,
    endpoints: [...group.endpoints.values()].slice(0, most),
  };
  (first ? plan.update : plan.create).push(draft);
}

function differencesOf({ endpoints }: EndpointSlice, group: Group) {
  let updated = 0;
  let matching = 0;
  for (const endpoint of endpoints ?? []) {
    const wanted = group.endpoints.get(endpointKey(endpoint));
    if (!wanted) continue;
    matching++;
    if (!sameEndpoint(wanted, endpoint)) updated++;
  }
  return { added: group.endpoints.size - matching, updated, removed: (endpoints?.length ?? 0) - matching };
}

/** Whether the slice's metadata are what they would be if it were made now. */
function saysTheSame({ metadata }: EndpointSlice, endpoints: Endpoints): boolean {
  const { [MANAGED_BY_LABEL]: _manager, [SERVICE_NAME_LABEL]: _service, ...labels } = metadata.labels ?? {};
  const { name, uid } = endpoints.metadata;
  const ofEarlier = (metadata.ownerReferences ?? []).some(
    (owner) => owner.kind === 'Endpoints' && owner.name === name && owner.uid !== uid,
  );
  return (
    !ofEarlier &&
    sameMap(endpoints.metadata.labels, labels) &&
    sameMap(annotationsOf(endpoints), metadata.annotations ?? {})
  );
}

function labelsOf({ metadata }: Endpoints): Record<string, string> {
  return { ...metadata.labels, [SERVICE_NAME_LABEL]: metadata.name, [MANAGED_BY_LABEL]: MIRRORING_CONTROLLER };
}

function annotationsOf({ metadata }: Endpoints): Record<string, string> {
  const { [TRIGGER_TIME_ANNOTATION]: _time, [LAST_APPLIED_ANNOTATION]: _applied, ...rest } = metadata.annotations ?? {};
  return rest;
}

/** Turns pairs of a create and a delete of one family into updates. */
function reuseDeleted(plan: MirrorPlan): void {
  const create: SliceDraft[] = [];
  for (const draft of plan.create) {
    const index = plan.delete.findIndex(({ addressType }) => addressType === draft.addressType);
    const [replaces] = index < 0 ? [] : plan.delete.splice(index, 1);
    if (replaces) plan.update.push({ ...draft, replaces });
    else create.push(draft);
  }
  plan.create = create;
}

/** What is sent for a draft. */
export function mirrorBody(draft: SliceDraft, endpoints: Endpoints): SliceBody {
  const { name, namespace } = endpoints.metadata;
  const { metadata } = draft.replaces ?? {};
  return bodyOf(draft, {
    ...(metadata ? { name: metadata.name, resourceVersion: metadata.resourceVersion } : { generateName: `${name}-` }),
    namespace,
    labels: draft.labels,
    annotations: annotationsOf(endpoints),
    ownerReferences: [controllerReference('Endpoints', endpoints.metadata)],
  });
}
