import type { Json, KubeObject } from '../api/object.ts';

/** A column of the tables that `kubectl get` shows (`meta.k8s.io/v1` Table). */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` for the name. */
  format?: string;
  description: string;
  /** 0 is shown always, 1 with `-o wide`. */
  priority: 0 | 1;
  /** The cell; `now` is in milliseconds since 1970. */
  cell(object: KubeObject, now: number): Json;
}
