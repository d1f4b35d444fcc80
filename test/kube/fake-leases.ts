import { ApiError, ConnectionError } from '../../src/kube/errors.ts';
import type { Lease } from '../../src/kube/objects.ts';
import type { KubeClient, Method, RequestOptions } from '../../src/kube/request.ts';

/** What happens to a request: it works, is never answered, fails, or takes effect without an answer. */
export type Fault = 'none' | 'hang' | 'fail' | 'lose-answer';

/** The API server's side of one Lease: optimistic locking and nothing else. */
export class FakeLeases {
  lease: Lease | undefined;
  /** Asked before every request, per client. */
  fault: (who: string, method: Method) => Fault = () => 'none';
  readonly log: string[] = [];
  #version = 0;

  client(who: string): KubeClient {
    return {
      request: <T>(method: Method, path: string, options: RequestOptions = {}) =>
        this.#serve(who, method, path, options) as Promise<T>,
      watch: () => {
        throw new Error('leases are not watched');
      },
    };
  }

  /** An edit by someone else. */
  edit(change: (lease: Lease) => void): void {
    if (!this.lease) throw new Error('no lease');
    this.lease = structuredClone(this.lease);
    change(this.lease);
    this.lease.metadata.resourceVersion = String(++this.#version);
  }

  async #serve(who: string, method: Method, path: string, options: RequestOptions): Promise<Lease> {
    const fault = this.fault(who, method);
    if (!options.unguarded && method !== 'GET') throw new Error('a lease request must pass the guard');
    if (fault === 'hang') return hang(options.signal);
    if (fault === 'fail') throw new ConnectionError(method, path, new Error('refused'));
    const answer = this.#apply(who, method, path, options.body as Lease | undefined);
    if (fault === 'lose-answer') return hang(options.signal);
    return structuredClone(answer);
  }

  #apply(who: string, method: Method, path: string, body: Lease | undefined): Lease {
    const refuse = (status: number, reason: string) => new ApiError(method, path, status, { reason });
    if (method === 'POST') {
      if (this.lease) throw refuse(409, 'AlreadyExists');
    } else if (!this.lease) {
      throw refuse(404, 'NotFound');
    }
    if (method === 'GET') return this.lease as Lease;
    if (!body) throw refuse(400, 'BadRequest');
    if (this.lease && body.metadata.resourceVersion !== this.lease.metadata.resourceVersion)
      throw refuse(409, 'Conflict');
    const metadata = {
      ...body.metadata,
      uid: this.lease?.metadata.uid ?? 'uid',
      resourceVersion: String(++this.#version),
    };
    this.lease = structuredClone({ ...body, metadata });
    this.log.push(`${who} ${body.spec?.holderIdentity || 'release'}`);
    return this.lease;
  }
}

/** As a request to a server that went away, but without the client's own timeout. */
function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
