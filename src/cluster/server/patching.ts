/** From the body of a PATCH to the function that changes the live object. */
import { goQuote } from '../api/field-error.ts';
import type { Json, JsonObject, KubeObject } from '../api/object.ts';
import { badRequest, notFoundError } from '../api/status.ts';
import { applyFields, type FieldsWrite, trackUpdate } from '../fields/manager.ts';
import { unknownOperationFields } from '../patch/json-patch.ts';
import { applyPatch, doesNotFit, type Patched, type PatchKind } from '../patch/patch.ts';
import { findKind, type Served } from '../registry/kinds.ts';
import { resourceOf } from '../registry/registry.ts';
import { DecodeError, normalise, unknownField } from '../schema/decode.ts';
import { duplicateField, JsonSyntaxError, parseJson } from '../schema/json.ts';
import { ofKind, readYaml, SCHEME, yamlErrors } from './decode-body.ts';
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

type Change = (live: KubeObject | undefined) => KubeObject;

/** A JSON, merge or strategic merge patch: applied to the live object's JSON, and the result read as a PUT's body is. */
export function patching(how: PatchKind, { body, kind, name, query, fields, warn }: Patching): Change {
  let parsed: { value: Json; duplicates: string[] };
  try {
    parsed = parseJson(body.toString('utf8'), { literals: true });
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest('invalid JSON patch');
    throw error;
  }
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
  const mistaken = how === 'strategic' ? undefined : kindProblem(object, kind, shown);
  if (mistaken) throw doesNotFit(shown, mistaken);
  let read: { value: JsonObject; unknown: string[] };
  try {
    read = normalise(object, kind.schema);
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

/** A patch may not make the object one of another kind. */
function kindProblem({ kind, apiVersion }: JsonObject, served: Served, shown: string): string | undefined {
  if (kind === served.kind && apiVersion === served.apiVersion) return undefined;
  if (typeof kind !== 'string' || kind === '') return `Object 'Kind' is missing in '${shown}'`;
  if (typeof apiVersion !== 'string' || apiVersion === '') return `Object 'apiVersion' is missing in '${shown}'`;
  if (findKind(apiVersion, kind)) return `unable to decode ${apiVersion}, Kind=${kind} into ${served.kind}`;
  return `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme ${goQuote(SCHEME)}`;
}

/** Server-side apply. */
export function applying({ body, kind, query, fields, warn }: Patching): Change {
  const { value, strict, problem } = readYaml(body.toString('utf8'));
  if (problem) throw badRequest(`error decoding patch: ${problem}`);
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    const into = 'Go value of type map[string]interface {}';
    const why = `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what} into ${into}`;
    throw badRequest(`error decoding patch: ${why}`);
  }
  return (live) => {
    const applied = (value ?? {}) as unknown as KubeObject;
    const merged = applyFields(live, applied, { ...fields, force: query.force });
    if (strict.length > 0 && query.fieldValidation !== 'Ignore') {
      if (query.fieldValidation === 'Strict') {
        throw badRequest(`error strict decoding patch: error converting YAML to JSON: ${yamlErrors(strict)}`);
      }
      for (const text of strict) warn(text);
    }
    kind.strategy?.defaults?.(merged);
    return merged;
  };
}
