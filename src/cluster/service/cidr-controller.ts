import type { KubeObject } from '../api/object.ts';
import { type Cidr, cidrContains, parseCidr, parseIp } from '../validation/address.ts';
import { type Condition, READY, readyCondition } from './cidr-state.ts';
import { FAMILY_LABEL, isManagedIp } from './ip-address.ts';
import { containsIp } from './ip-range.ts';
import { cidrsOf } from './strategies.ts';

/** Field manager of the conditions and finalizers of this controller. */
export const CIDR_CONTROLLER = 'service-cidr-controller';

export const CIDR_FINALIZER = 'networking.k8s.io/service-cidr-finalizer';

/** How long a ServiceCIDR that nothing holds stays, so that no allocator gives away one of its addresses meanwhile. */
const DELETION_GRACE_MS = 10_000;

/** What is to be done about a ServiceCIDR. */
export type CidrStep =
  | { act: 'none' }
  | { act: 'add-finalizer' }
  | { act: 'remove-finalizer' }
  | { act: 'set-condition'; condition: Condition }
  | { act: 'wait'; milliseconds: number };

/**
 * The next step for a ServiceCIDR (`pkg/controller/servicecidrs`): a finalizer and Ready=True while it lives; while it
 * is being deleted, Ready=False as long as there are addresses of it. To be asked again after each step, and when a
 * ServiceCIDR or IPAddress comes or goes. `now` is in milliseconds.
 */
export function nextCidrStep(
  cidr: KubeObject,
  cidrs: readonly KubeObject[],
  ipAddresses: Iterable<KubeObject>,
  now: number,
): CidrStep {
  const { deletionTimestamp, finalizers = [] } = cidr.metadata;
  if (deletionTimestamp === undefined) {
    if (!finalizers.includes(CIDR_FINALIZER)) return { act: 'add-finalizer' };
    return setCondition(cidr, 'True', '', 'Kubernetes Service CIDR is ready', now);
  }
  if (!mayGo(cidr, cidrs, ipAddresses)) {
    const words =
      'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR';
    return setCondition(cidr, 'False', 'Terminating', words, now);
  }
  const left = DELETION_GRACE_MS - (now - Date.parse(deletionTimestamp));
  if (left > 0) return { act: 'wait', milliseconds: left };
  return finalizers.includes(CIDR_FINALIZER) ? { act: 'remove-finalizer' } : { act: 'none' };
}

function setCondition(cidr: KubeObject, status: string, reason: string, message: string, now: number): CidrStep {
  const there = readyCondition(cidr);
  if (there?.status === status && (there.reason ?? '') === reason && there.message === message) return { act: 'none' };
  const lastTransitionTime = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return { act: 'set-condition', condition: { type: READY, status, reason, message, lastTransitionTime } };
}

interface Named {
  name: string;
  cidr: Cidr;
}

/** Nothing of it would be left without a ServiceCIDR (`canDeleteCIDR`). */
function mayGo(object: KubeObject, objects: readonly KubeObject[], ipAddresses: Iterable<KubeObject>): boolean {
  const all: Named[] = objects.flatMap((one) =>
    cidrsOf(one).flatMap((text) => {
      const cidr = parseCidr(text);
      return cidr ? [{ name: one.metadata.name ?? '', cidr }] : [];
    }),
  );
  const { name = '' } = object.metadata;
  const own = cidrsOf(object).flatMap((text) => parseCidr(text) ?? []);
  // As upstream counts: containing itself once is to have no other.
  const isAlone = (containing: Named[]) => containing.length === 1 && containing[0]?.name === name;
  const covered = own.every((cidr) => {
    const containing = all.filter((one) => one.cidr.prefix <= cidr.prefix && cidrContains(one.cidr, cidr.network));
    return containing.length > 0 && !isAlone(containing);
  });
  if (covered) return true;
  const families = new Set(own.map(({ network }) => `IPv${network.family}`));
  for (const ipAddress of ipAddresses) {
    if (!isManagedIp(ipAddress) || !families.has(ipAddress.metadata.labels?.[FAMILY_LABEL] ?? '')) continue;
    const ip = parseIp(ipAddress.metadata.name ?? '');
    if (ip && isAlone(all.filter((one) => containsIp(one.cidr, ip)))) return false;
  }
  return true;
}
