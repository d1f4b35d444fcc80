/** Objects, lists, tables and watch events in the form that a client asked for. */
import { stringify } from 'yaml';
import type { Json, JsonObject, KubeObject } from '../api/object.ts';
import { goPackage, notAcceptable } from '../api/status.ts';
import { columnDefinitions, rowCells } from '../kinds/columns.ts';
import { DEFAULT_COLUMNS, ROW_CONDITIONS } from '../kinds/columns/index.ts';
import type { Served } from '../registry/kinds.ts';
import { viewOf } from '../registry/view.ts';
import type { Item } from '../store/store.ts';
import { encodeBody, encodeList, encodeObject, encodeWatchEvent } from '../wire/protobuf.ts';
import { structSchema } from '../schema/schema.ts';
import type { EventEncoder } from './watch.ts';

/** What a client accepts. */
export interface Media {
  type: 'json' | 'yaml' | 'protobuf';
  as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** Version of meta.k8s.io for `as`. */
  version?: string;
  pretty?: boolean;
}

/** Of tables: which objects go with the rows. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export const CONTENT_TYPES = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
} as const;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** A JSON value in a medium that can show any value. */
export function encodeJson(value: JsonObject, media: Pick<Media, 'type' | 'pretty'>): string {
  // As sigs.k8s.io/yaml: keys in order, and quotes around what YAML 1.1 reads as a time or a boolean.
  if (media.type === 'yaml') {
    return stringify(value, {
      lineWidth: 0,
      version: '1.1',
      sortMapEntries: true,
      indentSeq: false,
      aliasDuplicateObjects: false,
    });
  }
  return `${JSON.stringify(value, undefined, media.pretty ? 2 : undefined)}\n`;
}

/** A Status, which protobuf has too. */
export function encodeStatus(status: JsonObject, media: Media): string | Uint8Array {
  if (media.type !== 'protobuf') return encodeJson(status, media);
  return encodeObject(status as unknown as KubeObject, structSchema(`${META}.Status`));
}

const bodies = (item: Item, kind: Served): Uint8Array => {
  const cacheKey = `protobuf ${kind.apiVersion}`;
  const known = item.encoded.get(cacheKey) as Uint8Array | undefined;
  if (known) return known;
  const body = encodeBody(viewOf(kind, item).object, kind.schema);
  item.encoded.set(cacheKey, body);
  return body;
};

/** One object. */
export function encodeItem(
  item: Item,
  kind: Served,
  media: Media,
  include: IncludeObject,
  now: number,
): string | Uint8Array {
  if (media.as === 'Table') return encodeJson(table(kind, [item], {}, media, include, now), media);
  if (media.as) {
    if (media.as === 'PartialObjectMetadataList') {
      throw notAcceptable(`you requested ${media.as}, but the requested object is not a list (*${internalName(kind)})`);
    }
    const partial = partialOf(viewOf(kind, item).object, media, 'PartialObjectMetadata');
    if (media.type !== 'protobuf') return encodeJson(partial, media);
    return encodeObject(partial, structSchema(`${META}.PartialObjectMetadata`));
  }
  if (media.type === 'protobuf') return encodeObject(viewOf(kind, item).object, kind.schema, bodies(item, kind));
  if (media.type === 'yaml' || media.pretty) return encodeJson(viewOf(kind, item).object, media);
  return `${viewOf(kind, item).text}\n`;
}

