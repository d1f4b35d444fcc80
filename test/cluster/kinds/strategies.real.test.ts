import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { compare, NAMESPACE } from './strategies-compare.ts';
import { TABLES } from './strategies-tables.ts';

describeWith(['control-plane'], 'what kube-apiserver makes of each kind', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await plane.request('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  });
  afterAll(() => plane.stop());

  test.each(Object.entries(TABLES))('%s', async (id, cases) => {
    for (const [index, one] of cases.entries()) {
      for (const { name, real, ours } of await compare(plane, id, one, index)) expect(ours, name).toEqual(real);
    }
  });
});
