/** What can be done on which path, as the OpenAPI documents tell it: version 3, and Swagger 2 from the same list. Pure. */
import type { JsonObject } from '../api/object.ts';
import { VIRTUAL_KINDS } from '../kinds/table.ts';
import { SERVED } from '../registry/kinds.ts';
import { kindSchema } from '../schema/schema.ts';
import { subresources, verbsOf } from './discovery.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const ANSWERS = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const ANY = ['*/*'];
const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

const WRITE = ['dryRun', 'fieldManager', 'fieldValidation'];
const LIST = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
];
const DELETE = [
  'dryRun',
  'gracePeriodSeconds',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
  'orphanDependents',
  'propagationPolicy',
];
const COLLECTION = [...new Set([...LIST, ...DELETE])].filter((one) => !/watch/i.test(one));

const TYPES: Readonly<Record<string, string>> = {
  allowWatchBookmarks: 'boolean',
  force: 'boolean',
  gracePeriodSeconds: 'integer',
  ignoreStoreReadErrorWithClusterBreakingPotential: 'boolean',
  limit: 'integer',
  orphanDependents: 'boolean',
  sendInitialEvents: 'boolean',
  timeoutSeconds: 'integer',
  watch: 'boolean',
};

interface Gvk {
  group: string;
  version: string;
  kind: string;
}

/** What one method does; schemas are told by their names. */
export interface Operation {
  method: 'get' | 'put' | 'post' | 'delete' | 'patch';
  /** `x-kubernetes-action` */
  action: string;
  gvk: Gvk;
  answer: string;
  codes: readonly number[];
  body: string | undefined;
  consumes: readonly string[];
  parameters: readonly string[];
}

/** A path with its operations. */
export interface Path {
  path: string;
  group: string;
  version: string;
  operations: readonly Operation[];
}

const nameOf = ({ group, version, kind }: Gvk): string => kindSchema(group, version, kind).name;

function reading(action: string, gvk: Gvk, answer: string, parameters: readonly string[]): Operation {
  return { method: 'get', action, gvk, answer, codes: [200], body: undefined, consumes: ANY, parameters };
}

function writing(method: 'put' | 'post' | 'patch', gvk: Gvk): Operation {
  const answer = nameOf(gvk);
  const common = { method, action: method, gvk, answer };
  if (method !== 'patch') {
    const codes = method === 'put' ? [200, 201] : [200, 201, 202];
    return { ...common, codes, body: answer, consumes: ANY, parameters: WRITE };
  }
  return { ...common, codes: [200, 201], body: `${META}.Patch`, consumes: PATCHES, parameters: [...WRITE, 'force'] };
}

function deleting(action: string, gvk: Gvk, parameters: readonly string[]): Operation {
  const answer = `${META}.Status`;
  const body = `${META}.DeleteOptions`;
  return { method: 'delete', action, gvk, answer, codes: [200, 202], body, consumes: ANY, parameters };
}

const METHODS: Readonly<Record<string, 'put' | 'post' | 'patch'>> = { update: 'put', create: 'post', patch: 'patch' };

/** Every path on which objects are read and written, the subresources' included. */
export function allPaths(): Path[] {
  const found: Path[] = [];
  for (const kind of SERVED) {
    const { group, version } = kind;
    const gvk = { group, version, kind: kind.kind };
    const { name } = kind.schema;
    const listed = reading('list', gvk, kind.listSchema.name, LIST);
    const { whole, collection } = pathsOf(kind);
    const add = (path: string, operations: Operation[]) => found.push({ path, group, version, operations });
    add(collection, [
      listed,
      writing('post', gvk),
      ...(verbsOf(kind).includes('deletecollection') ? [deleting('deletecollection', gvk, COLLECTION)] : []),
    ]);
    add(`${collection}/{name}`, [
      reading('get', gvk, name, []),
      writing('put', gvk),
      writing('patch', gvk),
      deleting('delete', gvk, DELETE),
    ]);
    if (kind.namespaced) add(whole, [listed]);
    for (const part of subresources(kind)) {
      const operations = part.verbs.map((verb) => {
        const method = METHODS[verb];
        return method ? writing(method, part.kind) : reading('get', part.kind, nameOf(part.kind), []);
      });
      add(`${collection}/{name}/${part.name}`, operations);
    }
  }
  for (const { group, version, kind, resource, namespaced } of VIRTUAL_KINDS) {
    const { collection } = pathsOf({ group, version, resource, namespaced });
    found.push({ path: collection, group, version, operations: [writing('post', { group, version, kind })] });
  }
  return found;
}

function pathsOf(kind: { group: string; version: string; resource: string; namespaced: boolean }) {
  const base = `${kind.group ? `/apis/${kind.group}` : '/api'}/${kind.version}`;
  const whole = `${base}/${kind.resource}`;
  return { whole, collection: kind.namespaced ? `${base}/namespaces/{namespace}/${kind.resource}` : whole };
}

const DESCRIPTIONS: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** Parameters within the path. */
const inPath = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

const marks = ({ action, gvk }: Operation): JsonObject => ({
  'x-kubernetes-action': action,
  'x-kubernetes-group-version-kind': { ...gvk },
});

/** A path item of OpenAPI 3. */
export function pathItemV3({ path, operations }: Path): JsonObject {
  const schema = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } });
  const item: JsonObject = {};
  for (const operation of operations) {
    const { body, answer } = operation;
    const answers = Object.fromEntries(ANSWERS.map((type) => [type, schema(answer)]));
    item[operation.method] = {
      ...marks(operation),
      parameters: operation.parameters.map((name) => ({ name, in: 'query', schema: typeOf(name) })),
      ...(body && {
        requestBody: {
          content: Object.fromEntries(operation.consumes.map((type) => [type, schema(body)])),
          ...(operation.method !== 'delete' && { required: true }),
        },
      }),
      responses: Object.fromEntries(
        operation.codes.map((code) => [code, { description: DESCRIPTIONS[code] ?? '', content: answers }]),
      ),
    };
  }
  const named = inPath(path).map((name) => ({ name, in: 'path', required: true, schema: typeOf(name) }));
  return named.length > 0 ? { ...item, parameters: named } : item;
}

/** A path item of Swagger 2. */
export function pathItemV2({ path, operations }: Path): JsonObject {
  const schema = (name: string) => ({ $ref: `#/definitions/${name}` });
  const item: JsonObject = {};
  for (const operation of operations) {
    const { body, answer, method } = operation;
    const required = method === 'delete' ? {} : { required: true };
    item[method] = {
      consumes: [...operation.consumes],
      produces: [...ANSWERS],
      schemes: ['https'],
      parameters: [
        ...(body ? [{ name: 'body', in: 'body', ...required, schema: schema(body) }] : []),
        ...operation.parameters.map((name) => ({ ...typeOf(name), name, in: 'query' })),
      ],
      responses: Object.fromEntries(
        operation.codes.map((code) => [code, { description: DESCRIPTIONS[code] ?? '', schema: schema(answer) }]),
      ),
      ...marks(operation),
    };
  }
  const named = inPath(path).map((name) => ({ ...typeOf(name), name, in: 'path', required: true }));
  return named.length > 0 ? { ...item, parameters: named } : item;
}

const typeOf = (name: string): JsonObject => ({ type: TYPES[name] ?? 'string', uniqueItems: true });
