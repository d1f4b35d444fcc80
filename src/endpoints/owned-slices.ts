/** The slices of one controller: those of a Service, writes to them, and word of what others do to them. */
import type { EndpointSlice } from '../kube/objects.ts';
import { ApiError, isNotFound, type KubeClient } from '../kube/request.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import type { Store } from '../kube/store.ts';
import { serviceOfSlice } from '../service/endpoints.ts';
import { MANAGED_BY_LABEL } from './names.ts';
import { OwnWrites } from './own-writes.ts';
import type { SliceBody } from './slice.ts';

export type SliceOperation = 'create' | 'update' | 'delete';

export interface OwnedSlicesOptions {
  client: KubeClient;
  store: Store<EndpointSlice>;
  /** Value of the managed-by label. */
  manager: string;
  /** Somebody else changed or deleted slices of this Service. */
  onForeignChange: (serviceKey: string) => void;
  /** A write was made. */
  onWrite?: (operation: SliceOperation) => void;
}

const INDEX = 'manager and service';
const GONE = 'gone';

/** Makes slices findable; once for a store. */
export function indexSlices(store: Store<EndpointSlice>): void {
  store.addIndex(INDEX, (slice) => {
    const service = serviceOfSlice(slice);
    return service ? [`${slice.metadata.labels?.[MANAGED_BY_LABEL]} ${service}`] : [];
  });
}

export class OwnedSlices {
  readonly #options: OwnedSlicesOptions;
  /** Deleted by us, and still in the store until the watch says so too. By uid. */
  readonly #gone = new Set<string>();
  /** What the watch brought for a Service while it was synced, by uid: our own writes come back there too. */
  readonly #rounds = new Map<string, Map<string, string>>();
  readonly #own: OwnWrites<EndpointSlice>;

  /** The store must have been listed: what is in it now is no change. */
  constructor(options: OwnedSlicesOptions) {
    this.#options = options;
    this.#own = new OwnWrites(options.store, (old, next) => this.#onWatch(old, next));
  }

  close(): void {
    this.#own.close();
  }

  /** The slices of a Service that exist and are not being deleted, by name. */
  of(serviceKey: string): EndpointSlice[] {
    const found = this.#options.store.byIndex(INDEX, `${this.#options.manager} ${serviceKey}`);
    return found
      .filter(({ metadata }) => !metadata.deletionTimestamp && !this.#gone.has(metadata.uid))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /** Runs one sync of a Service. What others did to its slices meanwhile is told afterwards. */
  async during(serviceKey: string, sync: (round: SliceRound) => Promise<void>): Promise<void> {
    const shown = new Map<string, string>();
    this.#rounds.set(serviceKey, shown);
    /** Uid to the resource version that our write gave it. */
    const written = new Map<string, string>();
    try {
      await sync({
        create: (namespace, body) => this.#create(namespace, body, written),
        update: (namespace, name, body) => this.#update(namespace, name, body, written),
        delete: (slice) => this.#delete(slice, written),
      });
    } finally {
      this.#rounds.delete(serviceKey);
    }
    for (const [uid, version] of shown) {
      if (!isExpected(version, written.get(uid))) return this.#options.onForeignChange(serviceKey);
    }
  }

  async #create(namespace: string, body: SliceBody, written: Map<string, string>): Promise<void> {
    const answer = await this.#options.client.request<EndpointSlice>('POST', collection(namespace), { body });
    this.#options.onWrite?.('create');
    written.set(answer.metadata.uid, answer.metadata.resourceVersion);
    this.#own.created(answer);
  }

  async #update(namespace: string, name: string, body: SliceBody, written: Map<string, string>): Promise<void> {
    const path = `${collection(namespace)}/${name}`;
    try {
      const answer = await this.#options.client.request<EndpointSlice>('PUT', path, { body });
      this.#options.onWrite?.('update');
      written.set(answer.metadata.uid, answer.metadata.resourceVersion);
      this.#own.updated(answer);
    } catch (error) {
      if (isNotFound(error)) this.#own.forget(`${namespace}/${name}`);
      throw error;
    }
  }

  async #delete(slice: EndpointSlice, written: Map<string, string>): Promise<void> {
    const { name, namespace = '', uid } = slice.metadata;
    try {
      // With the uid, so that no successor of the same name is deleted.
      const body = { preconditions: { uid } };
      await this.#options.client.request('DELETE', `${collection(namespace)}/${name}`, { body });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#own.forget(`${namespace}/${name}`);
      return;
    }
    this.#options.onWrite?.('delete');
    written.set(uid, GONE);
    if (this.#options.store.get(`${namespace}/${name}`)?.metadata.uid === uid) this.#gone.add(uid);
  }

  #onWatch(old: EndpointSlice | undefined, next: EndpointSlice | undefined): void {
    if (old && !next && this.#gone.delete(old.metadata.uid)) return;
    const before = this.#serviceOf(old);
    const after = this.#serviceOf(next);
    if (before === undefined && after === undefined) return;
    const same = before === after && old && next && old.metadata.uid === next.metadata.uid;
    // Annotations are nobody's endpoints.
    if (same && (next.metadata.generation ?? 0) <= (old.metadata.generation ?? 0)) return;
    for (const key of new Set([before, after])) {
      if (key === undefined) continue;
      const round = this.#rounds.get(key);
      if (!round) this.#options.onForeignChange(key);
      else round.set((next ?? old)?.metadata.uid ?? '', next ? next.metadata.resourceVersion : GONE);
    }
  }

  #serviceOf(slice: EndpointSlice | undefined): string | undefined {
    if (slice?.metadata.labels?.[MANAGED_BY_LABEL] !== this.#options.manager) return undefined;
    return serviceOfSlice(slice);
  }
}

/** The writes of one sync. */
export interface SliceRound {
  create(namespace: string, body: SliceBody): Promise<void>;
  update(namespace: string, name: string, body: SliceBody): Promise<void>;
  delete(slice: EndpointSlice): Promise<void>;
}

/** Whether what the watch showed is our own write, or came before it. */
function isExpected(shown: string, written: string | undefined): boolean {
  if (written === undefined) return false;
  return shown === written || (shown !== GONE && compareResourceVersions(shown, written) !== 1);
}

function collection(namespace: string): string {
  return `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
}

/** Whether a create failed because the namespace is going: nothing can be done about that, nor need be. */
export function isNamespaceEnding(error: unknown): boolean {
  return (
    error instanceof ApiError && (error.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating')
  );
}
