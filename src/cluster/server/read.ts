/** Gets, lists, watches and deletions of collections over HTTP. */
import { notFoundError } from '../api/status.ts';
import type { JsonObject } from '../api/object.ts';
import { fieldValue, selectableFields } from '../kinds/selectable.ts';
import type { Served } from '../registry/kinds.ts';
import { resourceOf } from '../registry/errors.ts';
import type { Part } from '../registry/parts.ts';
import { asStored, viewOf } from '../registry/view.ts';
import { parseFieldSelector } from '../selectors/field-selector.ts';
import { parseLabelSelector } from '../selectors/label-selector.ts';
import type { Item } from '../store/store.ts';
import type { Context } from './context.ts';
import { CONTENT_TYPES, encodeItem, encodeItems, eventEncoder } from './encode.ts';
import { listPage, type Matches, type Page, parseVersion, tooLarge } from './list.ts';
import { listQuery, type ListQuery } from './options.ts';
import { includeOf, send } from './respond.ts';
import { serveWatch } from './watch.ts';
import { collectionOptions } from './write.ts';

export function get(context: Context, kind: Served, part: Part = ''): void {
  const { info, registry, request, response, media, warnings } = context;
  const asked = parseVersion(context.query.get('resourceVersion') ?? '', 'get');
  if (asked > registry.store.revision) throw tooLarge(asked, registry.store.revision);
  const item = registry.get(kind, kind.namespaced ? info.namespace : '', info.name);
  const shown = part === 'status' ? asStored(kind, item) : { kind, item };
  const body = encodeItem(shown.item, shown.kind, media, includeOf(context.query), registry.clock.now());
  send(request, response, 200, CONTENT_TYPES[media.type], body, warnings);
}

/** What the selectors of a query let through; undefined for everything. */
function matcher(kind: Served, query: ListQuery, name: string): Matches {
  const labels = query.labelSelector ? parseLabelSelector(query.labelSelector) : undefined;
  const fields = query.fieldSelector
    ? parseFieldSelector(query.fieldSelector, selectableFields(kind), kind)
    : undefined;
  const pinned = name;
  if (!labels && !fields && !pinned) return undefined;
  return (item: Item) => {
    if (pinned && item.name !== pinned) return false;
    if (labels && !labels.matches(item.object.metadata.labels ?? {})) return false;
    if (!fields) return true;
    const { object } = viewOf(kind, item);
    return fields.matches((field) => fieldValue(kind, object, field));
  };
}

const namespaceOf = (context: Context, kind: Served): string | undefined =>
  kind.namespaced ? context.info.namespace || undefined : undefined;

function listMeta({ revision, continueToken, remaining }: Page): JsonObject {
  return {
    resourceVersion: String(revision),
    ...(continueToken && { continue: continueToken }),
    ...(remaining !== undefined && { remainingItemCount: remaining }),
  };
}

export function list(context: Context, kind: Served): void {
  const { registry, request, response, media, warnings } = context;
  const query = listQuery(context.query, false);
  const page = listPage(registry.store, kind, namespaceOf(context, kind), query, matcher(kind, query, ''));
  const metadata = listMeta(page);
  const body = encodeItems(page.items, kind, metadata, media, includeOf(context.query), registry.clock.now());
  send(request, response, 200, CONTENT_TYPES[media.type], body, warnings);
}

/** `named` is the name in the URL of a watch of one object, '' otherwise. */
export function watch(context: Context, kind: Served, named: string): void {
  const { registry, response, media, warnings } = context;
  if (warnings.headers.length > 0) response.setHeader('warning', warnings.headers);
  const query = listQuery(context.query, true);
  const matches = matcher(kind, query, named);
  const encoder = eventEncoder(kind, media, includeOf(context.query), () => registry.clock.now());
  serveWatch(response, registry.store, kind, namespaceOf(context, kind), query, matches, encoder);
}

export async function removeCollection(context: Context, kind: Served): Promise<void> {
  const { registry, request, response, media, warnings } = context;
  const query = listQuery(context.query, false);
  const { options, dryRun } = await collectionOptions(context);
  const page = listPage(registry.store, kind, namespaceOf(context, kind), query, matcher(kind, query, ''));
  const items: Item[] = [];
  for (const item of page.items) {
    // One may have gone with an owner before its turn.
    if (!registry.store.get(kind.stored, item.namespace, item.name)) continue;
    registry.delete(kind, item.namespace, item.name, options, { dryRun });
    items.push(item);
  }
  const metadata = listMeta(page);
  const body = encodeItems(items, kind, metadata, media, includeOf(context.query), registry.clock.now());
  send(request, response, 200, CONTENT_TYPES[media.type], body, warnings);
}

export const missing = (kind: Served, name: string) => notFoundError(resourceOf(kind), name);
