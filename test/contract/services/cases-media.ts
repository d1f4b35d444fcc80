/** Media types of requests and of answers. */
import { type Case, create, get, list, post, remove, service, spec, told } from './case.ts';

const valid = service(spec());
const MEDIA = [
  'application/json',
  'application/yaml',
  'application/json; charset=utf-8',
  'application/xml',
  'text/plain',
  '',
  'application/vnd.kubernetes.protobuf',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/json-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
  'application/cbor',
  '*/*',
  'foo',
];
const ACCEPTS = [
  'application/json',
  'application/yaml',
  '*/*',
  'text/html',
  'application/xml',
  'application/json;q=0.1,application/yaml',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=Foo;v=v1;g=meta.k8s.io',
];

const YAML =
  'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {app: web}\n  ports:\n  - port: 80\n';
const media: Case[] = [
  ...MEDIA.flatMap((contentType): Case[] => [
    { name: `POST as ${told(contentType)}`, steps: [post(valid, { contentType }), post(YAML, { contentType })] },
    { name: `PUT as ${told(contentType)}`, steps: [create(), { verb: 'update', body: valid, contentType }] },
    {
      name: `PATCH as ${told(contentType)}`,
      steps: [create(), { verb: 'patch', body: valid, contentType, query: { fieldManager: 'first' } }],
    },
    {
      name: `DELETE as ${told(contentType)}`,
      steps: [create(), remove({ propagationPolicy: 'Orphan' }, { contentType })],
    },
  ]),
  ...ACCEPTS.flatMap((accept): Case[] => [
    {
      name: `answers as ${told(accept)}`,
      steps: [
        create({}, {}, { accept }),
        get({ accept }),
        get({ accept, name: 'nobody' }),
        { ...list(), accept },
        remove(undefined, { accept }),
      ],
    },
  ]),
  {
    name: 'YAML that is not an object',
    steps: [
      post('- a', { contentType: 'application/yaml' }),
      post('a: [', { contentType: 'application/yaml' }),
      post('', { contentType: 'application/yaml' }),
    ],
  },
  { name: 'YAML with two documents', steps: [post(`${YAML}---\n${YAML}`, { contentType: 'application/yaml' })] },
  {
    name: 'YAML with a key twice',
    steps: [
      post(`${YAML}  type: NodePort\n  type: ClusterIP\n`, {
        contentType: 'application/yaml',
        query: { fieldValidation: 'Strict' },
      }),
    ],
  },
  {
    name: 'YAML with an anchor',
    steps: [
      post(YAML.replace('{app: web}', '&a {app: web}').replace('name: web', 'name: web\n  labels: *a'), {
        contentType: 'application/yaml',
      }),
      post(YAML.replace('name: web', 'name: web\n  labels: &a {x: y}').replace('{app: web}', '*a'), {
        contentType: 'application/yaml',
      }),
    ],
  },
];

export const MEDIA_CASES: readonly Case[] = media;
