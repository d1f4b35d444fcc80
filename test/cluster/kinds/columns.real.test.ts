import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { type Column, columnDefinitions, rowCells } from '../../../src/cluster/kinds/columns.ts';
import { COLUMNS, ROW_CONDITIONS } from '../../../src/cluster/kinds/columns/index.ts';
import { KINDS } from '../../../src/cluster/kinds/table.ts';
import { describeWith } from '../../support/requirements.ts';
import { waitFor } from '../../support/wait.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { createSamples } from './columns-create.ts';
import { SAMPLES } from './columns-objects.ts';
import { getTable, kindOf, pathOf, root, type Table } from './columns-table.ts';

describeWith(['control-plane'], 'tables of kube-apiserver', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
    await createSamples(plane.request);
    await waitFor(
      async () => {
        const { rows } = await getTable(plane, pathOf(kindOf('apiextensions.k8s.io/CustomResourceDefinition')));
        return rows.filter((row) => row.cells.at(-1) === true).length === 2;
      },
      { what: 'two CustomResourceDefinitions to be established' },
    );
  }, 120_000);

  afterAll(() => plane?.stop());

  /** Our rows are those of a moment between request and answer. */
  function expectRows(
    columns: readonly Column[],
    id: string,
    table: Table,
    times: [number, number],
    list: boolean,
  ): void {
    const objects = table.rows.map((row) => row.object as KubeObject);
    for (const { cells, conditions, object } of table.rows) {
      const ours = times.map((now) => rowCells(columns, object, now, list ? objects : undefined));
      const close = cells.map((cell, index) => (ours[0]?.[index] === cell ? ours[0] : ours[1])?.[index]);
      expect({ name: object.metadata.name, cells: close, surplus: ours[0]?.slice(cells.length) }).toEqual({
        name: object.metadata.name,
        cells,
        surplus: [],
      });
      const marks = ROW_CONDITIONS[id]?.(object) ?? [];
      expect({ name: object.metadata.name, marks }).toEqual({ name: object.metadata.name, marks: conditions ?? [] });
    }
  }

  async function compare(id: string, path: string, list: boolean): Promise<number> {
    const columns = COLUMNS[id];
    if (!columns) throw new Error(`no columns of ${id}`);
    const before = Date.now();
    const table = await getTable(plane, path);
    expect(table.columnDefinitions).toEqual(columnDefinitions(columns));
    expectRows(columns, id, table, [before, Date.now()], list);
    return table.rows.length;
  }

  test.each(KINDS.map((kind) => `${kind.group}/${kind.kind}`))('%s', async (id) => {
    const kind = kindOf(id);
    const names = SAMPLES.filter((sample) => sample.kind === id).map((sample) => sample.body.metadata);
    expect(names.length).toBeGreaterThan(0);
    const rows = await compare(id, `${root(kind)}/${kind.resource}`, true);
    expect(rows).toBeGreaterThanOrEqual(names.length);
    for (const { name, namespace } of names) expect(await compare(id, pathOf(kind, name, namespace), false)).toBe(1);
  });

  test('autoscaling/Scale', async () => {
    const path = `${pathOf(kindOf('apps/Deployment'), 'status')}/scale`;
    expect(await compare('autoscaling/Scale', path, false)).toBe(1);
  });
});
