import type { KubeObject } from '../api/object.ts';

/** An event of type Warning that a repair loop reports about an object (`events.k8s.io`). */
export interface RepairEvent {
  regarding: KubeObject;
  reason: string;
  action: string;
  note: string;
}
