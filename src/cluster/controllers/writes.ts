/** Writes by the server's own controllers: as a client's, with the controller as field manager. */
import type { KubeObject } from '../api/object.ts';
import { applyFields, trackUpdate } from '../fields/manager.ts';
import { normaliseObject } from '../schema/decode.ts';
import { findKind, type Served, storedKind } from '../registry/kinds.ts';
import { resetsOf } from '../registry/parts.ts';
import type { Registry } from '../registry/registry.ts';

/** The field manager of what upstream's controller manager does. */
export const MANAGER = 'kube-controller-manager';

const QUIET = { dryRun: false, warn: () => undefined } as const;

type Part = '' | 'status' | 'finalize';

const fields = (registry: Registry, kind: Served, manager: string, part: Part) => ({
  schema: kind.schema,
  apiVersion: kind.apiVersion,
  manager,
  subresource: part,
  now: registry.time(),
  reset: resetsOf(kind, part),
});

/** Creates an object of a kind that this server has, and gives what is stored; `trusted` may say what a client may not. */
export function createAs(registry: Registry, manager: string, object: KubeObject, trusted = false): KubeObject {
  const kind = findKind(object.apiVersion, object.kind);
  if (!kind) throw new Error(`${object.apiVersion} ${object.kind} is no kind of this server`);
  const made = structuredClone(object);
  kind.strategy?.defaults?.(made);
  const tracked = trackUpdate(undefined, made, fields(registry, kind, manager, ''));
  return registry.create(kind, made.metadata.namespace ?? '', tracked, { ...QUIET, subresource: '', trusted }).object;
}

/** Changes an object; `change` gets a copy of the live one, which it may alter. */
export function updateAs(
  registry: Registry,
  manager: string,
  { resource, namespace, name }: { resource: string; namespace: string; name: string },
  change: (live: KubeObject) => KubeObject,
  part: Part = '',
  trusted = false,
): void {
  const kind = storedKind(resource);
  registry.update(
    kind,
    namespace,
    name,
    (live) => {
      if (!live) throw new Error(`${resource} ${name} has gone`);
      return trackUpdate(live, change(structuredClone(live)), fields(registry, kind, manager, part));
    },
    { ...QUIET, subresource: part, trusted },
  );
}

/** Server-side apply, which takes over what others own: `applied` has nothing but what the controller wants. */
export function applyAs(registry: Registry, manager: string, applied: KubeObject, part: Part = ''): void {
  const kind = findKind(applied.apiVersion, applied.kind);
  if (!kind) throw new Error(`${applied.apiVersion} ${applied.kind} is no kind of this server`);
  const { namespace = '', name = '' } = applied.metadata;
  const write = { ...fields(registry, kind, manager, part), force: true };
  registry.update(kind, namespace, name, (live) => normaliseObject(applyFields(live, applied, write), kind.schema), {
    ...QUIET,
    subresource: part,
  });
}
