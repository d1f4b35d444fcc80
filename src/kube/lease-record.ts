import type { Lease, ObjectMeta } from './objects.ts';

/** A Lease to send: without a resource version it is created, with one it replaces exactly that version. */
export interface LeaseDraft extends Omit<Lease, 'metadata'> {
  metadata: Partial<ObjectMeta> & { name: string; namespace: string };
}

/** What a candidate writes into a lease. */
export interface Claim {
  namespace: string;
  name: string;
  identity: string;
  leaseDurationMs: number;
  /** Milliseconds since the epoch; for people, no one decides by it. */
  wall: number;
}

/** A lease's record, and when this process first saw it like that (monotonic milliseconds). */
export interface Observation {
  fingerprint: string;
  at: number;
  leaseDurationMs: number | undefined;
}

export function leasePath(namespace: string, name?: string): string {
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  return name === undefined ? collection : `${collection}/${name}`;
}

/** Dates an unchanged record by when it was first seen, for its own timestamps come from a clock that may be wrong. */
export function observe(before: Observation | undefined, lease: Lease, now: number): Observation {
  const { holderIdentity, renewTime, leaseTransitions, leaseDurationSeconds } = lease.spec ?? {};
  const fingerprint = JSON.stringify([holderIdentity, renewTime, leaseTransitions, lease.metadata.resourceVersion]);
  if (before?.fingerprint === fingerprint) return before;
  const leaseDurationMs = leaseDurationSeconds === undefined ? undefined : leaseDurationSeconds * 1000;
  return { fingerprint, at: now, leaseDurationMs };
}

/** When an unchanged lease may be taken: its holder's own duration counts. */
export function expiresAt(seen: Observation, defaultMs: number): number {
  return seen.at + (seen.leaseDurationMs ?? defaultMs);
}

/** The lease with a new holder; created when there is none. */
export function taken(current: Lease | undefined, claim: Claim): LeaseDraft {
  const time = microTime(claim.wall);
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...current?.metadata, namespace: claim.namespace, name: claim.name },
    spec: {
      ...current?.spec,
      holderIdentity: claim.identity,
      leaseDurationSeconds: claim.leaseDurationMs / 1000,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: current ? (current.spec?.leaseTransitions ?? 0) + 1 : 0,
    },
  };
}

export function renewed(lease: Lease, wall: number): Lease {
  return { ...lease, spec: { ...lease.spec, renewTime: microTime(wall) } };
}

/** As client-go leaves it: no holder, so that the next candidate takes it at its next look. */
export function released(lease: Lease, wall: number): Lease {
  const time = microTime(wall);
  return {
    ...lease,
    spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time },
  };
}

/** Whether `current` still is the period of leadership that `own` began; a restarted namesake's is not. */
export function sameTerm(current: Lease, own: Lease): boolean {
  return (
    current.metadata.uid === own.metadata.uid &&
    current.spec?.holderIdentity === own.spec?.holderIdentity &&
    current.spec?.acquireTime === own.spec?.acquireTime &&
    current.spec?.leaseTransitions === own.spec?.leaseTransitions
  );
}

/** RFC 3339 with six digits: the only form in which the API server reads a MicroTime. */
export function microTime(wall: number): string {
  return new Date(wall).toISOString().replace('Z', '000Z');
}
