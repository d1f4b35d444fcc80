/**
 * Kubernetes' protobuf encoding, `application/vnd.kubernetes.protobuf`: `k8s\0` and a runtime.Unknown, which names the
 * kind and holds the object's message (apimachinery `pkg/runtime/serializer/protobuf`).
 */
import type { JsonObject, KubeObject } from '../api/object.ts';
import { type StructSchema, structSchema } from '../schema/schema.ts';
import { writeMessage } from './encode.ts';
import { PREFIX } from './shape.ts';
import { Writer } from './writer.ts';

export { decodeObject, type Expected } from './decode-object.ts';
export { DISCOVERY_SCHEMAS } from './discovery.ts';

/** contentEncoding = 3 and contentType = 4 of a runtime.Unknown, always there and always empty. */
const SUFFIX = Uint8Array.of(0x1a, 0, 0x22, 0);

const LIST_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';

/** Every encoding is one call without a pause, so that all share one buffer. */
const scratch = new Writer();

/** The message of an object without the envelope: an item of a list, or the third argument of `encodeObject`. */
export function encodeBody(object: KubeObject, schema: StructSchema): Uint8Array {
  scratch.clear();
  writeMessage(scratch, object, schema);
  return scratch.take();
}

/** An object, a list with its items or a Status; `body` is the message of it when that is known already. */
export function encodeObject(object: KubeObject, schema: StructSchema, body = encodeBody(object, schema)): Uint8Array {
  // Discovery documents of the core group have no apiVersion.
  return envelope(object.apiVersion ?? '', object.kind, [body]);
}

/** A list of kind `kind` (`ServiceList`) from its ListMeta and the messages of its items (see `encodeBody`). */
export function encodeList(
  apiVersion: string,
  kind: string,
  metadata: JsonObject,
  items: readonly Uint8Array[],
): Uint8Array {
  scratch.clear();
  writeMessage(scratch, metadata, structSchema(LIST_META));
  scratch.varint(scratch.length);
  scratch.varint(0x0a);
  const parts = [scratch.take()];
  for (const item of items) parts.push(head(0x12, item.length), item);
  return envelope(apiVersion, kind, parts);
}

/** A tag of one byte and a length. */
function head(tag: number, length: number): Uint8Array {
  const bytes = [tag];
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

const totalOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0);

/** runtime.Unknown: typeMeta = 1 {apiVersion = 1, kind = 2}, raw = 2. */
function envelope(apiVersion: string, kind: string, raw: readonly Uint8Array[]): Uint8Array {
  scratch.clear();
  scratch.varint(totalOf(raw));
  scratch.varint(0x12);
  const before = scratch.length;
  scratch.text(kind);
  scratch.varint(0x12);
  scratch.text(apiVersion);
  scratch.varint(0x0a);
  scratch.varint(scratch.length - before);
  scratch.varint(0x0a);
  return Buffer.concat([PREFIX, scratch.take(), ...raw, SUFFIX]);
}

/**
 * One frame of a watch: four bytes with the length, the highest first, and a WatchEvent {type = 1, object = 2
 * {raw = 1}} without an envelope of its own. `object` is what `encodeObject` gives.
 */
export function encodeWatchEvent(type: string, object: Uint8Array): Uint8Array {
  const raw = head(0x0a, object.length);
  const extension = head(0x12, raw.length + object.length);
  const name = Buffer.from(type);
  const typeHead = head(0x0a, name.length);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(typeHead.length + name.length + extension.length + raw.length + object.length);
  return Buffer.concat([length, typeHead, name, extension, raw, object]);
}
