/**
 * What has to be written so that a Service's slices of one family are as they should be: desired × existing → creates, updates
 * and deletes. Pure. Rules: `reconcileByAddressType` and `finalize` of k8s.io/endpointslice (0.37).
 */
import type { EndpointSlice, IpFamily, Service } from '../kube/objects.ts';
import { desiredEndpoints, type NodeLookup } from './desired.ts';
import { pack } from './packing.ts';
import type { EndpointPod } from './pod.ts';
import { portsKey } from './ports.ts';
import { trafficDistributionOf, wantsTopologyHints } from './service.ts';
import { isOwnedBy, newDraft, sameMap, type SliceDraft } from './slice.ts';
import { addTopologyHints, type ByZone } from './topology-hints.ts';
import { addTrafficHints, removeHints, type SliceSet } from './traffic-hints.ts';

export interface PlanInput {
  service: Service;
  pods: Iterable<EndpointPod>;
  nodeOf: NodeLookup;
  addressType: IpFamily;
  /** The slices of this family that say they are the Service's and this controller's. */
  existing: readonly EndpointSlice[];
  maxEndpointsPerSlice: number;
  zoneShares: ByZone | undefined;
  /** Whether the Service had topology hints until now: what changes is told in an event. */
  hadTopologyHints: boolean;
}

export interface PlanEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** What the metrics tell of the slices with one list of ports. */
export interface Efficiency {
  endpoints: number;
  slices: number;
}

export interface SlicePlan {
  create: SliceDraft[];
  update: SliceDraft[];
  delete: EndpointSlice[];
  /** Pods that are left out because their node is not there: to be tried again. */
  missing: EndpointPod[];
  events: PlanEvent[];
  /** Endpoints by zone, when there are topology hints now. */
  topology: ByZone | undefined;
  efficiency: Efficiency[];
  added: number;
  removed: number;
}

/** Makes the plan. It depends on nothing but its arguments, so one that failed halfway is made anew from what is there. */
export function planSlices(input: PlanInput): SlicePlan {
  const { service, addressType, existing } = input;
  const { groups, missing } = desiredEndpoints(service, input.pods, input.nodeOf, addressType);
  const plan: SlicePlan = {
    create: [],
    update: [],
    delete: existing.filter((slice) => !isOwnedBy(slice, service)),
    missing,
    events: [],
    topology: undefined,
    efficiency: [],
    added: 0,
    removed: 0,
  };
  const set: SliceSet = { create: plan.create, update: plan.update, unchanged: [] };
  const byPorts = Map.groupBy(
    existing.filter((slice) => isOwnedBy(slice, service)),
    (slice) => portsKey(slice.ports ?? []),
  );
  for (const [key, group] of groups) {
    const slices = byPorts.get(key) ?? [];
    const packing = pack(service, addressType, group, slices, input.maxEndpointsPerSlice);
    set.create.push(...packing.create);
    set.update.push(...packing.update);
    set.unchanged.push(...packing.unchanged);
    plan.delete.push(...packing.delete);
    plan.added += packing.added;
    plan.removed += packing.removed;
    const count = slices.length + packing.create.length - packing.delete.length;
    plan.efficiency.push({ endpoints: group.endpoints.size, slices: count });
  }
  for (const [key, slices] of byPorts) if (!groups.has(key)) plan.delete.push(...slices);
  keepPlaceholder(plan, input);
  setHints(plan, set, input);
  plan.create = set.create;
  plan.update = set.update;
  reuseDeleted(plan, service);
  return plan;
}

/** A Service without endpoints has one empty slice, so that its readers know that there are none. */
function keepPlaceholder(plan: SlicePlan, { service, addressType, existing }: PlanInput): void {
  if (plan.delete.length !== existing.length || plan.create.length > 0) return;
  const placeholder = newDraft(service, addressType, []);
  const [only, ...others] = plan.delete;
  if (only && others.length === 0 && isPlaceholder(only, placeholder)) plan.delete = [];
  else plan.create.push(placeholder);
  plan.efficiency.push({ endpoints: 0, slices: 1 });
}

function isPlaceholder(slice: EndpointSlice, placeholder: SliceDraft): boolean {
  // A label without a value is as good as none here.
  const filled = (labels: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
  return (
    (slice.endpoints ?? []).length === 0 &&
    (slice.ports ?? []).length === 0 &&
    slice.addressType === placeholder.addressType &&
    sameMap(filled(slice.metadata.labels), filled(placeholder.labels))
  );
}

function setHints(plan: SlicePlan, set: SliceSet, input: PlanInput): void {
  const { service, addressType, hadTopologyHints } = input;
  const tell = (type: PlanEvent['type'], reason: string, message: string) =>
    plan.events.push({ type, reason, message: `${message}, addressType: ${addressType}` });
  if (wantsTopologyHints(service)) {
    const result = addTopologyHints(set, input.zoneShares);
    if ('refused' in result) {
      tell('Warning', 'TopologyAwareHintsDisabled', result.refused);
      removeHints(set);
      return;
    }
    plan.topology = result.allocated;
    if (!hadTopologyHints) tell('Normal', 'TopologyAwareHintsEnabled', 'Topology Aware Hints has been enabled');
    return;
  }
  if (hadTopologyHints) tell('Warning', 'TopologyAwareHintsDisabled', 'Topology Aware Hints has been disabled');
  const distribution = trafficDistributionOf(service);
  if (distribution) addTrafficHints(set, distribution);
  else removeHints(set);
}

/** Turns pairs of a create and a delete into updates, where the slice to delete is this Service's own. */
function reuseDeleted(plan: SlicePlan, service: Service): void {
  const kept: EndpointSlice[] = [];
  for (const slice of plan.delete) {
    const draft = plan.create.at(-1);
    if (draft && isOwnedBy(slice, service)) {
      plan.create.pop();
      plan.update.push({ ...draft, replaces: slice });
    } else {
      kept.push(slice);
    }
  }
  plan.delete = kept;
}
