import type { Json, JsonObject, KubeObject } from '../api/object.ts';

/** A column of the tables that `kubectl get` shows (`meta.k8s.io/v1` Table). */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` for the name. */
  format?: string;
  description: string;
  /** 0 is shown always, 1 with `-o wide`. */
  priority: 0 | 1;
  /** Only rows have it, headers do not: upstream's rows of IPAddress are a cell longer than their header. */
  rowsOnly?: true;
  /**
   * The cell; `now` is in milliseconds since 1970. `list` holds the objects of the list that is shown, and is absent
   * when a single object is (or an event of a watch).
   */
  cell(object: KubeObject, now: number, list?: readonly KubeObject[]): Json;
}

/** What a table says about a whole row (`metav1.TableRowCondition`). */
export interface RowCondition {
  /** `Completed`: kubectl may leave the row out. */
  type: string;
  status: string;
  reason: string;
  message: string;
}

/** `columnDefinitions` of a table. */
export const columnDefinitions = (columns: readonly Column[]): JsonObject[] =>
  columns
    .filter((column) => !column.rowsOnly)
    .map(({ name, type, format = '', description, priority }) => ({ name, type, format, description, priority }));

/** `cells` of an object's row; the arguments are those of `Column.cell`. */
export const rowCells = (
  columns: readonly Column[],
  object: KubeObject,
  now: number,
  list?: readonly KubeObject[],
): Json[] => columns.map((column) => column.cell(object, now, list));
