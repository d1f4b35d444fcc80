/** Names, names made from a prefix, names that do not fit the path, and versions as preconditions. */
import { type Case, create, edit, get, type Json, merge, post, put, service, spec, told } from './case.ts';

const NAMES: readonly Json[] = [
  'web',
  'a',
  '1',
  '1web',
  'web-1',
  'Web',
  'web_1',
  'web.1',
  '-web',
  'web-',
  '',
  ' web',
  'wéb',
  'a'.repeat(63),
  'a'.repeat(64),
  'a'.repeat(254),
  '..',
  '.',
  'a/b',
  'a%b',
  '0',
  'kubernetes',
];
const PREFIXES: readonly Json[] = [
  'web-',
  'Web-',
  'web_',
  '-',
  '',
  '1',
  'a'.repeat(57),
  'a'.repeat(63),
  'a'.repeat(64),
  'web.',
  null,
  7,
];
/** A body's metadata against the path's. */
const names: Case[] = [
  ...NAMES.map((name): Case => ({ name: `called ${told(name)}`, steps: [create({}, { name })] })),
  ...PREFIXES.map(
    (generateName): Case => ({
      name: `called after ${told(generateName)}`,
      steps: [create({}, { name: undefined, generateName })],
    }),
  ),
  {
    name: 'a name and a prefix',
    steps: [create({}, { generateName: 'other-' }), create({}, { generateName: 'other-' })],
  },
  { name: 'no name', steps: [post({ apiVersion: 'v1', kind: 'Service', spec: spec() })] },
  { name: 'a name of another type', steps: [create({}, { name: 7 })] },
  { name: 'a name that is there', steps: [create(), create()] },
  { name: 'a name that is there, with a body that is not valid', steps: [create(), create({ type: 'Foo' })] },
  { name: 'PUT of another name', steps: [create(), put({}, { name: 'other' })] },
  { name: 'PUT of no name', steps: [create(), put({}, { name: undefined })] },
  { name: 'PUT of an empty name', steps: [create(), put({}, { name: '' })] },
  { name: 'PUT of another namespace', steps: [create(), put({}, { namespace: 'default' })] },
  { name: 'PUT of a name that is not there', steps: [put(), get(), put()] },
  { name: 'PUT of a name that is not there and not valid', steps: [put({}, { name: 'Bad' }, { name: 'Bad' })] },
  {
    name: 'PUT of what is not there with a resourceVersion',
    steps: [put({}, { resourceVersion: '7' }), put({}, { uid: '00000000-0000-4000-8000-000000000003' })],
  },
  { name: 'PUT of what is not there and not valid', steps: [put({ type: 'Foo' })] },
  { name: 'a merge patch of the name', steps: [create(), merge({ metadata: { name: 'other' } })] },
  { name: 'a merge patch of the namespace', steps: [create(), merge({ metadata: { namespace: 'other' } })] },
  { name: 'a merge patch of the uid', steps: [create(), merge({ metadata: { uid: 'x' } })] },
  { name: 'a patch of what is not there', steps: [merge({ spec: {} })] },
  {
    name: 'in a namespace that is not there',
    steps: [post(service(spec()), { path: '/api/v1/namespaces/nobody/services' })],
  },
  {
    name: 'in a namespace that is not a name',
    steps: [post(service(spec()), { path: '/api/v1/namespaces/No_/services' })],
  },
];

/** Resource versions as preconditions. */
const versions: Case[] = [
  {
    name: 'PUT with the version that was read',
    steps: [create(), edit({ metadata: { labels: { a: 'b' } } }), edit({ metadata: { labels: { a: 'b' } } })],
  },
  {
    name: 'PUT with an old version',
    steps: [
      create(),
      merge({ metadata: { labels: { a: 'b' } } }),
      { verb: 'update', bodyOf: (seen) => ({ ...seen[0], metadata: { ...seen[0].metadata, labels: { c: 'd' } } }) },
      {
        verb: 'patch',
        patch: 'merge',
        bodyOf: (seen) => ({ metadata: { resourceVersion: seen[0].metadata.resourceVersion, labels: { c: 'd' } } }),
      },
      {
        verb: 'patch',
        patch: 'merge',
        bodyOf: (seen) => ({ metadata: { resourceVersion: seen[1].metadata.resourceVersion, labels: { c: 'd' } } }),
      },
    ],
  },
  {
    name: 'PUT with the uid of one that was deleted',
    steps: [
      create(),
      { verb: 'delete' },
      create(),
      {
        verb: 'update',
        bodyOf: (seen) => ({ ...service(spec()), metadata: { name: 'web', uid: seen[0].metadata.uid } }),
      },
      {
        verb: 'update',
        bodyOf: (seen) => ({ ...service(spec()), metadata: { name: 'web', uid: seen[2].metadata.uid } }),
      },
    ],
  },
  { name: 'nothing changes', steps: [create(), edit({}), merge({}), put(), get()] },
  {
    name: 'only the version that was read is sent back',
    steps: [create(), merge({}), edit({ metadata: { creationTimestamp: null } })],
  },
];

export const NAME_CASES: readonly Case[] = [...names, ...versions];
