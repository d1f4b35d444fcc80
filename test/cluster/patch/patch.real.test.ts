import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json, JsonObject, KubeObject } from '../../../src/cluster/api/object.ts';
import type { PatchKind } from '../../../src/cluster/patch/patch.ts';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { CASES } from './cases.ts';
import { jsonPatchFor, mergePatchFor, strategicPatchFor } from './generate.ts';
import { type Answer, ours, RealServer, SAMPLES } from './real.ts';

/** The same patch on the same live object: the server's answer, and what the server makes of our result. */
describeWith(['control-plane'], 'patches of kube-apiserver', () => {
  let plane: ControlPlane;
  let server: RealServer;
  const live = {} as Record<keyof typeof SAMPLES, KubeObject>;
  const names = Object.keys(SAMPLES) as (keyof typeof SAMPLES)[];
  const pathOf = (name: keyof typeof SAMPLES) => `${SAMPLES[name].root}/${SAMPLES[name].object.metadata.name}`;

  beforeAll(async () => {
    plane = await startControlPlane();
    server = new RealServer(plane);
    for (const name of names) {
      const { status, body } = await server.send('POST', SAMPLES[name].root, SAMPLES[name].object);
      if (status !== 201) throw new Error(`${name}: ${status} ${JSON.stringify(body)}`);
      live[name] = body;
    }
  }, 120_000);

  afterAll(async () => {
    server?.close();
    await plane?.stop();
  });

  /** A result that cannot be read into the kind's type is refused in other words after a PATCH than after a PUT. */
  const comparable = (answer: Answer, mine: Answer): Answer =>
    mine.status === 400 &&
    mine.body.message?.includes(' cannot be handled as a ') &&
    answer.body.message?.startsWith(' "" is invalid: patch: ')
      ? mine
      : answer;

  test.each(names)('a table of patches on %s', async (name) => {
    for (const [kind, patch] of CASES[name]) {
      const mine = await ours(server, pathOf(name), live[name], kind, patch);
      const answer = await server.patch(pathOf(name), kind, patch);
      expect({ kind, patch, ...comparable(answer, mine) }).toEqual({ kind, patch, ...mine });
    }
  });

  const GENERATORS: Record<PatchKind, (object: JsonObject) => fc.Arbitrary<Json>> = {
    strategic: strategicPatchFor,
    merge: mergePatchFor,
    json: jsonPatchFor,
  };

  test.each(names.flatMap((name) => (['strategic', 'merge', 'json'] as const).map((kind) => ({ name, kind }))))(
    'generated $kind patches on $name',
    async ({ name, kind }) => {
      // PATCH_RUNS=12 for a longer look.
      const runs = { strategic: 60, merge: 20, json: 30 }[kind];
      // fast-check prints the seed of a failure.
      await fc.assert(
        fc.asyncProperty(GENERATORS[kind](live[name] as unknown as JsonObject), async (patch) => {
          const mine = await ours(server, pathOf(name), live[name], kind, patch);
          let answer = comparable(await server.patch(pathOf(name), kind, patch), mine);
          // Go walks maps in any order: which of several errors a patch gets is a matter of chance.
          for (let again = 0; again < 20 && mine.status >= 400 && answer.body.message !== mine.body.message; again++) {
            answer = comparable(await server.patch(pathOf(name), kind, patch), mine);
          }
          expect(answer).toEqual(mine);
        }),
        { numRuns: runs * Number(process.env['PATCH_RUNS'] ?? 1) },
      );
    },
  );
});
