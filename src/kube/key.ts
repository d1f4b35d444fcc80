import type { KubeObject } from './objects.ts';

/** `NAMESPACE/NAME`, or `NAME` for cluster-scoped objects: how every store, queue, log line and AWS stack tag names an object. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}
