import { ApiError, type Status, WatchSilentError } from './errors.ts';
import type { KubeObject } from './objects.ts';

/** One change. ERROR events never appear here: they are thrown as the `ApiError` that they carry. */
export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: KubeObject;
}

/**
 * Splits a watch response into events (one JSON document a line, cut anywhere by the network).
 * @param abort closes the connection when no byte came for `silenceMs`; the time the consumer takes does not count.
 * @throws WatchSilentError, ApiError for an ERROR event, or the transport's error.
 */
export async function* readWatch(
  chunks: AsyncIterable<Buffer>,
  path: string,
  silenceMs: number,
  abort: (reason: Error) => void,
): AsyncGenerator<WatchEvent> {
  // The unfinished last line, in the pieces it came in: joining at every chunk would be quadratic for big objects.
  let pieces: Buffer[] = [];
  for await (const chunk of withSilenceLimit(chunks, path, silenceMs, abort)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      pieces.push(chunk.subarray(start, end));
      const line = Buffer.concat(pieces).toString('utf8');
      pieces = [];
      start = end + 1;
      if (line.trim()) yield parseEvent(line, path);
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
}

async function* withSilenceLimit(
  chunks: AsyncIterable<Buffer>,
  path: string,
  silenceMs: number,
  abort: (reason: Error) => void,
): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    while (true) {
      const timer = setTimeout(() => abort(new WatchSilentError(path, silenceMs)), silenceMs);
      const next = await iterator.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

function parseEvent(line: string, path: string): WatchEvent {
  const event = JSON.parse(line) as WatchEvent | { type: 'ERROR'; object: Status };
  if (event.type !== 'ERROR') return event;
  throw new ApiError('WATCH', path, event.object.code ?? 500, event.object, retryAfter(event.object));
}

function retryAfter(status: Status): number | undefined {
  const seconds = status.details?.retryAfterSeconds;
  return seconds === undefined ? undefined : seconds * 1000;
}
