import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { waitFor } from '../support/wait.ts';
import { ask, lab, nameServer, tcpServer } from './lab.ts';
import { endpoint, frontend } from './make.ts';

/** Every test has a /16 of its own, so that none meets another's listeners. */
const at = (test: number, host: number) => `127.${72 + test}.0.${host}`;

test('endpoints take turns, and a frontend that goes refuses', async () => {
  await using world = lab();
  await using _one = await nameServer(at(0, 1));
  await using _two = await nameServer(at(0, 2));
  const vip = frontend(at(0, 9), 8000, [endpoint(at(0, 1)), endpoint(at(0, 2))]);
  await world.show(vip);
  const answers = [];
  for (let round = 0; round < 4; round++) answers.push(await ask(at(0, 9), 8000));
  expect(answers).toEqual([at(0, 1), at(0, 2), at(0, 1), at(0, 2)]);
  await world.show();
  await expect(ask(at(0, 9), 8000)).rejects.toThrow('ECONNREFUSED');
});

test('each side may end its half and go on reading', async () => {
  await using world = lab();
  // Answers only after the client's end, and ends only after that.
  await using _server = await tcpServer(at(1, 1), 8080, (socket) => {
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('end', () => socket.end(`heard ${Buffer.concat(parts)}`));
  });
  // Ends its half at once, and hears the client to its end.
  const heard = Promise.withResolvers<string>();
  await using _mute = await tcpServer(at(1, 2), 8080, (socket) => {
    socket.end();
    let all = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      all += part;
    });
    socket.on('end', () => heard.resolve(all));
  });
  await world.show(frontend(at(1, 8), 8000, [endpoint(at(1, 1))]), frontend(at(1, 9), 8000, [endpoint(at(1, 2))]));
  const client = connect({ host: at(1, 8), port: 8000, allowHalfOpen: true });
  client.end('question');
  let answer = '';
  for await (const part of client) answer += part;
  expect(answer).toBe('heard question');

  const speaker = connect({ host: at(1, 9), port: 8000, allowHalfOpen: true });
  speaker.resume();
  await once(speaker, 'end');
  speaker.end('said after the end');
  expect(await heard.promise).toBe('said after the end');
});

