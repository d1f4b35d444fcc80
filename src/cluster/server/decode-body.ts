/** From the bytes of a request to an object of the kind that its URL names, with upstream's errors. */
import { isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { goQuote } from '../api/field-error.ts';
import type { Json, JsonObject, KubeObject } from '../api/object.ts';
import { badRequest, unsupportedMediaType } from '../api/status.ts';
import { findKind, type Served } from '../registry/kinds.ts';
import { DecodeError, normalise, unknownField } from '../schema/decode.ts';
import { duplicateField, inDocumentOrder, JsonSyntaxError, parseJson } from '../schema/json.ts';
import type { StructSchema } from '../schema/schema.ts';
import { decodeObject } from '../wire/protobuf.ts';
import type { FieldValidation } from './options.ts';

/** Where upstream's kinds are registered, as its errors say. */
export const SCHEME = 'pkg/runtime/scheme.go:111';

/** The kind that is expected, as much of it as decoding needs. */
export type Expected = Pick<Served, 'apiVersion' | 'kind' | 'schema'>;

/** Content-Type without parameters; '' when there is none. */
export const mediaType = (header: string | undefined): string =>
  (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const unknownFormat = (accepted: readonly string[]) =>
  unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

/** Reads a body into the expected kind. Unknown and duplicate fields are warned of, refused or ignored. */
export function decodeBody(
  body: Buffer,
  contentType: string | undefined,
  expected: Expected,
  validation: FieldValidation,
  warn: (text: string) => void,
): KubeObject {
  const type = mediaType(contentType);
  let value: Json;
  let strict: string[] = [];
  let json: string | undefined;
  switch (type) {
    case '':
    case 'application/json': {
      const text = body.toString('utf8');
      json = text;
      try {
        const parsed = parseJson(text, { literals: true });
        value = parsed.value;
        strict = parsed.duplicates.map(duplicateField);
      } catch (error) {
        if (!(error instanceof JsonSyntaxError)) throw error;
        throw unrecognised(expected, `couldn't get version/kind; json parse error: ${error.message}`, body);
      }
      break;
    }
    case 'application/yaml': {
      const read = readYaml(body.toString('utf8'));
      if (read.problem) throw unrecognised(expected, read.problem, body);
      ({ value, strict } = read);
      break;
    }
    case 'application/vnd.kubernetes.protobuf':
      value = decodeObject(body, (apiVersion, kind) => schemaFor(expected, apiVersion, kind), expected);
      break;
    default:
      throw unknownFormat(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']);
  }
  return intoKind(value, expected, validation, warn, strict, body, json);
}

function schemaFor(expected: Expected, apiVersion: string, kind: string): StructSchema | undefined {
  if (apiVersion === expected.apiVersion && kind === expected.kind) return expected.schema;
  return findKind(apiVersion, kind)?.schema;
}

/** Go turns YAML into JSON with sorted keys, which shows in the order of what it complains about. */
function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] as Json)]),
  );
}

/**
 * YAML as JSON; `strict` has a line for each key that a map has twice, as go-yaml words it. What is no YAML at all is
 * told in our library's words: no specification knows them.
 */
export function readYaml(text: string): { value: Json; strict: string[]; problem?: string } {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: false, lineCounter: lines });
  const [error] = document.errors;
  if (error) {
    return { value: null, strict: [], problem: `error converting YAML to JSON: yaml: ${error.message.split('\n')[0]}` };
  }
  const strict: string[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : undefined;
        if (name === undefined) continue;
        if (seen.has(name)) {
          const { line } = lines.linePos((isScalar(key) ? key.range?.[0] : undefined) ?? 0);
          strict.push(`line ${line}: key ${goQuote(String(name))} already set in map`);
        }
        seen.add(name);
      }
    },
  });
  return { value: sorted((document.toJS() ?? null) as Json), strict };
}

/** Several duplicate keys in one error, as go-yaml gathers them. */
export const yamlErrors = (lines: readonly string[]): string =>
  `yaml: unmarshal errors:\n${lines.map((one) => `  ${one}`).join('\n')}`;

