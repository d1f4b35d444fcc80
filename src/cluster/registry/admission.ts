import type { KubeObject } from '../api/object.ts';
import { forbiddenError, notFoundError, StatusError } from '../api/status.ts';
import { admitPriority } from '../kinds/strategies/admission.ts';
import type { Store } from '../store/store.ts';
import type { Served } from './kinds.ts';

/** Namespaces that upstream's NamespaceLifecycle never lets go. */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

/**
 * Admission of a new object as upstream's NamespaceLifecycle plugin: its namespace must exist and must not be going
 * (`admission/plugin/namespace/lifecycle`).
 */
export function admitCreate(kind: Served, object: KubeObject, store: Store): void {
  const { namespace, name = '' } = object.metadata;
  if (!kind.namespaced || !namespace) return;
  const found = store.get('namespaces', '', namespace);
  if (!found) throw notFoundError({ group: '', name: 'namespaces' }, namespace);
  if (found.object['status']?.phase !== 'Terminating') return;
  const resource = { group: kind.group, name: kind.resource };
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { message, details } = forbiddenError(resource, name, why);
  throw new StatusError(403, 'Forbidden', message, {
    ...details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}

/** A new pod gets the priority of its class (upstream's Priority plugin). */
export function admitPod(pod: KubeObject, store: Store): void {
  const classes = [...store.list('priorityclasses.scheduling.k8s.io')].map((item) => item.object);
  const why = admitPriority(pod, classes);
  if (why) throw forbiddenError({ group: '', name: 'pods' }, pod.metadata.name ?? '', why);
}

export function admitDelete(kind: Served, object: KubeObject): void {
  const { name = '' } = object.metadata;
  if (kind.group === '' && kind.kind === 'Namespace' && IMMORTAL.has(name)) {
    throw forbiddenError({ group: '', name: 'namespaces' }, name, 'this namespace may not be deleted');
  }
}
