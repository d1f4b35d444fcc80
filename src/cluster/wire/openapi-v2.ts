/**
 * Swagger 2 in protobuf, the form that kubectl, Helm and client-go ask for: `openapi.v2.Document` of
 * github.com/google/gnostic-models, `openapiv2/OpenAPIv2.proto`, whose field numbers these are. Pure.
 */
import type { Json, JsonObject } from '../api/object.ts';

/** A field that is a message or text; those without content are left out. */
function field(number: number, content: Uint8Array | string | undefined): Uint8Array {
  if (content === undefined) return Buffer.alloc(0);
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

const flag = (number: number, value: Json | undefined): Uint8Array =>
  value ? Buffer.concat([varint(number * 8), varint(1)]) : Buffer.alloc(0);

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

const message = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);

const text = (number: number, value: Json | undefined): Uint8Array => field(number, value as string | undefined);

const texts = (number: number, values: Json | undefined): Uint8Array =>
  message(...((values as string[] | undefined) ?? []).map((value) => field(number, value)));

/** Fields of messages that have a name and a value. */
const named = <T extends Json>(number: number, entries: [string, T][], write: (value: T) => Uint8Array): Uint8Array =>
  message(...entries.map(([name, value]) => field(number, message(field(1, name), field(2, write(value))))));

const entriesOf = <T extends Json>(value: Json | undefined): [string, T][] =>
  Object.entries((value ?? {}) as Record<string, T>);

/** `Any`: YAML, of which JSON is a part. */
const any = (value: Json): Uint8Array => message(field(2, `${JSON.stringify(value)}\n`));

const extensions = (number: number, from: JsonObject): Uint8Array =>
  named(
    number,
    entriesOf<Json>(from).filter(([key]) => key.startsWith('x-')),
    any,
  );

function schema(from: JsonObject): Uint8Array {
  const { type, items, additionalProperties, properties, enum: values } = from;
  return message(
    text(1, from['$ref']),
    text(2, from['format']),
    text(4, from['description']),
    texts(19, from['required']),
    ...((values as Json[] | undefined) ?? []).map((value) => field(20, any(value))),
    field(21, !additionalProperties ? undefined : message(field(1, schema(additionalProperties as JsonObject)))),
    field(22, type === undefined ? undefined : message(text(1, type))),
    field(23, !items ? undefined : message(field(1, schema(items as JsonObject)))),
    field(25, !properties ? undefined : named(1, entriesOf<JsonObject>(properties), schema)),
    extensions(31, from),
  );
}

/** `ParametersItem`; a parameter of a path and one of a query have the same fields, but for one number. */
function parameter(from: JsonObject): Uint8Array {
  const common = message(
    flag(1, from['required']),
    text(2, from['in']),
    text(3, from['description']),
    text(4, from['name']),
  );
  const { in: place, type, uniqueItems } = from;
  if (place === 'body') {
    const body = message(
      text(1, from['description']),
      text(2, from['name']),
      text(3, place),
      flag(4, from['required']),
      field(5, schema(from['schema'] as JsonObject)),
    );
    return field(1, field(1, body));
  }
  const other =
    place === 'path'
      ? field(4, message(common, text(5, type), flag(19, uniqueItems)))
      : field(3, message(common, text(6, type), flag(20, uniqueItems)));
  return field(1, field(2, other));
}

const parameters = (number: number, from: Json | undefined): Uint8Array =>
  message(...((from as JsonObject[] | undefined) ?? []).map((one) => field(number, parameter(one))));

/** `ResponseValue` */
function response(from: JsonObject): Uint8Array {
  const answer = from['schema'] as JsonObject | undefined;
  return field(1, message(text(1, from['description']), field(2, answer && field(1, schema(answer)))));
}

function operation(from: JsonObject): Uint8Array {
  return message(
    texts(6, from['produces']),
    texts(7, from['consumes']),
    parameters(8, from['parameters']),
    field(9, named(1, entriesOf<JsonObject>(from['responses']), response)),
    texts(10, from['schemes']),
    extensions(13, from),
  );
}

const METHODS = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

function pathItem(from: JsonObject): Uint8Array {
  const operations = Object.entries(METHODS).map(([method, number]) => {
    const one = from[method] as JsonObject | undefined;
    return field(number, one && operation(one));
  });
  return message(...operations, parameters(9, from['parameters']));
}

/** A Swagger 2 document, as it is in JSON. */
export function encodeSwagger(document: JsonObject): Uint8Array {
  const { swagger, paths, definitions } = document;
  const { title, version } = document['info'] as JsonObject;
  return message(
    text(1, swagger),
    field(2, message(text(1, title), text(2, version))),
    field(8, named(2, entriesOf<JsonObject>(paths), pathItem)),
    field(9, named(1, entriesOf<JsonObject>(definitions), schema)),
  );
}