/** A list; `metadata` is its ListMeta. */
export function encodeItems(
  items: readonly Item[],
  kind: Served,
  metadata: JsonObject,
  media: Media,
  include: IncludeObject,
  now: number,
): string | Uint8Array {
  if (media.as === 'Table') return encodeJson(table(kind, items, metadata, media, include, now, { many: true }), media);
  if (media.as) {
    if (media.as === 'PartialObjectMetadata') {
      throw notAcceptable(`you requested ${media.as}, but the requested object is a list (*${internalName(kind)}List)`);
    }
    const list = {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${media.version ?? 'v1'}`,
      metadata,
      items: items.map((item) => partialOf(viewOf(kind, item).object, media, 'PartialObjectMetadata')),
    };
    if (media.type !== 'protobuf') return encodeJson(list, media);
    return encodeObject(list, structSchema(`${META}.PartialObjectMetadataList`));
  }
  const { apiVersion } = kind;
  const listKind = `${kind.kind}List`;
  if (media.type === 'protobuf') {
    return encodeList(
      apiVersion,
      listKind,
      metadata,
      items.map((item) => bodies(item, kind)),
    );
  }
  const prefix = `{"kind":${JSON.stringify(kind.kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
  // Items of a list go without kind and apiVersion, which the list's own tell.
  const texts = items.map((item) => {
    const { text } = viewOf(kind, item);
    return text.startsWith(prefix) ? `{${text.slice(prefix.length)}` : text;
  });
  const head = `{"kind":${JSON.stringify(listKind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${JSON.stringify(metadata)},"items":`;
  const text = `${head}[${texts.join(',')}]}`;
  if (media.type === 'json' && !media.pretty) return `${text}\n`;
  return encodeJson(JSON.parse(text) as JsonObject, media);
}

/** How Go names the kind's internal type: `core.Service`. */
const internalName = ({ group, kind }: Served): string => `${goPackage(group)}.${kind}`;

function partialOf(object: KubeObject, media: Media, kind: string): KubeObject {
  return { kind, apiVersion: `meta.k8s.io/${media.version ?? 'v1'}`, metadata: object.metadata };
}

function table(
  kind: Served,
  items: readonly Item[],
  metadata: JsonObject,
  media: Media,
  include: IncludeObject,
  now: number,
  { headers = true, many = false } = {},
): JsonObject {
  const columns = kind.columns ?? DEFAULT_COLUMNS;
  const objects = items.map((item) => viewOf(kind, item).object);
  const conditionsOf = ROW_CONDITIONS[`${kind.group}/${kind.kind}`];
  const rows = objects.map((object): JsonObject => {
    const row: JsonObject = { cells: rowCells(columns, object, now, many ? objects : undefined) };
    const conditions = conditionsOf?.(object) ?? [];
    if (conditions.length > 0) row['conditions'] = conditions as unknown as Json;
    if (include === 'Object') row['object'] = object;
    else if (include === 'Metadata') row['object'] = partialOf(object, media, 'PartialObjectMetadata');
    return row;
  });
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${media.version ?? 'v1'}`,
    metadata: many ? metadata : { resourceVersion: String(items[0]?.revision ?? '') },
    columnDefinitions: headers ? columnDefinitions(columns) : null,
    rows,
  };
}

/** Writes a watch's events in a medium. Texts are made once an item and shared by all watchers of the same kind. */
export function eventEncoder(kind: Served, media: Media, include: IncludeObject, clock: () => number): EventEncoder {
  if (media.type === 'protobuf') return protobufEvents(kind, media);
  let headers = true;
  const wrap = (type: string, object: string) => `{"type":"${type}","object":${object}}\n`;
  return {
    contentType: 'application/json',
    event(type, item) {
      if (media.as === 'Table') {
        const text = JSON.stringify(table(kind, [item], {}, media, include, clock(), { headers }));
        headers = false;
        return wrap(type, text);
      }
      if (media.as)
        return wrap(type, JSON.stringify(partialOf(viewOf(kind, item).object, media, 'PartialObjectMetadata')));
      const cacheKey = `event ${type} ${kind.apiVersion}`;
      let text = item.encoded.get(cacheKey) as string | undefined;
      if (text === undefined) {
        text = wrap(type, viewOf(kind, item).text);
        item.encoded.set(cacheKey, text);
      }
      return text;
    },
    bookmark(revision, end) {
      const marked = bookmark(kind, media, revision, end);
      if (media.as !== 'Table') return wrap('BOOKMARK', JSON.stringify(marked));
      // As upstream: a row of an object that has nothing but its version.
      const text = JSON.stringify(table(kind, [itemOf(marked, revision)], {}, media, include, clock(), { headers }));
      headers = false;
      return wrap('BOOKMARK', text);
    },
    error: (status) => wrap('ERROR', JSON.stringify(status)),
  };
}

function bookmark(kind: Served, media: Media, revision: number, end: boolean): KubeObject {
  const metadata = {
    resourceVersion: String(revision),
    ...(end && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
  };
  if (media.as && media.as !== 'Table') {
    return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${media.version ?? 'v1'}`, metadata };
  }
  return { kind: kind.kind, apiVersion: kind.apiVersion, metadata };
}

const itemOf = (object: KubeObject, revision: number): Item => ({
  key: '/',
  namespace: '',
  name: '',
  revision,
  object,
  text: '',
  encoded: new Map(),
});

function protobufEvents(kind: Served, media: Media): EventEncoder {
  const partial = structSchema(`${META}.PartialObjectMetadata`);
  return {
    contentType: 'application/vnd.kubernetes.protobuf;stream=watch',
    event(type, item) {
      const cacheKey = `protobuf event ${type} ${kind.apiVersion} ${media.as ?? ''}`;
      const known = item.encoded.get(cacheKey) as Uint8Array | undefined;
      if (known) return known;
      const { object } = viewOf(kind, item);
      const encoded = media.as
        ? encodeObject(partialOf(object, media, 'PartialObjectMetadata'), partial)
        : encodeObject(object, kind.schema, bodies(item, kind));
      const frame = encodeWatchEvent(type, encoded);
      item.encoded.set(cacheKey, frame);
      return frame;
    },
    bookmark: (revision, end) =>
      encodeWatchEvent(
        'BOOKMARK',
        encodeObject(bookmark(kind, media, revision, end), media.as ? partial : kind.schema),
      ),
    error: (status) =>
      encodeWatchEvent('ERROR', encodeObject(status as unknown as KubeObject, structSchema(`${META}.Status`))),
  };
}
