import type { KubeObject } from '../api/object.ts';
import { sameList } from './types.ts';
import { type Condition, READY, readyCondition } from './cidr-state.ts';
import { cidrsOf } from './strategies.ts';

/** The name of the server's own ServiceCIDR. */
export const DEFAULT_CIDR = 'kubernetes';

/** Field manager of its condition, and source of the events about it. */
export const DEFAULT_CIDR_CONTROLLER = 'kubernetes-service-cidr-controller';

/** How often it is looked at, in milliseconds. */
export const DEFAULT_CIDR_INTERVAL_MS = 10_000;

/** A Warning about the default ServiceCIDR; upstream reports each reason once. */
export interface CidrEvent {
  reason: string;
  message: string;
}

export type DefaultCidrStep =
  | { act: 'none' }
  | { act: 'create'; object: KubeObject }
  | { act: 'update'; object: KubeObject }
  | { act: 'set-condition'; condition: Condition }
  | { act: 'report'; event: CidrEvent };

/**
 * The next step for the ServiceCIDR `kubernetes` of `--service-cluster-ip-range`
 * (`pkg/controlplane/controller/defaultservicecidr`): it is made, goes from one family to two, and gets Ready=True
 * when it has no such condition. To be asked again after each step but a report. `now` is in milliseconds.
 */
export function defaultCidrStep(there: KubeObject | undefined, cidrs: readonly string[], now: number): DefaultCidrStep {
  if (!there) {
    const metadata = { name: DEFAULT_CIDR };
    const spec = { cidrs: [...cidrs] };
    return { act: 'create', object: { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata, spec } };
  }
  const current = cidrsOf(there);
  if (cidrs.length === 2 && current.length === 1 && cidrs[0] === current[0]) {
    return { act: 'update', object: { ...there, spec: { ...there['spec'], cidrs: [...cidrs] } } };
  }
  if (there.metadata.deletionTimestamp !== undefined) return { act: 'none' };
  if (!sameList(cidrs, current)) {
    const message =
      `The default ServiceCIDR [${current.join(' ')}] does not match the controller flag configurations ` +
      `[${cidrs.join(' ')}]`;
    return { act: 'report', event: { reason: 'KubernetesDefaultServiceCIDRInconsistent', message } };
  }
  const ready = readyCondition(there);
  if (ready?.status === 'True') return { act: 'none' };
  if (ready?.status === 'False') {
    const message = `Configuration matches, but ${ready.message}`;
    return { act: 'report', event: { reason: ready.reason, message } };
  }
  if (ready && ready.status !== 'Unknown') return { act: 'none' };
  const lastTransitionTime = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const message = 'Kubernetes default Service CIDR is ready';
  return {
    act: 'set-condition',
    condition: { type: READY, status: 'True', reason: '', message, lastTransitionTime },
  };
}
