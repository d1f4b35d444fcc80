import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { StatusError } from '../../../src/cluster/api/status.ts';
import { apiVersion } from '../../../src/cluster/kinds/kind.ts';
import { normalise, normaliseObject } from '../../../src/cluster/schema/decode.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';
import { decodeObject, encodeObject } from '../../../src/cluster/wire/protobuf.ts';
import { kindOf } from '../kinds/columns-table.ts';
import { RICH } from './rich.ts';

/** Messages of rich objects: the real test shows that they are kube-apiserver's own. */
const OBJECTS = RICH.map(({ kind: id, body, status }) => {
  const kind = kindOf(id);
  const schema = kindSchema(kind.group, kind.version, kind.kind);
  const json = { kind: kind.kind, apiVersion: apiVersion(kind), ...body, ...(status && { status }) };
  const object = normalise(JSON.parse(JSON.stringify(json)), schema).value as unknown as KubeObject;
  return { id, object, schema, bytes: Buffer.from(encodeObject(object, schema)) };
});

/** A change of bytes: at a place, told in parts of the whole, something is set, flipped, put in, cut off or doubled. */
const changes = fc.array(
  fc.record({
    kind: fc.constantFrom('set', 'flip', 'insert', 'cut', 'double'),
    where: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 4 },
);

function changed(bytes: Buffer, how: typeof changes extends fc.Arbitrary<infer T> ? T : never): Buffer {
  let out = Buffer.from(bytes);
  for (const { kind, where, bytes: more } of how) {
    const at = Math.floor(where * out.length);
    const before = out.subarray(0, at);
    const after = out.subarray(at);
    const [first = 0] = more;
    if (kind === 'set' && after.length > 0) out[at] = first;
    else if (kind === 'flip' && after.length > 0) out[at] = (out[at] ?? 0) ^ (1 << (first & 7));
    else if (kind === 'insert') out = Buffer.concat([before, more, after]);
    else if (kind === 'cut') out = Buffer.from(before);
    else if (kind === 'double') out = Buffer.concat([before, after.subarray(0, first), after]);
  }
  return out;
}

describe('protobuf', () => {
  test.each(OBJECTS)('$id comes back as it was', ({ object, schema, bytes }) => {
    expect(decodeObject(bytes, () => schema)).toEqual(object);
  });

  test('changed messages are read or refused, and what is read can be written', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OBJECTS), changes, ({ schema, bytes }, how) => {
        let object: KubeObject;
        try {
          object = decodeObject(changed(bytes, how), () => schema);
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
          expect((error as StatusError).code).toBe(400);
          return;
        }
        // What was read is what Go would write: reading it as JSON changes nothing.
        expect(normaliseObject(object, schema)).toEqual(object);
        expect(decodeObject(encodeObject(object, schema), () => schema)).toEqual(object);
      }),
      { numRuns: 3000 },
    );
  });

  test('any bytes are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...OBJECTS), (bytes, { schema }) => {
        try {
          decodeObject(Buffer.concat([Buffer.from('k8s\0'), bytes]), () => schema, { apiVersion: 'v1', kind: 'X' });
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