test('5,000 short connections, none lost, none left', { timeout: 60_000 }, async () => {
  await using world = lab();
  await using _one = await nameServer(at(2, 1));
  await using _two = await nameServer(at(2, 2));
  await world.show(frontend(at(2, 9), 8000, [endpoint(at(2, 1)), endpoint(at(2, 2))]));
  const counts = new Map<string, number>();
  let left = 5000;
  const worker = async () => {
    while (left-- > 0) {
      const name = await ask(at(2, 9), 8000);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  expect(Object.fromEntries(counts)).toEqual({ [at(2, 1)]: 2500, [at(2, 2)]: 2500 });
  await waitFor(async () => (await world.metrics.openConnections.get()).values[0]?.value === 0, {
    what: 'every connection to be over',
  });
});

test('64 MB both ways at once arrive whole, and a reader that waits holds the writer back', async () => {
  await using world = lab();
  const size = 64 * 1024 * 1024;
  const data = randomBytes(size);
  const sum = createHash('sha256').update(data).digest('hex');
  let atServer: Socket | undefined;
  const received = Promise.withResolvers<string>();
  await using _server = await tcpServer(at(3, 1), 8080, (socket) => {
    atServer = socket;
    socket.pause();
    socket.end(data);
    const hash = createHash('sha256');
    socket.on('data', (part) => hash.update(part));
    socket.on('end', () => received.resolve(hash.digest('hex')));
    socket.pause();
  });
  await world.show(frontend(at(3, 9), 8000, [endpoint(at(3, 1))]));
  const client = connect({ host: at(3, 9), port: 8000, allowHalfOpen: true });
  client.end(data);
  const hash = createHash('sha256');
  client.on('data', (part) => hash.update(part));
  await once(client, 'end');
  expect(hash.digest('hex')).toBe(sum);
  // The server reads nothing yet: what is on its way is what kernel buffers hold, and the rest waits at the client.
  await waitFor(() => client.writableLength > size / 2, { what: 'the writer to be held back' });
  atServer?.resume();
  expect(await received.promise).toBe(sum);
});

test('a reset is passed on, both ways', async () => {
  await using world = lab();
  const error = Promise.withResolvers<NodeJS.ErrnoException>();
  await using _resetting = await tcpServer(at(4, 1), 8080, (socket) => {
    socket.once('data', () => socket.resetAndDestroy());
  });
  await using _listening = await tcpServer(at(4, 2), 8080, (socket) => {
    socket.on('error', (reason) => error.resolve(reason));
    socket.write('hello');
  });
  await world.show(frontend(at(4, 8), 8000, [endpoint(at(4, 1))]), frontend(at(4, 9), 8000, [endpoint(at(4, 2))]));
  const victim = connect(8000, at(4, 8));
  victim.write('x');
  const [reason] = (await once(victim, 'error').catch((thrown: unknown) => [thrown])) as NodeJS.ErrnoException[];
  expect(reason?.code).toBe('ECONNRESET');

  const rude = connect(8000, at(4, 9));
  await once(rude, 'data');
  rude.resetAndDestroy();
  expect((await error.promise).code).toBe('ECONNRESET');
});

test('an endpoint that refuses is passed over once; with no other the client is reset', async () => {
  await using world = lab();
  await using _two = await nameServer(at(5, 2));
  await world.show(frontend(at(5, 9), 8000, [endpoint(at(5, 1)), endpoint(at(5, 2))]));
  for (let round = 0; round < 4; round++) expect(await ask(at(5, 9), 8000)).toBe(at(5, 2));
  await world.show(frontend(at(5, 9), 8000, [endpoint(at(5, 1))]));
  await expect(ask(at(5, 9), 8000)).rejects.toThrow('ECONNRESET');
  // Two that refuse are more than is tried.
  await world.show(frontend(at(5, 8), 8000, [endpoint(at(5, 1)), endpoint(at(5, 3)), endpoint(at(5, 2))]));
  await expect(ask(at(5, 8), 8000)).rejects.toThrow('ECONNRESET');
});

test('endpoints come and go under load: no request fails while one is ready, and connections go on', async () => {
  await using world = lab();
  const all = [1, 2, 3].map((host) => endpoint(at(6, host)));
  const servers = await Promise.all(all.map(({ address }) => nameServer(address)));
  const vip = (...which: number[]) =>
    frontend(
      at(6, 9),
      8000,
      all.filter((_, index) => which.includes(index + 1)),
    );
  await world.show(vip(1, 2, 3));
  // One that talks all the time, to an endpoint that is soon removed.
  await using _echo = await tcpServer(at(6, 4), 8080, (socket) => socket.pipe(socket));
  await world.show(vip(1, 2, 3), frontend(at(6, 8), 8000, [endpoint(at(6, 4))]));
  const lasting = connect(8000, at(6, 8));
  await once(lasting, 'connect');
  let echoed = 0;
  lasting.on('data', (part) => {
    echoed += part.length;
  });

  let asked = 0;
  let done = false;
  const failures: unknown[] = [];
  const worker = async () => {
    while (!done) {
      await ask(at(6, 9), 8000).then(
        () => asked++,
        (error: unknown) => failures.push(error),
      );
    }
  };
  const workers = Array.from({ length: 8 }, worker);
  for (const step of [[1, 2], [2], [2, 3], [3], [3, 1], [1], [1, 2, 3]]) {
    await world.show(vip(...step));
    lasting.write('x');
    const soFar = asked;
    await waitFor(() => asked > soFar + 20, { what: 'traffic to go on' });
  }
  done = true;
  await Promise.all(workers);
  expect(failures).toEqual([]);
  await waitFor(() => echoed === 7, { what: 'the connection to the removed endpoint to answer still' });
  lasting.destroy();
  for (const server of servers) await server[Symbol.asyncDispose]();
});

test('a client stays with its endpoint, at all addresses of a Service port', async () => {
  await using world = lab();
  const all = [1, 2, 3].map((host) => endpoint(at(7, host)));
  const servers = await Promise.all(all.map(({ address }) => nameServer(address)));
  const sticky = { affinitySeconds: 60 };
  await world.show(frontend(at(7, 8), 8000, all, sticky), frontend(at(7, 9), 8000, all, sticky));
  const client = at(7, 100);
  const mine = await ask(at(7, 8), 8000, client);
  await ask(at(7, 8), 8000, at(7, 101));
  for (const vip of [8, 9, 8, 9]) expect(await ask(at(7, vip), 8000, client)).toBe(mine);
  const rest = all.filter(({ address }) => address !== mine);
  await world.show(frontend(at(7, 8), 8000, rest, sticky), frontend(at(7, 9), 8000, rest, sticky));
  const other = await ask(at(7, 8), 8000, client);
  expect(other).not.toBe(mine);
  await world.show(frontend(at(7, 8), 8000, all, sticky), frontend(at(7, 9), 8000, all, sticky));
  for (const vip of [9, 8, 9]) expect(await ask(at(7, vip), 8000, client)).toBe(other);
  for (const server of servers) await server[Symbol.asyncDispose]();
});

test('policy Local: outside gets what is here, or a reset; the node itself gets all', async () => {
  const inside = { clusterCidrs: [], nodeAddresses: new Set([at(8, 100)]) };
  await using world = lab({}, inside);
  await using _far = await nameServer(at(8, 1));
  const far = [endpoint(at(8, 1))];
  await world.show(frontend(at(8, 9), 8000, [], { policy: 'Local', insideEndpoints: far, otherwise: 'drop' }));
  expect(await ask(at(8, 9), 8000, at(8, 100))).toBe(at(8, 1));
  await expect(ask(at(8, 9), 8000, at(8, 101))).rejects.toThrow('ECONNRESET');
});

test("on loopback, endpoints see the client's address, or the node's where the kernel's proxy would show that", async () => {
  const inside = { clusterCidrs: [], nodeAddresses: new Set([at(13, 200)]) };
  await using world = lab({}, inside);
  await using _seer = await tcpServer(at(13, 1), 8080, (socket) => socket.end(socket.remoteAddress ?? ''));
  const all = [endpoint(at(13, 1))];
  await world.show(
    frontend(at(13, 7), 8000, all),
    frontend(at(13, 8), 8000, all, { kind: 'nodePort' }),
    frontend(at(13, 9), 8000, all, { kind: 'nodePort', policy: 'Local' }),
  );
  const client = at(13, 100);
  expect(await ask(at(13, 7), 8000, client)).toBe(client);
  expect(await ask(at(13, 8), 8000, client)).toBe(at(13, 200));
  expect(await ask(at(13, 9), 8000, client)).toBe(client);
});

test('an address that is taken is reported once, does not block others, and is served when it is free', async () => {
  await using world = lab();
  await using _one = await nameServer(at(9, 1));
  const blocker = await nameServer(at(9, 9), 8000);
  const other = frontend(at(9, 8), 8000, [endpoint(at(9, 1))]);
  await world.show(frontend(at(9, 9), 8000, [endpoint(at(9, 1))], { kind: 'nodePort' }), other);
  expect(await ask(at(9, 8), 8000)).toBe(at(9, 1));
  // The first retry fails in silence.
  await sleep(700);
  expect(world.log).toEqual([
    {
      line: 'warn an address of a Service is not served; trying again',
      fields: {
        service: 'demo/web',
        field: 'spec.ports[].nodePort',
        value: `TCP ${at(9, 9)}:8000`,
        reason: 'EADDRINUSE',
        remedy: expect.stringContaining('another program listens there'),
      },
    },
  ]);
  await blocker[Symbol.asyncDispose]();
  await waitFor(() => world.log.length > 1, { what: 'another attempt' });
  expect(world.log[1]?.line).toBe('info an address of a Service is served now');
  expect(await ask(at(9, 9), 8000)).toBe(at(9, 1));
});

test('a taken address that is no longer wanted is not tried again', async () => {
  await using world = lab();
  const blocker = await nameServer(at(10, 9), 8000);
  await world.show(frontend(at(10, 9), 8000, [endpoint(at(10, 1))]));
  await world.show();
  await blocker[Symbol.asyncDispose]();
  // Longer than the first retry.
  await sleep(700);
  await expect(ask(at(10, 9), 8000)).rejects.toThrow('ECONNREFUSED');
});

test('with an offset, low ports of endpoints are really higher ones', async () => {
  await using world = lab({ lowPortOffset: 10_000 });
  await using _one = await nameServer(at(11, 1), 10_080);
  await world.show(frontend(at(11, 9), 8000, [endpoint(at(11, 1), 80)]));
  expect(await ask(at(11, 9), 8000)).toBe(at(11, 1));
});

test('SCTP is said not to be served, once', async () => {
  await using world = lab();
  const endpoints = [endpoint(at(12, 1))];
  await world.show(
    frontend(at(12, 8), 8000, endpoints, { protocol: 'SCTP' }),
    frontend(at(12, 9), 8000, endpoints, { protocol: 'SCTP' }),
  );
  expect(world.log.map(({ line }) => line)).toEqual([
    'warn SCTP is not served by the userspace backend; use the nft backend for it',
  ]);
  await expect(ask(at(12, 9), 8000)).rejects.toThrow('ECONNREFUSED');
});

/** As in loopback mode, where every node's proxy has the same addresses of one machine. */
test.runIf(process.platform === 'linux')(
  'two proxies serve an address together, and one goes on when the other ends',
  async () => {
    await using one = lab();
    await using other = lab();
    await using _server = await nameServer(at(13, 1));
    const vip = frontend(at(13, 9), 8000, [endpoint(at(13, 1))]);
    await one.show(vip);
    await other.show(vip);
    const connections = async ({ metrics }: typeof one) => (await metrics.connections.get()).values[0]?.value ?? 0;
    for (let round = 0; round < 100; round++) await ask(at(13, 9), 8000);
    expect(await connections(one)).toBeGreaterThan(10);
    expect(await connections(other)).toBeGreaterThan(10);
    await one.show();
    for (let round = 0; round < 50; round++) expect(await ask(at(13, 9), 8000)).toBe(at(13, 1));
    expect([...one.log, ...other.log]).toEqual([]);
  },
);

test("an address whose clients stay with their endpoint is one proxy's alone, and another takes it over soon", async () => {
  await using one = lab();
  await using other = lab();
  await using _server = await nameServer(at(14, 1));
  const sticky = frontend(at(14, 9), 8000, [endpoint(at(14, 1))], { affinitySeconds: 60 });
  await one.show(sticky);
  await other.show(sticky);
  expect(other.log.map(({ line }) => line)).toEqual(['warn an address of a Service is not served; trying again']);
  // Long enough for retries to have become rare, if they did.
  await sleep(1800);
  await one.show();
  await waitFor(() => other.log.length === 2, { what: 'the other proxy', timeoutMs: 1000 });
  expect(await ask(at(14, 9), 8000)).toBe(at(14, 1));
});

test('a proxy that ends lets requests be answered, and waits for nobody else', async () => {
  await using world = lab({ drainMs: 300 });
  let answer = (): void => {};
  await using _server = await tcpServer(at(15, 1), 8080, (socket) => {
    answer = () => socket.end('late');
  });
  await world.show(frontend(at(15, 9), 8000, [endpoint(at(15, 1))]));
  const asked = ask(at(15, 9), 8000);
  await waitFor(async () => (await world.metrics.openConnections.get()).values[0]?.value === 1, { what: 'a request' });
  let closed = false;
  const closing = world.backend.close().then(() => {
    closed = true;
  });
  // It accepts first who has knocked.
  await nextTurn();
  await expect(ask(at(15, 9), 8000)).rejects.toThrow('ECONNREFUSED');
  expect(closed).toBe(false);
  answer();
  expect(await asked).toBe('late');
  await closing;

  await world.show(frontend(at(15, 8), 8000, [endpoint(at(15, 1))]));
  const idle = connect({ host: at(15, 8), port: 8000 });
  await once(idle, 'connect');
  const begun = performance.now();
  await world.backend.close();
  expect(performance.now() - begun).toBeLessThan(2000);
  idle.destroy();
});
