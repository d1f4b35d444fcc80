/** From the bytes of a request to an object of the kind that its URL names, with upstream's errors. */
import { notHandled, notRegistered, unrecognised } from '../api/body-errors.ts';
import type { Json, JsonObject, KubeObject } from '../api/object.ts';
import { badRequest, goPackage, unsupportedMediaType } from '../api/status.ts';
import { findKind, type Served } from '../registry/kinds.ts';
import { DecodeError, normalise, unknownField } from '../schema/decode.ts';
import { duplicateField, inDocumentOrder, JsonSyntaxError, parseJson } from '../schema/json.ts';
import type { StructSchema } from '../schema/schema.ts';
import { readYaml, YamlError, yamlErrors } from '../schema/yaml.ts';
import { decodeObject } from '../wire/protobuf.ts';
import type { FieldValidation } from './options.ts';

/** The kind that is expected, as much of it as decoding needs. */
export type Expected = Pick<Served, 'apiVersion' | 'kind' | 'schema'>;

/** Content-Type without parameters; '' when there is none. */
export const mediaType = (header: string | undefined): string =>
  (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

/** The types that a body can have. */
export const BODY_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const;

export const unknownFormat = (accepted: readonly string[]) =>
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
        throw unrecognised(expected.kind, `couldn't get version/kind; json parse error: ${error.message}`, body);
      }
      break;
    }
    case 'application/yaml': {
      try {
        ({ value, duplicates: strict } = readYaml(body.toString('utf8')));
      } catch (error) {
        if (error instanceof YamlError) throw unrecognised(expected.kind, error.message, body);
        throw error;
      }
      break;
    }
    case 'application/vnd.kubernetes.protobuf':
      value = decodeObject(body, (apiVersion, kind) => schemaFor(expected, apiVersion, kind), expected);
      break;
    default:
      throw unknownFormat(BODY_TYPES);
  }
  return intoKind(value, expected, validation, warn, strict, body, json);
}

function schemaFor(expected: Expected, apiVersion: string, kind: string): StructSchema | undefined {
  if (apiVersion === expected.apiVersion && kind === expected.kind) return expected.schema;
  return findKind(apiVersion, kind)?.schema;
}

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
      throw unrecognised(expected.kind, `couldn't get version/kind; json parse error: ${notAnObject(value)}`, body);
    }
    value = {};
  }
  const kind = typeof value['kind'] === 'string' && value['kind'] ? value['kind'] : expected.kind;
  const version =
    typeof value['apiVersion'] === 'string' && value['apiVersion'] ? value['apiVersion'] : expected.apiVersion;
  const refuse = (why: string) => notHandled(version, kind, expected.kind, why);
  if (kind !== expected.kind || version !== expected.apiVersion) {
    if (isMalformed(version)) throw unrecognised(expected.kind, malformedVersion(version), body);
    const why = notThisKind(version, kind, expected);
    if (why !== undefined) throw refuse(why);
    throw badRequest(
      `the API version in the data (${version}) does not match the expected API version (${expected.apiVersion})`,
    );
  }
  let read: { value: JsonObject; unknown: string[] };
  try {
    read = normalise(value, expected.schema, { keepEmpty: true });
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

/** Why a body of another kind can't be read as this one; undefined for another version of the same. */
export function notThisKind(version: string, kind: string, expected: Expected): string | undefined {
  if (!isKnown(version, kind)) return notRegistered(version, kind);
  if (kind === expected.kind) return undefined;
  const short = version.slice(version.indexOf('/') + 1);
  return `converting (${short}.${kind}) to (${goPackage(groupOf(expected.apiVersion))}.${expected.kind}): unknown conversion`;
}

/** An apiVersion is `v1` or `group/v1`. */
export const isMalformed = (version: string): boolean => version.split('/').length > 2;

export const malformedVersion = (version: string): string => `unexpected GroupVersion string: ${version}`;

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '');

/** A kind that this server has, or the list of one. */
const isKnown = (version: string, kind: string): boolean =>
  findKind(version, kind) !== undefined ||
  (kind.endsWith('List') && findKind(version, kind.slice(0, -4)) !== undefined);

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

/** What Go says of an apiVersion or kind that is no string. */
export const versionAndKind = (field: string, value: Json): string =>
  `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonTypeOf(value)} into Go struct field .${field} of type string`;

/** The kinds of JSON as Go's decoder names them. */
export function jsonTypeOf(value: Json): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** What Go says when it looks for apiVersion and kind in something that is no object. */
export function notAnObject(value: Json): string {
  const into =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  return `json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type ${into}`;
}
