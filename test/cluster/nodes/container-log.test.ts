import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ContainerLog } from '../../../src/cluster/nodes/container-log.ts';
import type { LogOptions } from '../../../src/cluster/server/kubelet.ts';

const options = (more: Partial<LogOptions> = {}): LogOptions => ({
  container: 'a',
  follow: false,
  previous: false,
  timestamps: false,
  stream: 'All',
  ...more,
});

async function all(log: ContainerLog, more: Partial<LogOptions> = {}, signal = new AbortController().signal) {
  let text = '';
  for await (const chunk of log.read(options(more), signal)) text += chunk.toString();
  return text;
}

function filled() {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const log = new ContainerLog(() => now);
  log.append('Stdout', Buffer.from('one\ntw'));
  now += 1500;
  log.append('Stderr', Buffer.from('oops\n'));
  log.append('Stdout', Buffer.from('o\nthree'));
  log.end();
  return log;
}

test.each<[string, Partial<LogOptions>, string]>([
  ['all of it', {}, 'one\noops\ntwo\nthree'],
  ['the last two lines', { tailLines: 2 }, 'two\nthree'],
  ['more lines than there are', { tailLines: 20 }, 'one\noops\ntwo\nthree'],
  ['no line', { tailLines: 0 }, ''],
  ['so many bytes', { limitBytes: 6 }, 'one\noo'],
  ['since a moment', { sinceMs: Date.parse('2026-01-01T00:00:01Z') }, 'oops\ntwo\nthree'],
  ['one stream', { stream: 'Stderr' }, 'oops\n'],
  ['with times', { tailLines: 1, timestamps: true }, '2026-01-01T00:00:01.500000000Z three'],
])('%s', async (_what, more, expected) => {
  expect(await all(filled(), more)).toBe(expected);
});

test('a follower gets what comes, and ends with the run', async () => {
  const log = new ContainerLog(() => 0);
  log.append('Stdout', Buffer.from('before\n'));
  const read = all(log, { follow: true });
  await Promise.resolve();
  log.append('Stdout', Buffer.from('after\n'));
  log.end();
  expect(await read).toBe('before\nafter\n');
});

test('who types sees lines before they end, from the one that is open on, and each once', async () => {
  const log = new ContainerLog(() => 0);
  log.append('Stdout', Buffer.from('before\n$ '));
  const stop = new AbortController();
  const chunks = log.read(options({ follow: true, tailLines: 0, unfinished: true }), stop.signal);
  const next = async () => String((await chunks.next()).value);
  expect(await next()).toBe('$ ');
  const coming = next();
  log.append('Stdout', Buffer.from('ls\na b\n$'));
  expect(await coming).toBe('ls\na b\n$');
  log.append('Stdout', Buffer.from(' '));
  expect(await next()).toBe(' ');
  log.append('Stderr', Buffer.from('bye'));
  log.end();
  expect(await next()).toBe('bye');
  expect(await chunks.next()).toMatchObject({ done: true });
});

test('a follower that leaves ends', async () => {
  const log = new ContainerLog(() => 0);
  const leaves = new AbortController();
  const read = all(log, { follow: true }, leaves.signal);
  log.append('Stdout', Buffer.from('x\n'));
  setImmediate(() => leaves.abort());
  expect(await read).toBe('x\n');
});

test('a program that floods is slowed down, and not held back', async () => {
  const log = new ContainerLog(() => 0);
  let given = 0;
  const flood = new Readable({
    read() {
      given++;
      this.push('y\n'.repeat(4096));
    },
  });
  log.collect('Stdout', flood);
  await sleep(350);
  // Some windows of 10,000 lines each, each with one chunk too many.
  expect(given * 4096).toBeLessThan(100_000);
  expect(given * 4096).toBeGreaterThan(20_000);
  flood.destroy();
});

test('short lines count too', { timeout: 5000 }, async () => {
  const log = new ContainerLog(() => 0);
  const lines = Buffer.from('y\n'.repeat(10_000));
  for (let count = 0; count < 100; count++) log.append('Stdout', lines);
  log.append('Stdout', Buffer.from('end\n'));
  log.end();
  const text = await all(log);
  expect(text.split('\n').length).toBeLessThan(50_003);
  expect(text.endsWith('y\nend\n')).toBe(true);
});

test('a long log loses its beginning, and a follower goes on where it was', async () => {
  const log = new ContainerLog(() => 0);
  const line = Buffer.from(`${'x'.repeat(1023)}\n`);
  for (let count = 0; count < 1500; count++) log.append('Stdout', line);
  log.append('Stdout', Buffer.from('end\n'));
  log.end();
  const text = await all(log);
  expect(text.length).toBeLessThanOrEqual(1 << 20);
  expect(text.endsWith('x\nend\n')).toBe(true);
});
