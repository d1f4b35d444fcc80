import { notHandled, notRegistered, unrecognised } from '../api/body-errors.ts';
import type { JsonObject, KubeObject } from '../api/object.ts';
import { badRequest } from '../api/status.ts';
import { DecodeError, normaliseObject } from '../schema/decode.ts';
import type { StructSchema } from '../schema/schema.ts';
import { readMessage } from './decode.ts';
import { MalformedError, Reader } from './reader.ts';
import { DELIMITED, PREFIX } from './shape.ts';

/** The kind that an endpoint wants. */
export interface Expected {
  apiVersion: string;
  kind: string;
  /** Errors say no more than what is wrong: so it is with DeleteOptions. */
  plainErrors?: boolean;
}

/**
 * An object as Go's JSON encoder would write it. `schemaOf` gives the schema of what the bytes name; `expected` is taken
 * for what they do not name, and appears in errors. Unknown fields are dropped, also when fields are validated strictly.
 * Throws BadRequest with upstream's words for bytes that are no such object, of whatever kind the mistake is.
 */
export function decodeObject(
  bytes: Uint8Array,
  schemaOf: (apiVersion: string, kind: string) => StructSchema | undefined,
  expected: Expected = { apiVersion: '', kind: '' },
): KubeObject {
  let envelope: Envelope;
  try {
    envelope = readEnvelope(bytes);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    if (expected.plainErrors) throw badRequest(error.message);
    throw unrecognised(expected.kind, error.message, bytes);
  }
  const kind = envelope.kind || expected.kind;
  const apiVersion = envelope.apiVersion || expected.apiVersion;
  const refuse = (why: string) =>
    expected.plainErrors ? badRequest(why) : notHandled(apiVersion, kind, expected.kind || kind, why);
  if (!kind) throw badRequest("Object 'Kind' is missing");
  const schema = schemaOf(apiVersion, kind);
  if (!schema) throw refuse(notRegistered(apiVersion, kind));
  try {
    const object: JsonObject = { kind, apiVersion };
    readMessage(new Reader(envelope.raw), object, schema);
    return normaliseObject(object as unknown as KubeObject, schema);
  } catch (error) {
    if (error instanceof MalformedError || error instanceof DecodeError) throw refuse(error.message);
    throw error;
  }
}

/** What an envelope says of its object, and the object's message. */
interface Envelope {
  apiVersion: string;
  kind: string;
  raw: Uint8Array;
}

function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length === 0) throw new MalformedError('empty data');
  if (bytes.length < PREFIX.length || PREFIX.some((byte, index) => bytes[index] !== byte)) {
    throw new MalformedError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  if (bytes.length === PREFIX.length) throw new MalformedError('empty body');
  const out: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array() };
  const reader = new Reader(bytes.subarray(PREFIX.length));
  while (reader.next('Unknown')) {
    if (reader.field === 1) {
      reader.expect(DELIMITED, 'TypeMeta');
      reader.nested(() => readTypeMeta(reader, out));
    } else if (reader.field === 2) {
      reader.expect(DELIMITED, 'Raw');
      out.raw = reader.blob();
    } else if (reader.field === 3 || reader.field === 4) {
      reader.expect(DELIMITED, reader.field === 3 ? 'ContentEncoding' : 'ContentType');
      reader.blob();
    } else reader.skip();
  }
  return out;
}

function readTypeMeta(reader: Reader, out: Envelope): void {
  while (reader.next('TypeMeta')) {
    if (reader.field === 1) {
      reader.expect(DELIMITED, 'APIVersion');
      out.apiVersion = reader.text();
    } else if (reader.field === 2) {
      reader.expect(DELIMITED, 'Kind');
      out.kind = reader.text();
    } else reader.skip();
  }
}
