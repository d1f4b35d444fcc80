/** What every kind has in common in a write: system fields, namespaces, generations (apiserver `registry/rest`). Pure. */
import type { JsonObject, KubeObject, OwnerReference } from './object.ts';
import { badRequest } from './status.ts';

/** Takes away what only the server may set. */
export function wipeSystemFields(object: KubeObject): void {
  const { metadata } = object;
  delete metadata.creationTimestamp;
  delete metadata.uid;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** The object's namespace is the request's: set when absent, refused when another one. */
export function ensureNamespace(object: KubeObject, namespace: string): void {
  const { metadata } = object;
  if ((metadata.namespace ?? '') === namespace) return;
  if (metadata.namespace && namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (namespace) metadata.namespace = namespace;
  else delete metadata.namespace;
}

/** A PUT or patch must leave the object under the name in its URL. */
export function ensureName(object: KubeObject, namespace: string, name: string): void {
  const { metadata } = object;
  if (!metadata.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (namespace && metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(
      `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${namespace})`,
    );
  }
}

/** Owner references that are there twice stay once; gives the warning about it, if any. */
export function dedupeOwners(object: KubeObject, afterAdmission: boolean): string | undefined {
  const owners = object.metadata.ownerReferences;
  if (!owners || owners.length < 2) return undefined;
  const kept: OwnerReference[] = [];
  const duplicates: string[] = [];
  const seen = new Set<string>();
  for (const owner of owners) {
    const text = JSON.stringify(owner);
    if (seen.has(text)) duplicates.push(owner.uid);
    else {
      seen.add(text);
      kept.push(owner);
    }
  }
  if (duplicates.length === 0) return undefined;
  object.metadata.ownerReferences = kept;
  const when = afterAdmission ? ' after mutating admission happens' : '';
  return (
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and ` +
    `may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${duplicates.join(', ')}`
  );
}

/** System fields of an update: an update can't change them. */
export function keepSystemFields(object: KubeObject, old: KubeObject): void {
  const { metadata } = object;
  const before = old.metadata;
  delete metadata.selfLink;
  if (!metadata.uid && before.uid) metadata.uid = before.uid;
  if (before.creationTimestamp) metadata.creationTimestamp = before.creationTimestamp;
  if (before.deletionTimestamp) metadata.deletionTimestamp = before.deletionTimestamp;
  if (before.deletionGracePeriodSeconds !== undefined && metadata.deletionGracePeriodSeconds === undefined) {
    metadata.deletionGracePeriodSeconds = before.deletionGracePeriodSeconds;
  }
}

export function setGeneration(object: KubeObject, generation: number | undefined): void {
  if (generation) object.metadata.generation = generation;
  else delete object.metadata.generation;
}

/** Deep equality of JSON; absent and undefined are the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, index) => same(one, b[index]));
  const left = a as JsonObject;
  const right = b as JsonObject;
  for (const key in left) if (!same(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}
