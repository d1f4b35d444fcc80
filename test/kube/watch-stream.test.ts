import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWatch } from '../../src/kube/watch-stream.ts';

describe('readWatch', () => {
  it('finds the same events however the network cuts the bytes', async () => {
    const events = ['a', 'ü€𝄞', '', 'line\nbreak', 'x'.repeat(300)].map((name, index) => ({
      type: 'ADDED',
      object: { metadata: { name, uid: 'u', resourceVersion: String(index + 1) } },
    }));
    const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join('\n'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 60 }), async (positions) => {
        const cuts = [0, ...positions.sort((a, b) => a - b), bytes.length];
        async function* chunks() {
          for (let index = 1; index < cuts.length; index++) yield bytes.subarray(cuts[index - 1], cuts[index]);
        }
        const seen: unknown[] = [];
        for await (const event of readWatch(chunks(), '/x', 10_000, () => {})) seen.push(event);
        expect(seen).toEqual(events);
      }),
    );
  });
});
