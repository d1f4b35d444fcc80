/** `pods/NAME/eviction`: a deletion that asks the pod's disruption budget first. */
import type { KubeObject } from '../api/object.ts';
import { badRequest } from '../api/status.ts';
import { ensureNamespace } from '../api/metadata.ts';
import { updateAs } from '../controllers/writes.ts';
import type { DeleteOptions } from '../registry/deletion.ts';
import { decideEviction } from '../registry/eviction.ts';
import type { Served } from '../registry/kinds.ts';
import { withCondition } from '../controllers/status.ts';
import { readBody } from './body.ts';
import type { Context } from './context.ts';
import { decodeBody } from './decode-body.ts';
import { CONTENT_TYPES, encodeStatus } from './encode.ts';
import { deleteOptions, writeQuery } from './options.ts';
import { send } from './respond.ts';
import { admit, expectedOf } from './special.ts';

/** Evicts the pod, with the options of deletion that the eviction carries. @throws StatusError 429 when it has to stay for now. */
export async function evict(context: Context, kind: Served): Promise<void> {
  const { request, response, query, info, media, warnings } = context;
  const body = await readBody(request);
  const write = writeQuery(query, 'CreateOptions');
  const expected = expectedOf('policy', 'v1', 'Eviction');
  const object = decodeBody(body, request.headers['content-type'], expected, write.fieldValidation, warnings.add);
  ensureNamespace(object, info.namespace);
  if (object.metadata.name && object.metadata.name !== info.name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  admit(context, kind);
  const { options, dryRun } = deleteOptions(object['deleteOptions'] ?? {}, new URLSearchParams());
  evictNow(context, kind, options, dryRun || write.dryRun);
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  send(request, response, 201, CONTENT_TYPES[media.type], encodeStatus(status, media), warnings);
}

const BUDGETS = 'poddisruptionbudgets.policy';

/** Synchronous: nothing comes between what the budget says and what is taken from it. */
function evictNow({ info, registry }: Context, kind: Served, options: DeleteOptions, dryRun: boolean): void {
  const { namespace, name } = info;
  const { object: pod } = registry.get(kind, namespace, name);
  const now = registry.time();
  const budgets = Array.from(registry.store.list(BUDGETS, namespace), (item) => item.object);
  const taken = decideEviction(pod, budgets, now);
  // A deletion that would not be done takes nothing.
  registry.delete(kind, namespace, name, options, { dryRun: true });
  if (dryRun) return;
  if (taken) {
    const place = { resource: BUDGETS, namespace, name: taken.budget.metadata.name ?? '' };
    updateAs(registry, 'kube-apiserver', place, (live) => ({ ...live, status: taken.status }), 'status');
  }
  const marked = mark(pod, now);
  const { object } = registry.update(kind, namespace, name, () => marked, {
    dryRun,
    warn: () => undefined,
    subresource: 'status',
  });
  const { preconditions } = options;
  const { resourceVersion = '' } = object.metadata;
  // The client's precondition held before this server's own write.
  const bumped = preconditions?.resourceVersion !== undefined && {
    preconditions: { ...preconditions, resourceVersion },
  };
  // Its kubelet may have waited for that write only.
  if (!registry.store.get(kind.stored, namespace, name)) return;
  registry.delete(kind, namespace, name, { ...options, ...bumped }, { dryRun });
}

/** The pod with the condition that says why it goes. */
function mark(pod: KubeObject, now: string): KubeObject {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastProbeTime: null,
    lastTransitionTime: now,
  };
  const conditions = withCondition(pod['status']?.conditions ?? [], condition);
  return { ...pod, metadata: { ...pod.metadata }, status: { ...pod['status'], conditions } };
}
