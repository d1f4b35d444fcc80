import type { KubeAnswer } from '../../tools/control-plane.ts';
import { SAMPLES } from './columns-objects.ts';
import { kindOf, pathOf } from './columns-table.ts';

type Request = (method: string, path: string, body?: unknown) => Promise<KubeAnswer>;

/** A request that has to succeed; returns what comes back. */
export async function done(request: Request, method: string, path: string, body?: object): Promise<KubeAnswer['body']> {
  const answer = await request(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.message}`);
  return answer.body;
}

/** Brings all samples into the API server. */
export async function createSamples(request: Request): Promise<void> {
  for (const { kind: id, body, status, remove } of SAMPLES) {
    const kind = kindOf(id);
    const { name, namespace } = body.metadata;
    const path = pathOf(kind, name, namespace);
    await done(request, 'POST', pathOf(kind, undefined, namespace), body);
    if (status) await done(request, 'PATCH', `${path}/status`, { status });
    if (remove) await done(request, 'DELETE', path);
  }
}
