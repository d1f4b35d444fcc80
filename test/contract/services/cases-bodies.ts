/** What a request's body is made of, and how strictly it is read. */
import { type Case, create, get, json, type Json, post, remove, service, spec, told } from './case.ts';

const valid = service(spec());
const text = JSON.stringify(valid);

const BODIES: Record<string, Json> = {
  nothing: '',
  spaces: '  ',
  'half an object': '{"apiVersion":"v1"',
  'not JSON': 'foo',
  'an array': '[]',
  null: 'null',
  'a number': '7',
  'a string': '"x"',
  'an empty object': '{}',
  'two objects': `${text}${text}`,
  'an object and more': `${text} x`,
  'no kind': { ...valid, kind: undefined },
  'no apiVersion': { ...valid, apiVersion: undefined },
  'neither kind nor apiVersion': { metadata: { name: 'web' }, spec: spec() },
  'another kind': { ...valid, kind: 'Pod' },
  'a kind that is not there': { ...valid, kind: 'Foo' },
  'a list': { apiVersion: 'v1', kind: 'ServiceList', items: [] },
  'another version': { ...valid, apiVersion: 'v2' },
  'another group': { ...valid, apiVersion: 'apps/v1' },
  'a version that is none': { ...valid, apiVersion: 'a/b/c' },
  'a kind in small letters': { ...valid, kind: 'service' },
  'keys in capitals': { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, Spec: spec() },
  'a key twice': text.replace('"spec":{', '"spec":{"type":"NodePort","type":"ClusterIP",'),
  'a key twice, deep': text.replace('"port":80', '"port":80,"port":81'),
  'three keys twice': text.replace('"spec":{', '"kind":"Service","spec":{"type":"ClusterIP","type":"ClusterIP",'),
  'unknown fields': {
    ...valid,
    foo: 1,
    spec: { ...spec(), bar: 1, ports: [{ port: 80, baz: 1 }] },
    metadata: { name: 'web', qux: 1 },
  },
  'an unknown field and one twice': text.replace('"spec":{', '"foo":1,"spec":{"type":"ClusterIP","type":"ClusterIP",'),
  'no spec': { ...valid, spec: undefined },
  'a spec that is null': { ...valid, spec: null },
  'an empty spec': { ...valid, spec: {} },
  'metadata that is null': { ...valid, metadata: null },
  'a spec that is a string': { ...valid, spec: 'x' },
  'a status that is a string': { ...valid, status: 'x' },
  'a status': {
    ...valid,
    spec: spec({ type: 'LoadBalancer' }),
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
  },
  'a deep body': `${'{"a":'.repeat(10001)}1${'}'.repeat(10001)}`,
  'a huge body': { ...valid, metadata: { name: 'web', annotations: { a: 'x'.repeat(4_000_000) } } },
  'a body with a byte order mark': `\uFEFF${text}`,
  'a float where an integer is wanted': text.replace('"port":80', '"port":80.0'),
  'an exponent where an integer is wanted': text.replace('"port":80', '"port":8e1'),
  'a big exponent': text.replace('"port":80', '"port":1e400'),
  'invalid UTF-8 escapes': text.replace('"web"', '"\\ud800"'),
};

/** Of several unknown fields upstream's apply names some, in the order of a Go map: cases that it can't answer twice alike. */
const UNSTEADY = 'apply of unknown fields';
const VALIDATIONS = ['', 'Ignore', 'Warn', 'Strict', 'Foo'];
const bodies: Case[] = Object.entries(BODIES).flatMap(([name, body]): Case[] => [
  { name: `POST of ${name}`, steps: [post(body)] },
  { name: `PUT of ${name}`, steps: [create(), { verb: 'update', body }] },
  ...(['merge', 'strategic', 'json'] as const).map(
    (patch): Case => ({ name: `${patch} patch of ${name}`, steps: [create(), { verb: 'patch', patch, body }] }),
  ),
  { name: `apply of ${name}`, steps: [{ verb: 'apply', body, query: { fieldManager: 'first' } }] },
  { name: `DELETE with ${name}`, steps: [create(), remove(body), get()] },
]);

const STRICT = [
  'an unknown field',
  'unknown fields',
  'a key twice',
  'a key twice, deep',
  'three keys twice',
  'an unknown field and one twice',
  'keys in capitals',
  'no spec',
];
const validations: Case[] = STRICT.flatMap((name) =>
  VALIDATIONS.flatMap((fieldValidation): Case[] => [
    {
      name: `POST of ${name}, fieldValidation ${told(fieldValidation)}`,
      steps: [post(BODIES[name], { query: { fieldValidation } })],
    },
    {
      name: `PUT of ${name}, fieldValidation ${told(fieldValidation)}`,
      steps: [create(), { verb: 'update', body: BODIES[name], query: { fieldValidation } }],
    },
    ...(['merge', 'strategic'] as const).map(
      (patch): Case => ({
        name: `${patch} patch of ${name}, fieldValidation ${told(fieldValidation)}`,
        steps: [create(), { verb: 'patch', patch, body: BODIES[name], query: { fieldValidation } }],
      }),
    ),
    {
      name: `apply of ${name}, fieldValidation ${told(fieldValidation)}`,
      steps: [{ verb: 'apply', body: BODIES[name], query: { fieldManager: 'first', fieldValidation } }],
    },
    {
      name: `YAML of ${name}, fieldValidation ${told(fieldValidation)}`,
      steps: [post(BODIES[name], { contentType: 'application/yaml', query: { fieldValidation } })],
    },
    {
      name: `JSON patch to ${name}, fieldValidation ${told(fieldValidation)}`,
      steps: [
        create(),
        json(
          [
            { op: 'add', path: '/spec/foo', value: 1 },
            { op: 'add', path: '/metadata/bar', value: 1 },
          ],
          { query: { fieldValidation } },
        ),
      ],
    },
  ]),
);

export const BODY_CASES: readonly Case[] = [...bodies, ...validations].filter(({ name }) => !name.startsWith(UNSTEADY));
