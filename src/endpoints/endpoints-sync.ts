/** One sync of a Service's Endpoints. */
import type { EventRecorder } from '../kube/events.ts';
import type { Endpoints, Service } from '../kube/objects.ts';
import { isNotFound, type KubeClient } from '../kube/request.ts';
import type { Store } from '../kube/store.ts';
import { type EndpointsBody, planEndpoints } from './endpoints-plan.ts';
import { isNamespaceEnding } from './owned-slices.ts';
import type { OwnWrites } from './own-writes.ts';
import type { EndpointPod } from './pod.ts';
import { selectsPods } from './service.ts';
import { TriggerTimes } from './trigger-time.ts';

export interface EndpointsSyncParts {
  client: KubeClient;
  serviceOf(key: string): Service | undefined;
  podsOf(service: Service): EndpointPod[];
  endpoints: Store<Endpoints>;
  own: OwnWrites<Endpoints>;
  events: EventRecorder;
}

export class EndpointsSync {
  readonly #parts: EndpointsSyncParts;
  readonly #triggers = new TriggerTimes();

  constructor(parts: EndpointsSyncParts) {
    this.#parts = parts;
  }

  /** Makes a Service's Endpoints what they should be; without a Service they go. @throws when it is worth another try. */
  async sync(key: string): Promise<void> {
    const { client, serviceOf, podsOf, endpoints } = this.#parts;
    const [namespace = '', name = ''] = key.split('/');
    const collection = `/api/v1/namespaces/${namespace}/endpoints`;
    const service = serviceOf(key);
    if (!service) {
      await client.request('DELETE', `${collection}/${name}`).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
      this.#triggers.forget(key);
      return;
    }
    if (!selectsPods(service)) return;
    const pods = podsOf(service);
    const current = endpoints.get(key);
    const body = planEndpoints(service, pods, current, this.#triggers.next(key, service, pods));
    if (body) await this.#write(service, collection, current, body);
  }

  async #write(
    service: Service,
    collection: string,
    current: Endpoints | undefined,
    body: EndpointsBody,
  ): Promise<void> {
    const { client, own } = this.#parts;
    const { namespace = '', name } = service.metadata;
    try {
      if (current) own.updated(await client.request<Endpoints>('PUT', `${collection}/${name}`, { body }));
      else own.created(await client.request<Endpoints>('POST', collection, { body }));
    } catch (error) {
      if (!current && isNamespaceEnding(error)) return;
      if (current && isNotFound(error)) own.forget(`${namespace}/${name}`);
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.events.record(
        {
          apiVersion: 'v1',
          kind: 'Endpoints',
          namespace,
          name,
          ...(current && { uid: current.metadata.uid, resourceVersion: current.metadata.resourceVersion }),
        },
        'Warning',
        current ? 'FailedToUpdateEndpoint' : 'FailedToCreateEndpoint',
        current
          ? `Failed to update endpoint ${namespace}/${name}: ${reason}`
          : `Failed to create endpoint for service ${namespace}/${name}: ${reason}`,
      );
      throw error;
    }
  }
}
