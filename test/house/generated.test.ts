import { expect, test } from 'vitest';
import { staleFiles } from '../../scripts/generate.ts';

test('what is made from the code is as the code makes it (npm run generate)', async () => {
  expect(await staleFiles()).toEqual([]);
});
