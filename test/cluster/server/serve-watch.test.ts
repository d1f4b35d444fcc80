import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findKind } from '../../../src/cluster/registry/kinds.ts';
import { listQuery } from '../../../src/cluster/server/options.ts';
import { serveWatch } from '../../../src/cluster/server/watch.ts';
import { Database } from '../../../src/cluster/store/database.ts';
import { Store } from '../../../src/cluster/store/store.ts';

/** A client that writes down what it is sent, or does not read at all. */
class Client extends EventEmitter {
  readonly got: string[] = [];
  ended = false;
  writableLength = 0;
  writeHead = () => this;
  flushHeaders = () => undefined;
  write(part: string): void {
    this.got.push(part);
  }
  end(): void {
    this.ended = true;
    this.emit('close');
  }
}

const SECRET = findKind('v1', 'Secret');

function watch(query: string) {
  if (!SECRET) throw new Error('no secrets');
  const store = new Store(new Database(undefined), () => 0);
  const client = new Client();
  const encoder = {
    contentType: 'text/plain',
    event: (type: string, item: { name: string }) => `${type} ${item.name}\n`,
    bookmark: (revision: number, end: boolean) => `BOOKMARK ${revision}${end ? ' end' : ''}\n`,
    error: () => 'ERROR\n',
  };
  const response = client as unknown as ServerResponse;
  serveWatch(response, store, SECRET, undefined, listQuery(new URLSearchParams(query), true), undefined, encoder);
  const put = (name: string) => {
    store.commit([
      { resource: 'secrets', put: { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'a', name } } },
    ]);
  };
  return { client, put };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('events of one turn are one write', () => {
  const { client, put } = watch('resourceVersion=1');
  put('x');
  put('y');
  expect(client.got).toEqual([]);
  vi.advanceTimersByTime(0);
  expect(client.got).toEqual(['ADDED x\nADDED y\n']);
});

test('bookmarks come each minute and two seconds before the end, to who wants them', () => {
  const { client, put } = watch('resourceVersion=1&allowWatchBookmarks=1&timeoutSeconds=90');
  put('x');
  vi.advanceTimersByTime(59_999);
  expect(client.got.join('')).toBe('ADDED x\n');
  vi.advanceTimersByTime(2);
  expect(client.got.join('')).toBe('ADDED x\nBOOKMARK 2\n');
  vi.advanceTimersByTime(28_000);
  expect(client.got.join('')).toBe('ADDED x\nBOOKMARK 2\nBOOKMARK 2\n');
  expect(client.ended).toBe(false);
  vi.advanceTimersByTime(2000);
  expect(client.ended).toBe(true);
  const other = watch('resourceVersion=1&timeoutSeconds=90');
  vi.advanceTimersByTime(100_000);
  expect([other.client.got, other.client.ended]).toEqual([[], true]);
});

test.each([1, 2])('a watch of %i s has no bookmark before its end', (seconds) => {
  const { client } = watch(`resourceVersion=1&allowWatchBookmarks=1&timeoutSeconds=${seconds}`);
  vi.advanceTimersByTime(10_000);
  expect([client.got, client.ended]).toEqual([[], true]);
});

test('without a wish a watch lasts half an hour to an hour', () => {
  const { client } = watch('resourceVersion=1');
  vi.advanceTimersByTime(1_800_000 - 1);
  expect(client.ended).toBe(false);
  vi.advanceTimersByTime(1_800_002);
  expect(client.ended).toBe(true);
});

test('who does not read is let go', () => {
  const { client, put } = watch('resourceVersion=1');
  put('x');
  vi.advanceTimersByTime(0);
  expect(client.ended).toBe(false);
  client.writableLength = 65 * 1024 * 1024;
  put('y');
  vi.advanceTimersByTime(0);
  expect(client.ended).toBe(true);
});

test('who has gone is told nothing more', () => {
  const { client, put } = watch('resourceVersion=1&allowWatchBookmarks=1');
  client.emit('close');
  put('x');
  vi.advanceTimersByTime(120_000);
  expect(client.got).toEqual([]);
});
