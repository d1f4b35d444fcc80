import { describe, expect, test } from 'vitest';
import { StatusError } from '../../../src/cluster/api/status.ts';
import { goString, goText } from '../../../src/cluster/patch/go-value.ts';
import { unknownOperationFields } from '../../../src/cluster/patch/json-patch.ts';
import { type PatchKind, patchObject } from '../../../src/cluster/patch/patch.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';

const SCHEMA = kindSchema('', 'v1', 'Service');

const LIVE = {
  metadata: { name: 'a', labels: { x: '1', y: '2' }, finalizers: ['f/1', 'f/2'] },
  spec: {
    type: 'ClusterIP',
    externalIPs: ['192.0.2.1'],
    ports: [
      { port: 80, name: 'http' },
      { port: 443, name: 'https' },
    ],
  },
};

type Outcome = object | [code: number, message: string];

const refused = 'the server rejected our request due to an error in our request';
const ports = (...list: object[]) => ({ spec: { ports: list } });

const CASES: [PatchKind, unknown, Outcome][] = [
  [
    'strategic',
    ports({ port: 80, targetPort: 1 }),
    ports({ port: 80, name: 'http', targetPort: 1 }, { port: 443, name: 'https' }),
  ],
  ['strategic', ports({ port: 80, $patch: 'delete' }), ports({ port: 443, name: 'https' })],
  ['strategic', ports({ port: 1 }), ports({ port: 1 }, { port: 80, name: 'http' }, { port: 443, name: 'https' })],
  ['strategic', ports({ $patch: 'replace' }, { port: 1 }), ports({ port: 1 })],
  [
    'strategic',
    { spec: { '$setElementOrder/ports': [{ port: 443 }, { port: 80 }] } },
    ports({ port: 443, name: 'https' }, { port: 80, name: 'http' }),
  ],
  ['strategic', { spec: { externalIPs: ['192.0.2.2'] } }, { spec: { externalIPs: ['192.0.2.2'] } }],
  ['strategic', { metadata: { finalizers: ['f/3'] } }, { metadata: { finalizers: ['f/3', 'f/1', 'f/2'] } }],
  [
    'strategic',
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['f/1'] } },
    { metadata: { finalizers: ['f/2'] } },
  ],
  ['strategic', { metadata: { labels: { $patch: 'replace', z: '3' } } }, { metadata: { labels: { z: '3' } } }],
  ['strategic', ports({ name: 'x' }), [500, 'map: map[name:x] does not contain declared merge key: port']],
  ['strategic', { spec: { $retainKeys: 5 } }, [400, 'invalid patch format of retainKeys']],
  ['strategic', [], [400, 'json: cannot unmarshal array into Go value of type map[string]interface {}']],
  ['merge', { metadata: { labels: { x: null, z: '3' } } }, { metadata: { labels: { y: '2', z: '3' } } }],
  ['merge', ports({ port: 1, name: null }), ports({ port: 1 })],
  ['merge', { metadata: { labels: [{ x: null }] } }, { metadata: { labels: [{ x: null }] } }],
  ['merge', null, [400, 'Invalid JSON Patch']],
  ['json', [{ op: 'remove', path: '/spec/ports/-1' }], ports({ port: 80, name: 'http' })],
  [
    'json',
    [{ op: 'move', from: '/spec/ports/0/name', path: '/spec/ports/1/name' }],
    ports({ port: 80 }, { port: 443, name: 'http' }),
  ],
  ['json', [{ op: 'test', path: '/spec/type', value: 'x' }], [422, refused]],
  [
    'json',
    {},
    [400, 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
  ],
  [
    'json',
    Array(10_001).fill({ op: 'test', path: '/none' }),
    [413, 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001'],
  ],
];

describe('patches', () => {
  test.each(CASES)('%s %j', (kind, patch, outcome) => {
    const before = structuredClone({ live: LIVE, patch });
    const run = () => patchObject(kind, LIVE, patch, SCHEMA);
    if (Array.isArray(outcome)) {
      const [code, message] = outcome;
      expect(run).toThrow(StatusError);
      expect(run).toThrow(expect.objectContaining({ code, message }));
    } else {
      const result = run();
      expect(result).toMatchObject(outcome);
      expect(Object.keys(result)).toEqual(['metadata', 'spec']);
    }
    expect({ live: LIVE, patch }).toEqual(before);
  });

  test('keys of a JSON patch that are none', () => {
    expect(
      unknownOperationFields([
        { op: 'add', path: '/a', value: 1 },
        { op: 'add', patch: '/a' },
      ]),
    ).toEqual(['json patch unknown field "[1].patch"']);
  });

  test('values in messages', () => {
    const value = { b: [1, null, 'x', { c: true }], a: 1.5, big: 1e30 };
    expect(goText(value)).toBe('map[a:1.5 b:[1 <nil> x map[c:true]] big:1e+30]');
    expect(goString(5)).toBe('%!s(int64=5)');
  });
});
