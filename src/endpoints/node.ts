/** A node as far as endpoints are concerned: its zone, and what share of the CPUs it brings to it. Pure. */
import type { KubeObject, Node } from '../kube/objects.ts';
import { ZONE_LABEL } from './names.ts';

export interface EndpointNode extends KubeObject {
  zone?: string;
  ready: boolean;
  /** Allocatable CPU, in thousandths of one. */
  milliCpu: number;
  /** Control planes carry no endpoints, so they don't count where zones are weighed. */
  controlPlane: boolean;
}

const CONTROL_PLANE_LABELS = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** What is kept of a node. */
export function readNode(object: KubeObject): EndpointNode {
  const { metadata, status } = object as Node;
  const { name, uid, resourceVersion, labels = {} } = metadata;
  const zone = labels[ZONE_LABEL];
  return {
    metadata: { name, uid, resourceVersion },
    ...(zone && { zone }),
    ready: status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True',
    milliCpu: milliOf(status?.allocatable?.['cpu'] ?? '0'),
    controlPlane: CONTROL_PLANE_LABELS.some((label) => label in labels),
  };
}

const SCALES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity of the API in thousandths, rounded up; 0 for what is none. */
export function milliOf(quantity: string): number {
  const match = /^([+-]?\d*\.?\d*)(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?\d+))$/.exec(quantity);
  const number = Number(match?.[1] || Number.NaN);
  if (!match || Number.isNaN(number)) return 0;
  const scale = match[3] === undefined ? (SCALES[match[2] ?? ''] ?? 1) : 10 ** Number(match[3]);
  // 0.07 × 1000 is a little more than 70.
  return Math.ceil(Number((number * scale * 1000).toPrecision(15)));
}
