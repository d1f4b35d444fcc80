/** Taints of nodes and what pods tolerate (kubernetes `component-helpers/scheduling/corev1`). Pure. */

export interface Taint {
  key: string;
  value?: string;
  effect: string;
  /** RFC 3339. */
  timeAdded?: string;
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

/** An empty key or effect stands for all; a toleration without operator is about equal values. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration;
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return (operator === 'Equal' || operator === '') && value === (taint.value ?? '');
}

export const isTolerated = (taint: Taint, tolerations: readonly Toleration[]): boolean =>
  tolerations.some((one) => tolerates(one, taint));

/** The first taint with one of these effects that is not tolerated. */
export const untolerated = (
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  effects: readonly string[],
): Taint | undefined => taints.find((taint) => effects.includes(taint.effect) && !isTolerated(taint, tolerations));

/** Effects that keep a pod away from a node. */
export const HARD: readonly string[] = ['NoSchedule', 'NoExecute'];
