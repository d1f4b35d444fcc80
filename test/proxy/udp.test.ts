import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { UDP_LIMITS } from '../../src/proxy/userspace/udp.ts';
import { waitFor } from '../support/wait.ts';
import { lab, udpServer } from './lab.ts';
import { endpoint, frontend } from './make.ts';

const at = (test: number, host: number) => `127.${90 + test}.0.${host}`;
const vip = (test: number, hosts: number[], rest = {}) =>
  frontend(
    at(test, 9),
    5300,
    hosts.map((host) => endpoint(at(test, host), 5353)),
    { protocol: 'UDP', ...rest },
  );

interface Answer {
  text: string;
  from: string;
}

/** A client with a port of its own. */
async function client(address: string) {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  return {
    socket,
    ask(host: string, text: string): Promise<Answer> {
      const answer = new Promise<Answer>((resolve) => {
        socket.once('message', (message, from) =>
          resolve({ text: String(message), from: `${from.address}:${from.port}` }),
        );
      });
      socket.send(text, 5300, host);
      return answer;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

test('a client has one endpoint, another may have another, and answers come from the address asked', async () => {
  await using world = lab();
  using _one = await udpServer(at(0, 1));
  using _two = await udpServer(at(0, 2));
  await world.show(vip(0, [1, 2]));
  using first = await client(at(0, 100));
  using second = await client(at(0, 101));
  const from = `${at(0, 9)}:5300`;
  expect(await first.ask(at(0, 9), 'a')).toEqual({ text: `${at(0, 1)}:a`, from });
  expect(await second.ask(at(0, 9), 'b')).toEqual({ text: `${at(0, 2)}:b`, from });
  expect(await first.ask(at(0, 9), 'c')).toEqual({ text: `${at(0, 1)}:c`, from });
});

test('datagrams that come before the session stands arrive in order', async () => {
  await using world = lab();
  using server = await udpServer(at(1, 1));
  await world.show(vip(1, [1]));
  using one = await client(at(1, 100));
  for (let index = 0; index < 20; index++) one.socket.send(String(index), 5300, at(1, 9));
  await waitFor(() => server.heard.length === 20, { what: 'all datagrams' });
  expect(server.heard).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
});

test('a silent session ends', async () => {
  await using world = lab({ udpLimits: { idleMs: 50, streamIdleMs: 600_000, streamAfterMs: 2000, sessions: 10 } });
  using _one = await udpServer(at(2, 1));
  await world.show(vip(2, [1]));
  using one = await client(at(2, 100));
  await one.ask(at(2, 9), 'a');
  const open = async () => (await world.metrics.openConnections.get()).values[0]?.value;
  expect(await open()).toBe(1);
  await waitFor(async () => (await open()) === 0, { what: 'the session to end' });
  expect((await one.ask(at(2, 9), 'b')).text).toBe(`${at(2, 1)}:b`);
});

test('one that has gone on for a while, with answers, is kept for longer', async () => {
  await using world = lab({ udpLimits: { idleMs: 20, streamIdleMs: 600_000, streamAfterMs: 0, sessions: 10 } });
  using _one = await udpServer(at(7, 1));
  using _two = await udpServer(at(7, 2));
  await world.show(vip(7, [1]));
  using one = await client(at(7, 100));
  await one.ask(at(7, 9), 'a');
  await one.ask(at(7, 9), 'b');
  await world.show(vip(7, [2], { serving: new Set([`${at(7, 1)}:5353`, `${at(7, 2)}:5353`]) }));
  // Two sweeps at least.
  await sleep(100);
  expect((await one.ask(at(7, 9), 'c')).text).toBe(`${at(7, 1)}:c`);
});

test('a session goes on with an endpoint that still serves, and moves from one that is gone', async () => {
  await using world = lab();
  using _one = await udpServer(at(3, 1));
  using _two = await udpServer(at(3, 2));
  await world.show(vip(3, [1]));
  using one = await client(at(3, 100));
  expect((await one.ask(at(3, 9), 'a')).text).toBe(`${at(3, 1)}:a`);
  // Terminating, and a new one is ready: new clients go there, this one stays.
  await world.show(vip(3, [2], { serving: new Set([`${at(3, 1)}:5353`, `${at(3, 2)}:5353`]) }));
  expect((await one.ask(at(3, 9), 'b')).text).toBe(`${at(3, 1)}:b`);
  await world.show(vip(3, [2]));
  expect((await one.ask(at(3, 9), 'c')).text).toBe(`${at(3, 2)}:c`);
});

test('an endpoint that refuses loses the session to the next', async () => {
  await using world = lab();
  using _two = await udpServer(at(4, 2));
  await world.show(vip(4, [1, 2]));
  using one = await client(at(4, 100));
  const answer = one.ask(at(4, 9), 'a');
  const tries = setInterval(() => one.socket.send('b', 5300, at(4, 9)), 20);
  expect((await answer).text).toBe(`${at(4, 2)}:b`);
  clearInterval(tries);
});

test('without endpoints the port is closed, as a connected client hears', async () => {
  await using world = lab();
  using _one = await udpServer(at(5, 1));
  await world.show(vip(5, [1]));
  await world.show(vip(5, []));
  const socket = createSocket('udp4');
  socket.connect(5300, at(5, 9));
  await once(socket, 'connect');
  socket.send('a');
  const [error] = (await once(socket, 'error').catch((thrown: unknown) => [thrown])) as NodeJS.ErrnoException[];
  expect(error?.code).toBe('ECONNREFUSED');
  socket.close();
});

test('with one session too many the oldest ends', async () => {
  await using world = lab({ udpLimits: { ...UDP_LIMITS, sessions: 2 } });
  using _one = await udpServer(at(6, 1));
  await world.show(vip(6, [1]));
  for (const host of [100, 101, 102]) {
    using one = await client(at(6, host));
    expect((await one.ask(at(6, 9), 'a')).text).toBe(`${at(6, 1)}:a`);
  }
  expect((await world.metrics.openConnections.get()).values[0]?.value).toBe(2);
});
