import type { Json, KubeObject } from '../../api/object.ts';
import type { Column } from '../columns.ts';
import { DESCRIPTIONS } from './descriptions.ts';
import { since } from './format.ts';

/** A column before it has its description. */
export type Draft = Omit<Column, 'description'>;

type Cell = Column['cell'];

export const text = (name: string, cell: Cell): Draft => ({ name, type: 'string', priority: 0, cell });

export const integer = (name: string, cell: Cell): Draft => ({ name, type: 'integer', priority: 0, cell });

export const boolean = (name: string, cell: Cell): Draft => ({ name, type: 'boolean', priority: 0, cell });

/** Shown with `-o wide` only. */
export const wide = (draft: Draft): Draft => ({ ...draft, priority: 1 });

export const nameOf = (object: KubeObject): string => object.metadata.name ?? '';

export const named = (cell: Cell): Draft => ({ ...text('Name', cell), format: 'name' });

export const NAME = named(nameOf);

export const AGE = text('Age', (object, now) => since(object.metadata.creationTimestamp, now));

/** Go's zero time stands for none. */
export const CREATED_AT: Draft = {
  ...text('Created At', (object) => object.metadata.creationTimestamp ?? '0001-01-01T00:00:00Z'),
  type: 'date',
};

/** Wide columns about the containers that a kind's pods have. */
export function containerColumns(containers: (object: KubeObject) => { name: string; image?: string }[]): Draft[] {
  const joined = (field: 'name' | 'image') => (object: KubeObject) =>
    containers(object)
      .map((container) => container[field] ?? '')
      .join(',');
  return [wide(text('Containers', joined('name'))), wide(text('Images', joined('image')))];
}

/** Gives the columns of a kind (`group/Kind`) their descriptions; throws where there is none. */
export function describe(id: string, drafts: readonly Draft[]): readonly Column[] {
  return drafts.map((draft) => {
    const description = DESCRIPTIONS[id]?.[draft.name] ?? DESCRIPTIONS['*']?.[draft.name];
    if (description === undefined) throw new Error(`no description of the column ${draft.name} of ${id}`);
    return { ...draft, description };
  });
}

/** What a kind without columns of its own is shown with (apiserver `registry/rest/table.go`). */
export const DEFAULT_COLUMNS = describe('*', [NAME, CREATED_AT]);

/** A cell that shows one field as it is: a string, or '' without it. */
export const field =
  (...path: string[]): Cell =>
  (object) =>
    at(object, path) ?? '';

/** A cell that shows one number: 0 without it. */
export const count =
  (...path: string[]): Cell =>
  (object) =>
    at(object, path) ?? 0;

function at(object: KubeObject, path: readonly string[]): Json | undefined {
  let value: unknown = object;
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return value as Json | undefined;
}
