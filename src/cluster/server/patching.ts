/** From the body of a PATCH to the function that changes the live object. */
import type { IncomingMessage } from 'node:http';
import type { JsonObject, KubeObject } from '../api/object.ts';
import { badRequest, notFoundError, unsupportedMediaType } from '../api/status.ts';
import { applyFields, type FieldsWrite, trackUpdate } from '../fields/manager.ts';
import { unknownOperationFields } from '../patch/json-patch.ts';
import { applyPatch, doesNotFit, type Patched, type PatchKind } from '../patch/patch.ts';
import type { Served } from '../registry/kinds.ts';
import { resourceOf } from '../registry/errors.ts';
import { DecodeError, normalise, type Normalised, unknownField } from '../schema/decode.ts';
import { duplicateField, JsonSyntaxError, parseJson } from '../schema/json.ts';
import { readYaml, YamlError, type ReadYaml, yamlErrors } from '../schema/yaml.ts';
import {
  isMalformed,
  jsonTypeOf,
  malformedVersion,
  notThisKind,
  ofKind,
  mediaType,
  versionAndKind,
} from './decode-body.ts';
import type { WriteQuery } from './options.ts';

/** What is patched, and how. */
export interface Patching {
  body: Buffer;
  kind: Served;
  /** In the URL. */
  name: string;
  query: WriteQuery;
  fields: FieldsWrite;
  warn(text: string): void;
}

const PATCH_KINDS: Record<string, PatchKind | 'apply'> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Which of the patches a request's body is, by its type; 415 when it is none. */
export function patchKindOf({ headers }: IncomingMessage): PatchKind | 'apply' {
  const how = PATCH_KINDS[mediaType(headers['content-type'])];
  if (!how) throw unsupportedMediaType('415: Unsupported Media Type', {});
  return how;
}

/** The JSON of a patch that is not an apply. Throws 400. */
export function readPatch(body: Buffer): ReturnType<typeof parseJson> {
  try {
    return parseJson(body.toString('utf8'), { literals: true });
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest('invalid JSON patch');
    throw error;
  }
}

type Change = (live: KubeObject | undefined) => KubeObject;

/** A JSON, merge or strategic merge patch: applied to the live object's JSON, and the result read as a PUT's body is. */
export function patching(how: PatchKind, { body, kind, name, query, fields, warn }: Patching): Change {
  const parsed = readPatch(body);
  const prefix = how === 'json' ? 'json patch ' : '';
  const strict = parsed.duplicates.map((path) => prefix + duplicateField(path));
  if (how === 'json') strict.push(...unknownOperationFields(parsed.value));
  return (live) => {
    if (!live) throw notFoundError(resourceOf(kind), name);
    const { fieldValidation } = query;
    const patched = applyPatch(how, live, parsed.value, kind.schema, fieldValidation);
    const object = readPatched(how, patched, kind, query, strict, warn);
    kind.strategy?.defaults?.(object);
    return trackUpdate(live, object, fields);
  };
}

function readPatched(
  how: PatchKind,
  { object, shown }: Patched,
  kind: Served,
  { fieldValidation }: WriteQuery,
  strict: readonly string[],
  warn: (text: string) => void,
): KubeObject {
  // A strategic patch can't change the kind: what it says of it is not looked at.
  const mistaken = how === 'strategic' ? undefined : kindProblem(object, kind);
  if (mistaken) throw doesNotFit(shown, mistaken);
  let read: Normalised;
  try {
    read =
      how === 'strategic' || object['apiVersion']
        ? normalise(object, kind.schema, { keepEmpty: true })
        : ofNoVersion(object);
  } catch (error) {
    if (error instanceof DecodeError) throw doesNotFit(shown, error.message);
    throw error;
  }
  const unknown = read.unknown.map(unknownField);
  const problems = [...strict, ...(how === 'strategic' ? unknown.toSorted() : unknown)];
  if (problems.length > 0) {
    if (fieldValidation === 'Strict') throw doesNotFit(shown, `strict decoding error: ${problems.join(', ')}`);
    if (fieldValidation === 'Warn') for (const text of problems) warn(text);
  }
  return ofKind(read.value, object, kind);
}

/** Without a version upstream reads an object into its internal type, which has no field by any name that JSON has. */
const ofNoVersion = (object: JsonObject): Normalised => ({
  value: {},
  unknown: Object.keys(object).filter((key) => key !== 'kind' && key !== 'apiVersion'),
});

/** A patch may not make the object one of another kind. */
function kindProblem({ kind, apiVersion }: JsonObject, served: Served): string | undefined {
  for (const [field, value] of Object.entries({ kind, apiVersion })) {
    if (typeof value !== 'string' && value !== null && value !== undefined) return versionAndKind(field, value);
  }
  const version = typeof apiVersion === 'string' && apiVersion ? apiVersion : served.apiVersion;
  if (isMalformed(version)) return malformedVersion(version);
  return notThisKind(version, typeof kind === 'string' && kind ? kind : served.kind, served);
}

/** The body of an apply. Throws 400. */
export function readApplied(body: Buffer): ReadYaml {
  const text = body.toString('utf8');
  try {
    return readYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    // What looks like JSON is not looked at before it is decoded.
    const json = /^\s*\{/.test(text);
    throw badRequest(
      `${json ? 'error decoding patch: error converting YAML to JSON' : 'error encoding patch'}: ${error.message}`,
    );
  }
}

/** Server-side apply. */
export function applying({ body, kind, query, fields, warn }: Patching): Change {
  const { value, duplicates } = readApplied(body);
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    const into = 'Go value of type map[string]interface {}';
    const why = `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonTypeOf(value)} into ${into}`;
    throw badRequest(`error decoding patch: ${why}`);
  }
  return (live) => {
    const applied = (value ?? {}) as unknown as KubeObject;
    const merged = applyFields(live, applied, { ...fields, force: query.force });
    if (duplicates.length > 0 && query.fieldValidation !== 'Ignore') {
      if (query.fieldValidation === 'Strict') {
        throw badRequest(`error strict decoding patch: error converting YAML to JSON: ${yamlErrors(duplicates)}`);
      }
      for (const text of duplicates) warn(text);
    }
    kind.strategy?.defaults?.(merged);
    return merged;
  };
}
