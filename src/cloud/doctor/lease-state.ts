/** Whether a Lease is being renewed, told by one look where that is enough. Pure. */
import type { Lease } from '../../kube/objects.ts';
import type { LeaseSeen } from './facts.ts';

const DEFAULT_DURATION_S = 15;

/** Renewed within its own duration, by the API server's clock; a holder whose clock differs looks like one that is gone. */
function isFresh({ spec }: Lease, at: number): boolean {
  const durationMs = (spec?.leaseDurationSeconds ?? DEFAULT_DURATION_S) * 1000;
  return Math.abs(at - Date.parse(spec?.renewTime ?? '')) <= durationMs;
}

/** A held Lease that does not look fresh is being renewed all the same if it changes. */
export function needsSecondLook(lease: Lease | undefined, at: number): boolean {
  return lease !== undefined && Boolean(lease.spec?.holderIdentity) && !isFresh(lease, at);
}

export function isRenewed({ first, second, at }: LeaseSeen): boolean {
  if (!first?.spec?.holderIdentity) return false;
  if (isFresh(first, at)) return true;
  return second !== undefined && second.metadata.resourceVersion !== first.metadata.resourceVersion;
}
