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
  return envelope(object.apiVersion ?? '', object.kind, body, []);
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
  return envelope(apiVersion, kind, scratch.take(), items);
}

/** Bytes of a length as a varint. */
function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Writes a tag of one byte and a length; returns where they end. */
function writeHead(bytes: Uint8Array, start: number, tag: number, length: number): number {
  let at = start;
  bytes[at++] = tag;
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  bytes[at++] = rest;
  return at;
}

/** runtime.Unknown: typeMeta = 1 {apiVersion = 1, kind = 2}, raw = 2, which is `start` and then items of a list (2). */
function envelope(apiVersion: string, kind: string, start: Uint8Array, items: readonly Uint8Array[]): Uint8Array {
  let size = start.length;
  for (const { length } of items) size += 1 + varintSize(length) + length;
  scratch.clear();
  scratch.varint(size);
  scratch.varint(0x12);
  const before = scratch.length;
  scratch.text(kind);
  scratch.varint(0x12);
  scratch.text(apiVersion);
  scratch.varint(0x0a);
  scratch.varint(scratch.length - before);
  scratch.varint(0x0a);
  const head = scratch.take();
  const out = Buffer.allocUnsafe(PREFIX.length + head.length + size + SUFFIX.length);
  let at = 0;
  const append = (part: Uint8Array) => {
    out.set(part, at);
    at += part.length;
  };
  append(PREFIX);
  append(head);
  append(start);
  for (const item of items) {
    at = writeHead(out, at, 0x12, item.length);
    append(item);
  }
  append(SUFFIX);
  return out;
}

/**
 * One frame of a watch: four bytes with the length, the highest first, and a WatchEvent {type = 1, object = 2
 * {raw = 1}} without an envelope of its own. `object` is what `encodeObject` gives.
 */
export function encodeWatchEvent(type: string, object: Uint8Array): Uint8Array {
  const name = Buffer.from(type);
  const extension = 1 + varintSize(object.length) + object.length;
  const size = 1 + varintSize(name.length) + name.length + 1 + varintSize(extension) + extension;
  const out = Buffer.allocUnsafe(4 + size);
  out.writeUInt32BE(size);
  let at = writeHead(out, 4, 0x0a, name.length);
  out.set(name, at);
  at = writeHead(out, at + name.length, 0x12, extension);
  at = writeHead(out, at, 0x0a, object.length);
  out.set(object, at);
  return out;
}
