/**
 * The OpenAPI documents that clients read: explain, validation by kubectl, three-way patches (`/openapi/v3`,
 * `/openapi/v2`). Made when first asked for.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JsonObject } from '../api/object.ts';
import { kubernetesVersion } from '../schema/schema.ts';
import { encodeSwagger } from '../wire/openapi-v2.ts';
import { allPaths, type Path, pathItemV2, pathItemV3 } from './openapi-paths.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const REFERENCE = '#/components/schemas/';

let schemas: Record<string, JsonObject> | undefined;

/** Schemas by name, as Kubernetes publishes them. */
function allSchemas(): Record<string, JsonObject> {
  if (!schemas) {
    const text = readFileSync(new URL('../schema/openapi.json', import.meta.url), 'utf8');
    ({ schemas } = JSON.parse(text) as { schemas: Record<string, JsonObject> });
  }
  return schemas ?? {};
}

const documents = new Map<string, string>();
let paths: Path[] | undefined;
let swaggerBytes: Uint8Array | undefined;

const knownPaths = (): Path[] => (paths ??= allPaths());

const documentOf = ({ group, version }: Path): string => (group ? `apis/${group}/${version}` : `api/${version}`);

/** `1.37`, as upstream: no patch release. */
const info = (): JsonObject => ({ title: 'Kubernetes', version: kubernetesVersion().replace(/^v(\d+\.\d+).*$/, '$1') });

/** `/openapi/v3`: where the documents are, one for each group version. */
export function openapiIndex(): JsonObject {
  const found: JsonObject = {};
  for (const path of new Set(knownPaths().map(documentOf))) {
    const hash = createHash('sha256').update(`${path} ${kubernetesVersion()}`).digest('hex').toUpperCase();
    found[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  }
  return { paths: found };
}

/** `/openapi/v3/PATH` as JSON text; undefined for a path that there is not. */
export function openapiV3(path: string): string | undefined {
  let text = documents.get(path);
  if (text === undefined) {
    const own = knownPaths().filter((one) => documentOf(one) === path);
    if (own.length === 0) return undefined;
    const used: Record<string, JsonObject> = {};
    for (const { operations } of own) {
      for (const { answer, body } of operations) for (const name of [answer, body]) if (name) collect(name, used);
    }
    if (own.some(({ operations }) => operations.some(({ action }) => action === 'list'))) {
      collect(`${META}.WatchEvent`, used);
    }
    const items = Object.fromEntries(own.map((one) => [one.path, pathItemV3(one)]));
    text = JSON.stringify({ openapi: '3.0.0', info: info(), paths: items, components: { schemas: used } });
    documents.set(path, text);
  }
  return text;
}

function collect(name: string, used: Record<string, JsonObject>): void {
  const schema = allSchemas()[name];
  if (used[name] || !schema) return;
  used[name] = schema;
  for (const [, ref = ''] of JSON.stringify(schema).matchAll(/#\/components\/schemas\/([^"]+)"/g)) collect(ref, used);
}

function swagger(): JsonObject {
  const definitions = Object.entries(allSchemas()).map(([name, schema]) => [name, definitionOf(schema)] as const);
  return {
    swagger: '2.0',
    info: info(),
    paths: Object.fromEntries(knownPaths().map((one) => [one.path, pathItemV2(one)])),
    definitions: Object.fromEntries(definitions),
  };
}

/** `/openapi/v2` as JSON text. */
export function openapiV2(): string {
  let text = documents.get('v2');
  if (text === undefined) {
    text = JSON.stringify(swagger());
    documents.set('v2', text);
  }
  return text;
}

export const SWAGGER_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const SWAGGER_PROTOBUF = /^application\/com\.github\.proto-openapi\.spec\.v2[.@]v1\.0\+protobuf$/;

/** Which form of `/openapi/v2` an Accept header asks for; undefined for one that there is not. */
export function swaggerMedia(accept: string | undefined): 'json' | 'protobuf' | undefined {
  for (const clause of (accept || '*/*').split(',')) {
    const type = (clause.split(';')[0] ?? '').trim();
    if (type === '*/*' || type === 'application/*' || type === 'application/json') return 'json';
    if (SWAGGER_PROTOBUF.test(type)) return 'protobuf';
  }
  return undefined;
}

/** `/openapi/v2` in protobuf. */
export const openapiV2Bytes = (): Uint8Array => (swaggerBytes ??= encodeSwagger(swagger()));

/** A schema of OpenAPI 3 in Swagger 2, which knows no defaults beside references, no allOf around one and no oneOf. */
function definitionOf(schema: JsonObject): JsonObject {
  const found: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'default') continue;
    if (key === 'allOf') found['$ref'] = referenceOf((value as JsonObject[])[0] ?? {});
    else if (key === '$ref') found[key] = referenceOf(schema);
    else if (key === 'oneOf') found['type'] = 'string';
    else if (key === 'properties') {
      const properties = Object.entries(value as Record<string, JsonObject>);
      found[key] = Object.fromEntries(properties.map(([name, property]) => [name, definitionOf(property)]));
    } else if (key === 'items' || key === 'additionalProperties') found[key] = definitionOf(value as JsonObject);
    else found[key] = value;
  }
  return found;
}

const referenceOf = (schema: JsonObject): string => (schema['$ref'] as string).replace(REFERENCE, '#/definitions/');
