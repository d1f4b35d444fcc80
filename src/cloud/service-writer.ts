/** Everything Sluice writes to Services: finalizer, last-applied record, status, and events about them. */
import type { EventRecorder } from '../kube/events.ts';
import type { Condition, ObjectReference, Service } from '../kube/objects.ts';
import { isNotFound, type KubeClient, MERGE_PATCH, STRATEGIC_MERGE_PATCH } from '../kube/request.ts';
import { FINALIZER, LBC_FINALIZER } from '../service/ownership.ts';
import { APPLIED_ANNOTATION, type Applied, readApplied, writeApplied } from './applied.ts';
import { CONDITION_TYPES, RELEASED_ANNOTATION, type ServiceStatus, type Verdict } from './status.ts';

export class ServiceWriter {
  readonly #client: KubeClient;
  readonly #events: EventRecorder;
  readonly #now: () => Date;

  constructor(client: KubeClient, events: EventRecorder, now: () => Date = () => new Date()) {
    this.#client = client;
    this.#events = events;
    this.#now = now;
  }

  /**
   * Puts the finalizer and the record on the Service where they are missing: before anything is made for it in the cloud.
   * @throws ApiError 409 when the Service changed meanwhile.
   */
  async hold(service: Service, applied: Applied): Promise<Service> {
    const finalizers = service.metadata.finalizers ?? [];
    const record = writeApplied(applied);
    const known = service.metadata.annotations?.[APPLIED_ANNOTATION];
    const recorded = known === record || (known === undefined && record === writeApplied(readApplied(service)));
    const metadata = {
      ...(finalizers.includes(FINALIZER) ? {} : { finalizers: [...finalizers, FINALIZER] }),
      ...(recorded ? {} : { annotations: { [APPLIED_ANNOTATION]: record } }),
    };
    if (Object.keys(metadata).length === 0) return service;
    return this.#patch(service, { ...metadata, resourceVersion: service.metadata.resourceVersion });
  }

  /**
   * Takes the finalizers of Sluice and LBC, those of `others`, and the record off the Service, and gives it as it is then;
   * undefined if it is gone.
   */
  async letGo(service: Service, others: string[] = []): Promise<Service | undefined> {
    const ours = new Set([FINALIZER, LBC_FINALIZER, ...others]);
    const finalizers = (service.metadata.finalizers ?? []).filter((finalizer) => !ours.has(finalizer));
    const { resourceVersion } = service.metadata;
    try {
      return await this.#patch(service, {
        finalizers,
        annotations: { [APPLIED_ANNOTATION]: null },
        resourceVersion,
      });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Writes what differs of the status; nothing when nothing does. */
  async writeStatus(service: Service, status: ServiceStatus): Promise<Service> {
    const known = service.status?.conditions ?? [];
    const conditions = status.conditions.flatMap((verdict) => this.#changed(service, known, verdict));
    const ingress = service.status?.loadBalancer?.ingress ?? [];
    const ingressDiffers = status.ingress !== undefined && !sameJson(status.ingress, withoutDefaults(ingress));
    if (conditions.length === 0 && !ingressDiffers) return service;
    return this.#patchStatus(service, {
      ...(conditions.length > 0 ? { conditions } : {}),
      ...(ingressDiffers ? { loadBalancer: { ingress: status.ingress } } : {}),
    });
  }

  /** Takes Sluice's conditions and, unless it is to be kept, the hostname off the Service. Fine if it is gone. */
  async clearStatus(service: Service, keepHostname = false): Promise<Service> {
    const conditions = (service.status?.conditions ?? [])
      .filter(({ type }) => CONDITION_TYPES.includes(type))
      .map(({ type }) => ({ $patch: 'delete', type }));
    const published = !keepHostname && (service.status?.loadBalancer?.ingress ?? []).length > 0;
    if (conditions.length === 0 && !published) return service;
    try {
      return await this.#patchStatus(service, {
        ...(conditions.length > 0 ? { conditions } : {}),
        ...(published ? { loadBalancer: { ingress: null } } : {}),
      });
    } catch (error) {
      if (isNotFound(error)) return service;
      throw error;
    }
  }

  /** Marks the Service as released, so that a running controller leaves it alone from then on. */
  async markReleased(service: Service): Promise<Service> {
    return this.#patch(service, { annotations: { [RELEASED_ANNOTATION]: this.#now().toISOString() } });
  }

  event(service: Service, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { namespace, name, uid, resourceVersion } = service.metadata;
    const reference: ObjectReference = {
      apiVersion: 'v1',
      kind: 'Service',
      ...(namespace ? { namespace } : {}),
      name,
      uid,
      resourceVersion,
    };
    this.#events.record(reference, type, reason, message);
  }

  #changed(service: Service, known: Condition[], verdict: Verdict): Condition[] {
    const old = known.find(({ type }) => type === verdict.type);
    // The API server takes at most 32,768 bytes; people take less.
    const message = verdict.message.slice(0, 4096);
    if (old && old.status === verdict.status && old.reason === verdict.reason && old.message === message) return [];
    const lastTransitionTime =
      old?.status === verdict.status ? old.lastTransitionTime : `${this.#now().toISOString().slice(0, 19)}Z`;
    const { generation } = service.metadata;
    return [{ ...verdict, message, lastTransitionTime, ...(generation ? { observedGeneration: generation } : {}) }];
  }

  #patch(service: Service, metadata: object): Promise<Service> {
    return this.#client.request<Service>('PATCH', pathOf(service), { body: { metadata }, contentType: MERGE_PATCH });
  }

  #patchStatus(service: Service, status: object): Promise<Service> {
    // The uid keeps a status from landing on a Service that was made anew under the same name.
    return this.#client.request<Service>('PATCH', `${pathOf(service)}/status`, {
      body: { metadata: { uid: service.metadata.uid }, status },
      contentType: STRATEGIC_MERGE_PATCH,
    });
  }
}

export function pathOf(service: Service): string {
  const { namespace = 'default', name } = service.metadata;
  return `/api/v1/namespaces/${namespace}/services/${name}`;
}

/** The server adds no fields to hostname entries today; an `ipMode` on one would be its own. */
function withoutDefaults(ingress: { ipMode?: string }[]): object[] {
  return ingress.map(({ ipMode: _ipMode, ...rest }) => rest);
}

function sameJson(a: unknown, b: unknown): boolean {
  const sorted = (_key: string, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  return JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
}
