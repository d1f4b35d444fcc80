/**
 * Whose load balancer a Service's is. Two controllers must never act on one Service, so anything that
 * aws-load-balancer-controller ("LBC") would take by its own rules is left to it.
 */

import type { Service } from '../kube/objects.ts';

/** Held while Sluice has, or may have, anything in the cloud for a Service. */
export const FINALIZER = 'sluice.dev/load-balancer';
/** LBC's finalizer; Sluice removes it when it releases a Service that it took over. */
export const LBC_FINALIZER = 'service.k8s.aws/resources';
/** The upstream service controller's finalizer; it strips this from Services of any class. */
export const UPSTREAM_FINALIZER = 'service.kubernetes.io/load-balancer-cleanup';

/** LBC's class of Services. */
export const LBC_CLASS = 'service.k8s.aws/nlb';
const TYPE_ANNOTATION = 'service.beta.kubernetes.io/aws-load-balancer-type';
/** With no class, these types call for LBC; `external` counts even before its target type is written. */
const LBC_TYPES = new Set(['external', 'nlb-ip']);

/**
 * - `ours`: Sluice provides the load balancer.
 * - `not-ours`: it does not; whatever it holds for this Service is released.
 * - `yield`: it would, but another controller is at work. Nothing is touched, and the Service says why.
 */
export type Ownership = { kind: 'ours' } | { kind: 'not-ours' } | { kind: 'yield'; to: string; reason: string };

/** What the operator chose, and what is seen of LBC. */
export interface OwnershipRules {
  /** The values of `spec.loadBalancerClass` that mean Sluice. */
  loadBalancerClasses: readonly string[];
  /** Whether Services without a class are taken too. */
  classless: boolean;
  /** Whether LBC's own Lease is being renewed. */
  lbcActive: boolean;
}

/** Who provides this Service's load balancer. */
export function ownershipOf(service: Service, rules: OwnershipRules): Ownership {
  const { type, loadBalancerClass } = service.spec;
  if (type !== 'LoadBalancer') return { kind: 'not-ours' };

  if (loadBalancerClass === undefined) {
    const wanted = service.metadata.annotations?.[TYPE_ANNOTATION];
    const forLbc = wanted !== undefined && LBC_TYPES.has(wanted);
    return rules.classless && !forLbc ? { kind: 'ours' } : { kind: 'not-ours' };
  }

  if (!rules.loadBalancerClasses.includes(loadBalancerClass)) return { kind: 'not-ours' };
  if (loadBalancerClass === LBC_CLASS && rules.lbcActive) {
    return {
      kind: 'yield',
      to: 'aws-load-balancer-controller',
      reason: `aws-load-balancer-controller is running (its Lease is being renewed) and owns class ${LBC_CLASS}`,
    };
  }
  return { kind: 'ours' };
}

/** Whether Sluice has put its finalizer on this Service, and so may have resources in the cloud for it. */
export function isHeld(service: Service): boolean {
  return service.metadata.finalizers?.includes(FINALIZER) ?? false;
}
