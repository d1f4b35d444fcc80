import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../api/object.ts';
import { expired, StatusError } from '../api/status.ts';
import type { Served } from '../registry/kinds.ts';
import type { Change, Item, Store } from '../store/store.ts';
import { type Matches, parseVersion, tooLarge } from './list.ts';
import type { ListQuery } from './options.ts';

/** How a watch writes its events. */
export interface EventEncoder {
  contentType: string;
  /** One event about an object. */
  event(type: string, item: Item): string | Uint8Array;
  /** A bookmark; `initialEventsEnd` marks the end of the events that show what was there. */
  bookmark(revision: number, initialEventsEnd: boolean): string | Uint8Array;
  error(status: JsonObject): string | Uint8Array;
}

/** About once a minute, and shortly before the end, as upstream's watch cache: the next watch starts from there. */
const BOOKMARK_MS = 60_000;
const LAST_BOOKMARK_MS = 2_000;

/** Without a wish a watch lasts 30 to 60 minutes (`--min-request-timeout`). */
const MIN_TIMEOUT_MS = 1_800_000;

/** Unsent bytes at which a watcher that does not read is let go, as upstream lets go one whose buffer is full. */
const MOST_UNSENT = 64 * 1024 * 1024;

/**
 * Streams changes to a client until it goes, its time is over or it stops reading. Events of one turn of the event loop
 * are one write.
 */
export function serveWatch(
  response: ServerResponse,
  store: Store,
  kind: Served,
  namespace: string | undefined,
  query: ListQuery,
  matches: Matches,
  encoder: EventEncoder,
): void {
  let pending: (string | Uint8Array)[] = [];
  let scheduled = false;
  let ended = false;

  const flush = () => {
    scheduled = false;
    if (ended || pending.length === 0) return;
    const parts = pending;
    pending = [];
    if (parts.length === 1) response.write(parts[0]);
    else if (parts.every((one) => typeof one === 'string')) response.write(parts.join(''));
    else response.write(Buffer.concat(parts.map((one) => (typeof one === 'string' ? Buffer.from(one) : one))));
    if (response.writableLength > MOST_UNSENT) end();
  };
  const send = (part: string | Uint8Array) => {
    pending.push(part);
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };
  const visible = (item: Item): boolean =>
    (namespace === undefined || item.namespace === namespace) && (!matches || matches(item));
  const onChange = ({ type, item, old, revision }: Change) => {
    const before = old !== undefined && visible(old);
    const after = type !== 'DELETED' && visible(item);
    if (after) send(encoder.event(before ? 'MODIFIED' : 'ADDED', item));
    else if (before) send(encoder.event('DELETED', type === 'DELETED' ? item : departed(old, revision)));
  };
  let stop: (() => void) | undefined;
  const end = () => {
    if (ended) return;
    flush();
    ended = true;
    stop?.();
    clearInterval(bookmarks);
    clearTimeout(lastBookmark);
    clearTimeout(timeout);
    response.end();
  };

  const asked = parseVersion(query.resourceVersion, 'watch');
  response.writeHead(200, { 'content-type': encoder.contentType, 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const { timeoutSeconds } = query;
  const timeoutMs = timeoutSeconds ? timeoutSeconds * 1000 : MIN_TIMEOUT_MS * (1 + Math.random());
  const timeout = setTimeout(end, Math.min(timeoutMs, 2 ** 31 - 1));
  const bookmark = () => {
    if (query.allowWatchBookmarks) send(encoder.bookmark(store.revision, false));
  };
  const bookmarks = setInterval(bookmark, BOOKMARK_MS);
  const untilLast = timeoutMs - LAST_BOOKMARK_MS;
  const lastBookmark = untilLast > 0 ? setTimeout(bookmark, Math.min(untilLast, 2 ** 31 - 1)) : undefined;
  response.on('close', end);
  // Nobody waits for a watch to end when the server stops.
  for (const timer of [timeout, bookmarks, lastBookmark]) timer?.unref();

  if (query.sendInitialEvents) {
    if (asked > store.revision) {
      send(encoder.error(tooLarge(asked, store.revision).status));
      end();
      return;
    }
    for (const item of store.list(kind.stored, namespace)) if (visible(item)) send(encoder.event('ADDED', item));
    if (query.allowWatchBookmarks) send(encoder.bookmark(store.revision, true));
    stop = store.watch(kind.stored, store.revision, onChange);
    return;
  }
  const from = asked === 0 ? store.revision : asked;
  stop = store.watch(kind.stored, from, onChange);
  if (!stop) {
    const gone = expired(`too old resource version: ${from} (${store.compacted})`);
    send(encoder.error(gone.status));
    end();
  }
}

/** What a selector sees of an object that it no longer selects: the last state that it did, under the new revision. */
function departed(old: Item, revision: number): Item {
  const metadata = { ...old.object.metadata, resourceVersion: String(revision) };
  const object = { ...old.object, metadata };
  return { ...old, revision, object, text: JSON.stringify(object), encoded: new Map() };
}

/** The Status for an error that a watch ends with. */
export const watchError = (error: unknown): JsonObject =>
  error instanceof StatusError ? error.status : new StatusError(500, 'InternalError', String(error)).status;