function intoKind(
  value: Json,
  expected: Expected,
  validation: FieldValidation,
  warn: (text: string) => void,
  strict: string[],
  body: Buffer,
  json: string | undefined,
): KubeObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (value !== null) {
      throw unrecognised(expected, `couldn't get version/kind; json parse error: ${notAnObject(value)}`, body);
    }
    value = {};
  }
  const kind = typeof value['kind'] === 'string' && value['kind'] ? value['kind'] : expected.kind;
  const version =
    typeof value['apiVersion'] === 'string' && value['apiVersion'] ? value['apiVersion'] : expected.apiVersion;
  const shortVersion = version.slice(version.indexOf('/') + 1);
  const refuse = (why: string) =>
    badRequest(`${kind} in version ${goQuote(shortVersion)} cannot be handled as a ${expected.kind}: ${why}`);
  if (kind !== expected.kind || version !== expected.apiVersion) {
    if (version.split('/').length > 2) throw unrecognised(expected, `unexpected GroupVersion string: ${version}`, body);
    if (!isKnown(version, kind)) {
      throw refuse(
        `no kind ${goQuote(kind)} is registered for version ${goQuote(version)} in scheme ${goQuote(SCHEME)}`,
      );
    }
    if (kind !== expected.kind) {
      throw refuse(
        `converting (${shortVersion}.${kind}) to (${packageOf(expected.apiVersion)}.${expected.kind}): unknown conversion`,
      );
    }
    throw badRequest(
      `the API version in the data (${version}) does not match the expected API version (${expected.apiVersion})`,
    );
  }
  let read: { value: JsonObject; unknown: string[] };
  try {
    read = normalise(value, expected.schema);
  } catch (error) {
    if (error instanceof DecodeError) throw refuse(error.message);
    throw error;
  }
  // Duplicates that JSON has come with their place among the unknown fields; what YAML says comes first.
  const problems =
    strict.length > 0 && read.unknown.length > 0 && json !== undefined
      ? inDocumentOrder(json, read.unknown).map(({ path, duplicate }) =>
          (duplicate ? duplicateField : unknownField)(path),
        )
      : [...strict, ...read.unknown.map(unknownField)];
  if (problems.length > 0) {
    if (validation === 'Strict') {
      const yaml = json === undefined && strict.length > 0;
      const told = yaml ? [yamlErrors(strict), ...problems.slice(strict.length)] : problems;
      throw refuse(`strict decoding error: ${told.join(', ')}`);
    }
    if (validation === 'Warn') for (const text of problems) warn(text);
  }
  return ofKind(read.value, value, expected);
}

/** A kind that this server has, or the list of one. */
const isKnown = (version: string, kind: string): boolean =>
  findKind(version, kind) !== undefined ||
  (kind.endsWith('List') && findKind(version, kind.slice(0, -4)) !== undefined);

/** The Go package of a group's internal types, as conversion errors name it. */
const packageOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split(/[./]/)[0] ?? '') : 'core';

/**
 * A normalised object of a kind. An empty list of managedFields in what the client sent says that they are to be
 * forgotten; everywhere else an empty list is as good as none.
 */
export function ofKind(
  normalised: JsonObject,
  sent: JsonObject,
  { apiVersion, kind }: Pick<Expected, 'apiVersion' | 'kind'>,
): KubeObject {
  const object = normalised as unknown as KubeObject;
  object.apiVersion = apiVersion;
  object.kind = kind;
  object.metadata ??= {};
  const { managedFields } = (sent['metadata'] ?? {}) as JsonObject;
  if (Array.isArray(managedFields) && managedFields.length === 0) object.metadata.managedFields = [];
  return object;
}

/** What Go says when it looks for apiVersion and kind in something that is no object. */
export function notAnObject(value: Json): string {
  const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const into =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  return `json: cannot unmarshal ${what} into Go value of type ${into}`;
}

function unrecognised(expected: Expected, why: string, body: Buffer): Error {
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(body)})`,
  );
}

/** The start of a body, readable when it looks like JSON and in hexadecimal otherwise. */
function summary(body: Buffer, most = 30): string {
  if (body.length === 0) return '<empty>';
  const head = body.subarray(0, most);
  const text = body[0] === 0x7b ? head.toString('utf8') : head.toString('hex');
  return body.length > most ? `${text} ...` : text;
}
