/** A slice as it should be, and what is written for it. Pure. */
import type { EndpointSlice, IpFamily, OwnerReference, Service, SliceEndpoint, SlicePort } from '../kube/objects.ts';
import { SERVICE_NAME_LABEL } from '../service/endpoints.ts';
import { HEADLESS_LABEL, MANAGED_BY_LABEL, SLICE_CONTROLLER, TRIGGER_TIME_ANNOTATION } from './names.ts';
import { isHeadless } from './service.ts';

/** A slice to write. `endpoints` is the draft's own list; the endpoints in it may be a store's: they are never modified. */
export interface SliceDraft {
  /** The slice that is edited: its metadata stays, but for labels and trigger time. */
  edits?: EndpointSlice;
  /** A slice that would be deleted and only gives its name: an update costs its readers less than a delete and a create. */
  replaces?: EndpointSlice;
  addressType: IpFamily;
  labels: Record<string, string>;
  ports: readonly SlicePort[];
  endpoints: SliceEndpoint[];
}

/** An object to send. */
export interface SliceBody {
  apiVersion: 'discovery.k8s.io/v1';
  kind: 'EndpointSlice';
  metadata: Record<string, unknown>;
  addressType: IpFamily;
  endpoints: readonly SliceEndpoint[];
  ports: readonly SlicePort[];
}

const RESERVED_LABELS = new Set([SERVICE_NAME_LABEL, MANAGED_BY_LABEL, HEADLESS_LABEL]);

/** The labels that a Service's slices have: its own, and what says whose they are. */
export function sliceLabels(service: Service): Record<string, string> {
  return {
    ...withoutReserved(service.metadata.labels),
    ...(isHeadless(service) && { [HEADLESS_LABEL]: '' }),
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: SLICE_CONTROLLER,
  };
}

/** Whether the slice has not the labels of its Service. The reserved ones alone are no reason to write a slice. */
export function labelsDiffer(slice: EndpointSlice, service: Service): boolean {
  return !sameMap(withoutReserved(slice.metadata.labels), withoutReserved(service.metadata.labels));
}

function withoutReserved(labels: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !RESERVED_LABELS.has(key)));
}

/** Whether two maps say the same; none is as good as an empty one. */
export function sameMap(a: Record<string, string> = {}, b: Record<string, string> = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** Whether the slice belongs to this very Service, not to an earlier one of the same name. */
export function isOwnedBy(slice: EndpointSlice, service: Service): boolean {
  return (slice.metadata.ownerReferences ?? []).some(
    ({ uid, kind, apiVersion }) => uid === service.metadata.uid && kind === 'Service' && apiVersion === 'v1',
  );
}

/** A new, empty slice. */
export function newDraft(service: Service, addressType: IpFamily, ports: readonly SlicePort[]): SliceDraft {
  return { addressType, labels: sliceLabels(service), ports, endpoints: [] };
}

/** A slice as it is, to be changed. */
export function draftOf(slice: EndpointSlice): SliceDraft {
  return {
    edits: slice,
    addressType: slice.addressType as IpFamily,
    labels: slice.metadata.labels ?? {},
    ports: slice.ports ?? [],
    endpoints: [...(slice.endpoints ?? [])],
  };
}

/** The reference that makes the garbage collector delete what an owner leaves behind. */
export function controllerReference(
  kind: 'Service' | 'Endpoints',
  { name, uid }: { name: string; uid: string },
): OwnerReference {
  return { apiVersion: 'v1', kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** What is sent for a draft. Without a trigger time the annotation goes, for the write answers nothing that is known. */
export function sliceBody(draft: SliceDraft, service: Service, triggerTime: string | undefined): SliceBody {
  const { edits, replaces, labels } = draft;
  const { name, namespace } = service.metadata;
  const { [TRIGGER_TIME_ANNOTATION]: _, ...others } = edits?.metadata.annotations ?? {};
  const annotations = { ...others, ...(triggerTime !== undefined && { [TRIGGER_TIME_ANNOTATION]: triggerTime }) };
  const fresh = {
    ...(replaces && { name: replaces.metadata.name, resourceVersion: replaces.metadata.resourceVersion }),
    generateName: `${name}-`,
    namespace,
    ownerReferences: [controllerReference('Service', service.metadata)],
  };
  return bodyOf(draft, { ...(edits?.metadata ?? fresh), labels, annotations });
}

/** The object of a draft under some metadata. */
export function bodyOf({ addressType, endpoints, ports }: SliceDraft, metadata: Record<string, unknown>): SliceBody {
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType, endpoints, ports };
}
