/** Errors that name a kind, and what they call it. Pure. */
import { alreadyExists, type GroupName, StatusError } from '../api/status.ts';
import type { Served } from './kinds.ts';

export const resourceOf = ({ group, resource }: Served): GroupName => ({ group, name: resource });

/** What errors about an object's fields call its kind; events are the core group's, by whichever group they came. */
export const kindOf = ({ group, kind, storedAs }: Served): GroupName => ({ group: storedAs ? '' : group, name: kind });

/** Under which name etcd has a kind, where that is not the resource's: upstream's errors show it. */
const ETCD: Readonly<Record<string, string>> = {
  services: 'services/specs',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  'ingresses.networking.k8s.io': 'ingress',
  'customresourcedefinitions.apiextensions.k8s.io': 'apiextensions.k8s.io/customresourcedefinitions',
};

/** What upstream's storage says of an object that it does not touch. A dry run goes without the prefix of all keys. */
export function storageError(kind: Served, namespace: string, name: string, why: string, dryRun = false): string {
  const key = [
    dryRun ? '' : '/registry',
    ETCD[kind.stored] ?? kind.resource,
    ...(kind.namespaced ? [namespace] : []),
    name,
  ].join('/');
  return `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
}

export const otherUid = (asked: string, live: string): string =>
  `Precondition failed: UID in precondition: ${asked}, UID in object meta: ${live}`;

export const otherVersion = (asked: string, live: string): string =>
  `Precondition failed: ResourceVersion in precondition: ${asked}, ResourceVersion in object meta: ${live}`;

/** A name, generated or not, that is taken: an object with generateName is told to try again. */
export function nameConflict(kind: Served, name: string): StatusError {
  const { message, details } = alreadyExists(resourceOf(kind), name);
  return new StatusError(
    409,
    'AlreadyExists',
    `${message}, the server was not able to generate a unique name for the object`,
    { ...details, retryAfterSeconds: 1 },
  );
}
