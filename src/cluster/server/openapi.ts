/** The OpenAPI documents that kubectl reads: explain, validation by the server, patches (`/openapi/v3`, `/openapi/v2`). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JsonObject } from '../api/object.ts';
import { SERVED, type Served } from '../registry/kinds.ts';
import { kubernetesVersion } from '../schema/schema.ts';
import { subresources } from './discovery.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

let schemas: Record<string, JsonObject> | undefined;

/** Schemas by name, as Kubernetes publishes them; read when first asked for. */
function allSchemas(): Record<string, JsonObject> {
  if (!schemas) {
    const text = readFileSync(new URL('../schema/openapi.json', import.meta.url), 'utf8');
    ({ schemas } = JSON.parse(text) as { schemas: Record<string, JsonObject> });
  }
  return schemas ?? {};
}

const documents = new Map<string, string>();

/** Path within `/openapi/v3` of each group version: `api/v1`, `apis/apps/v1`. */
export const openapiPaths = (): string[] => [
  ...new Set(SERVED.map((kind) => (kind.group ? `apis/${kind.apiVersion}` : `api/${kind.apiVersion}`))),
];

/** `/openapi/v3`: where the documents are. */
export function openapiIndex(): JsonObject {
  const paths: JsonObject = {};
  for (const path of openapiPaths()) {
    const hash = createHash('sha256').update(`${path} ${kubernetesVersion()}`).digest('hex').toUpperCase();
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  }
  return { paths };
}

/** `/openapi/v3/PATH` as JSON text; undefined for a path that there is not. */
export function openapiV3(path: string): string | undefined {
  let text = documents.get(path);
  if (text === undefined) {
    const kinds = SERVED.filter((kind) => (kind.group ? `apis/${kind.apiVersion}` : `api/${kind.apiVersion}`) === path);
    if (kinds.length === 0) return undefined;
    const used: Record<string, JsonObject> = {};
    const paths: JsonObject = {};
    for (const kind of kinds) {
      for (const schema of [kind.schema.name, kind.listSchema.name]) collect(schema, used);
      Object.assign(
        paths,
        pathsOf(kind, (name) => ({ $ref: `#/components/schemas/${name}` })),
      );
    }
    for (const name of ['DeleteOptions', 'Status', 'Patch', 'WatchEvent']) collect(`${META}.${name}`, used);
    const info = { title: 'Kubernetes', version: kubernetesVersion() };
    text = JSON.stringify({ openapi: '3.0.0', info, paths, components: { schemas: used } });
    documents.set(path, text);
  }
  return text;
}

/** `/openapi/v2` as JSON text. */
export function openapiV2(): string {
  let text = documents.get('v2');
  if (text === undefined) {
    const paths: JsonObject = {};
    for (const kind of SERVED)
      Object.assign(
        paths,
        pathsOf(kind, (name) => ({ $ref: `#/definitions/${name}` })),
      );
    const definitions = JSON.stringify(allSchemas())
      .replaceAll('#/components/schemas/', '#/definitions/')
      // Swagger 2 knows no allOf around a reference, and no oneOf.
      .replace(/"allOf":\[\{"\$ref":"([^"]+)"\}\]/g, '"$ref":"$1"');
    const info = { title: 'Kubernetes', version: kubernetesVersion() };
    const head = JSON.stringify({ swagger: '2.0', info, paths });
    text = `${head.slice(0, -1)},"definitions":${definitions}}`;
    documents.set('v2', text);
  }
  return text;
}

function collect(name: string, used: Record<string, JsonObject>): void {
  const schema = allSchemas()[name];
  if (used[name] || !schema) return;
  used[name] = schema;
  for (const [, ref = ''] of JSON.stringify(schema).matchAll(/#\/components\/schemas\/([^"]+)"/g)) collect(ref, used);
}

/** Which actions there are on a kind's paths, with the query parameters that clients look for. */
function pathsOf(kind: Served, ref: (name: string) => JsonObject): JsonObject {
  const { group, version, schema, listSchema } = kind;
  const base = `${group ? `/apis/${group}` : '/api'}/${version}`;
  const collection = kind.namespaced ? `${base}/namespaces/{namespace}/${kind.resource}` : `${base}/${kind.resource}`;
  const gvk = { group, version, kind: kind.kind };
  const action = (name: string, answer: string, parameters: string[]): JsonObject => ({
    'x-kubernetes-action': name,
    'x-kubernetes-group-version-kind': gvk,
    parameters: parameters.map(parameter),
    responses: { '200': { description: 'OK', content: { 'application/json': { schema: ref(answer) } } } },
  });
  const write = ['dryRun', 'fieldManager', 'fieldValidation'];
  const list = ['continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion', 'watch'];
  const paths: JsonObject = {
    [collection]: {
      get: action('list', listSchema.name, list),
      post: action('post', schema.name, write),
      delete: action('deletecollection', `${META}.Status`, [...list, 'dryRun']),
    },
    [`${collection}/{name}`]: {
      get: action('get', schema.name, []),
      put: action('put', schema.name, write),
      patch: action('patch', schema.name, [...write, 'force']),
      delete: action('delete', `${META}.Status`, ['dryRun', 'gracePeriodSeconds', 'propagationPolicy']),
    },
  };
  if (kind.namespaced) paths[`${base}/${kind.resource}`] = { get: action('list', listSchema.name, list) };
  for (const { name, verbs } of subresources(kind)) {
    if (name !== 'status') continue;
    const actions: JsonObject = {};
    if (verbs.includes('get')) actions['get'] = action('get', schema.name, []);
    if (verbs.includes('update')) actions['put'] = action('put', schema.name, write);
    if (verbs.includes('patch')) actions['patch'] = action('patch', schema.name, [...write, 'force']);
    paths[`${collection}/{name}/${name}`] = actions;
  }
  return paths;
}

const parameter = (name: string): JsonObject => {
  const type =
    name === 'limit' || name === 'gracePeriodSeconds'
      ? 'integer'
      : name === 'force' || name === 'watch'
        ? 'boolean'
        : 'string';
  return { in: 'query', name, schema: { type, uniqueItems: true } };
};
