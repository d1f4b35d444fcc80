import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  ApiError,
  ConnectionError,
  createKubeClient,
  isAlreadyExists,
  isConflict,
  isGone,
  isNotFound,
  JSON_PATCH,
} from '../../src/kube/request.ts';
import { resourceOf } from '../../src/kube/resource-path.ts';
import { waitFor } from '../support/wait.ts';
import { reply, StubServer } from './stub-server.ts';

const status = (code: number, reason: string, more: object = {}) => ({
  kind: 'Status',
  code,
  reason,
  message: 'why',
  ...more,
});

describe('request', () => {
  it('sends JSON with its type, query and credentials, and decodes the answer', async () => {
    await using server = await new StubServer((_, response) => reply(response, 200, { ok: true })).start();
    const observed: unknown[][] = [];
    const client = createKubeClient({
      kubeconfig: server.kubeconfig,
      userAgent: 'sluice/test',
      onRequest: (...args) => observed.push(args.slice(0, 3)),
    });
    const query = { fieldManager: 'me & you', dryRun: undefined, limit: 5, force: true };
    const path = '/api/v1/namespaces/shop/services/web/status';
    expect(await client.request('PATCH', path, { query, body: [{ op: 'test' }], contentType: JSON_PATCH })).toEqual({
      ok: true,
    });
    await client.request('PATCH', path, { body: {} });
    await client.request('POST', '/api/v1/services', { body: { a: 'ü' } });
    const [first, second, third] = server.requests;
    expect(first).toMatchObject({
      method: 'PATCH',
      url: `${path}?fieldManager=me+%26+you&limit=5&force=true`,
      body: '[{"op":"test"}]',
    });
    expect(first?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'content-type': 'application/json-patch+json',
      'user-agent': 'sluice/test',
      accept: 'application/json',
    });
    expect(second?.headers['content-type']).toBe('application/merge-patch+json');
    expect(third).toMatchObject({ body: '{"a":"ü"}', headers: { 'content-type': 'application/json' } });
    expect(observed).toEqual([
      ['PATCH', 'services/status', 200],
      ['PATCH', 'services/status', 200],
      ['POST', 'services', 200],
    ]);
    await client.close();
  });

  it.each<[number, unknown, (error: unknown) => boolean, string]>([
    [404, status(404, 'NotFound'), isNotFound, 'GET /x: 404 NotFound: why'],
    [409, status(409, 'Conflict'), isConflict, 'GET /x: 409 Conflict: why'],
    [409, status(409, 'AlreadyExists'), isAlreadyExists, 'GET /x: 409 AlreadyExists: why'],
    [410, status(410, 'Expired'), isGone, 'GET /x: 410 Expired: why'],
  ])('%i %j is told apart', async (code, body, check, message) => {
    await using server = await new StubServer((_, response) => reply(response, code, body)).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    const error: unknown = await client.request('GET', '/x').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: code, path: '/x', message });
    expect([isNotFound, isConflict, isAlreadyExists, isGone].filter((one) => one(error))).toEqual([check]);
    await client.close();
  });

  it('an answer that is no Status still becomes an ApiError, with details where there are', async () => {
    const causes = [{ field: 'spec.ports', message: 'Required value', reason: 'FieldValueRequired' }];
    await using server = await new StubServer(({ url }, response) => {
      if (url === '/plain') response.writeHead(502).end('<html>bad gateway');
      else reply(response, 422, status(422, 'Invalid', { details: { causes } }));
    }).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    await expect(client.request('GET', '/plain')).rejects.toMatchObject({
      status: 502,
      reason: '',
      message: /bad gateway/,
    });
    await expect(client.request('GET', '/bad')).rejects.toMatchObject({
      status: 422,
      reason: 'Invalid',
      details: { causes },
    });
    await client.close();
  });

  it.each<[string, number, Record<string, string>, number]>([
    ['429', 429, { 'retry-after': '0' }, 3],
    ['503 with Retry-After', 503, { 'retry-after': '0' }, 3],
    ['503 without', 503, {}, 1],
    ['500', 500, {}, 1],
    ['a wait that is longer than the timeout', 429, { 'retry-after': '3600' }, 1],
  ])('%s: retried or not', async (_, code, headers, attempts) => {
    let left = 2;
    await using server = await new StubServer((__, response) => {
      if (left-- > 0) reply(response, code, status(code, 'Busy'), headers);
      else reply(response, 200, 'done');
    }).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    const result = await client.request('POST', '/x', { body: {} }).catch((error: ApiError) => error.status);
    expect(result).toBe(attempts === 3 ? 'done' : code);
    expect(server.requests).toHaveLength(attempts);
    await client.close();
  });

  it('waits as long as Retry-After says', async () => {
    let asked = 0;
    await using server = await new StubServer((_, response) => {
      if (asked++ === 0) reply(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '1' });
      else reply(response, 200, {});
    }).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    const started = performance.now();
    await client.request('GET', '/x');
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
    await client.close();
  });

  it('times out, obeys its signal, and calls both by their names', async () => {
    await using server = await new StubServer(() => {}).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    const late = client.request('PUT', '/slow', { body: {}, timeoutMs: 50 });
    await expect(late).rejects.toThrow('PUT /slow: no answer within 50 ms');
    await expect(late).rejects.toBeInstanceOf(ConnectionError);
    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = client.request('GET', '/slow', { signal: controller.signal });
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await client.close();
  });

  it('a refused connection says so', async () => {
    const server = await new StubServer(() => {}).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    await server[Symbol.asyncDispose]();
    await expect(client.request('GET', '/x')).rejects.toThrow(/^GET \/x: .*ECONNREFUSED/);
    await client.close();
  });

  it('reuses its connections', async () => {
    const ports = new Set<unknown>();
    await using server = await new StubServer((_, response) => {
      ports.add(response.socket?.remotePort);
      reply(response, 200, {});
    }).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    for (let times = 0; times < 20; times++) await client.request('GET', '/x');
    // Two: a request right after another's answer may find the first connection not yet back in the pool.
    expect(ports.size).toBeLessThanOrEqual(2);
    await client.close();
  });
});

describe('the write guard', () => {
  it('stands before every write and every retry of one, but not before reads and lease requests', async () => {
    let left = 2;
    await using server = await new StubServer((_, response) => {
      if (left-- > 0) reply(response, 429, status(429, 'Busy'), { 'retry-after': '0' });
      else reply(response, 200, {});
    }).start();
    let asked = 0;
    const client = createKubeClient({ kubeconfig: server.kubeconfig, writeGuard: () => void asked++ });
    await client.request('PATCH', '/x', { body: {} });
    expect(asked).toBe(3);
    await client.request('GET', '/x');
    await client.request('PUT', '/x', { body: {}, unguarded: true });
    expect(asked).toBe(3);
    await client.request('DELETE', '/x');
    expect(asked).toBe(4);
    await client.close();
  });

  it('when it throws nothing is sent, the caller gets what it threw, and the client goes on', async () => {
    await using server = await new StubServer((_, response) => reply(response, 200, {})).start();
    const refusal = new Error('not the leader');
    let leading = true;
    const writeGuard = () => {
      if (!leading) throw refusal;
    };
    const client = createKubeClient({ kubeconfig: server.kubeconfig, writeGuard });
    await client.request('POST', '/x', { body: {} });
    leading = false;
    await expect(client.request('POST', '/x', { body: {} })).rejects.toBe(refusal);
    leading = true;
    await client.request('POST', '/y', { body: {} });
    expect(server.requests.map(({ url }) => url)).toEqual(['/x', '/y']);
    await client.close();
  });

  it('is asked after connecting: leadership that ended meanwhile sends nothing', async () => {
    await using server = await new StubServer((_, response) => reply(response, 200, {})).start();
    let leading = true;
    const connecting = () => {
      leading = false;
    };
    const writeGuard = () => {
      if (!leading) throw new Error('not the leader');
    };
    const client = createKubeClient({ kubeconfig: server.kubeconfig, writeGuard });
    subscribe('undici:client:beforeConnect', connecting);
    try {
      await expect(client.request('POST', '/x', { body: {} })).rejects.toThrow('not the leader');
    } finally {
      unsubscribe('undici:client:beforeConnect', connecting);
    }
    // On the same connection, so that the write would have come first.
    await client.request('GET', '/after');
    expect(server.requests.map(({ url }) => url)).toEqual(['/after']);
    await client.close();
  });
});

describe('watch', () => {
  const event = (type: string, resourceVersion: string) =>
    `${JSON.stringify({ type, object: { metadata: { name: 'ü', resourceVersion } } })}\n`;

  it('yields events as they come, and ends with the stream', async () => {
    await using server = await new StubServer((_, response) => {
      response.writeHead(200);
      response.write(event('ADDED', '1') + event('BOOKMARK', '2').slice(0, 20));
      setImmediate(() => response.end(event('BOOKMARK', '2').slice(20)));
    }).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    const seen: string[] = [];
    for await (const { type, object } of client.watch('/x', { query: { resourceVersion: 7 }, silenceMs: 5000 })) {
      seen.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
    }
    expect(seen).toEqual(['ADDED ü 1', 'BOOKMARK ü 2']);
    expect(server.requests[0]?.url).toBe('/x?resourceVersion=7&watch=true');
    await client.close();
  });

  it.each<[string, (response: ServerResponse) => void, object]>([
    ['HTTP 410', (r) => reply(r, 410, status(410, 'Expired')), { status: 410 }],
    [
      'an ERROR event',
      (r) => r.writeHead(200).end(`${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired') })}\n`),
      { status: 410, reason: 'Expired' },
    ],
    ['a reset', (r) => r.writeHead(200).write('{', () => r.destroy()), { name: 'ConnectionError' }],
    ['silence before the answer', () => {}, { name: 'WatchSilentError' }],
    ['silence inside the stream', (r) => r.writeHead(200).write('{"type":'), { name: 'WatchSilentError' }],
  ])('%s is thrown', async (_, answer, expected) => {
    await using server = await new StubServer((__, response) => answer(response)).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    const drain = async () => {
      for await (const _event of client.watch('/x', { silenceMs: 200 }));
    };
    await expect(drain()).rejects.toMatchObject(expected);
    await client.close();
  });

  it('the time that its consumer takes is no silence', async () => {
    await using server = await new StubServer((_, response) => {
      response.writeHead(200).write(event('ADDED', '1'));
      setTimeout(() => response.end(event('ADDED', '2')), 50);
    }).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    let events = 0;
    for await (const _event of client.watch('/x', { silenceMs: 150 })) {
      events++;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(events).toBe(2);
    await client.close();
  });

  it('closes its connection when the consumer stops early or aborts', async () => {
    let open = 0;
    await using server = await new StubServer((_, response) => {
      open++;
      response.on('close', () => open--);
      response.writeHead(200).write(event('ADDED', '1'));
    }).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    for await (const _event of client.watch('/x', { silenceMs: 5000 })) break;
    await waitFor(() => open === 0 && server.requests.length === 1, { what: 'the first watch to close' });
    const controller = new AbortController();
    const reason = new Error('bye');
    const watching = (async () => {
      for await (const _event of client.watch('/x', { silenceMs: 5000, signal: controller.signal }))
        controller.abort(reason);
    })();
    await expect(watching).rejects.toBe(reason);
    await waitFor(() => open === 0, { what: 'the second watch to close' });
    await client.close();
  });
});

describe('credentials', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-credentials-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  it.each<[string, string | undefined, RegExp]>([
    ['missing', undefined, /kubeconfig .*missing: no such file; give another file with --kubeconfig$/],
    ['not YAML', '{', /not a kubeconfig/],
    ['something else', 'hello', /no current-context|not a kubeconfig/],
    ['no current-context', '{"contexts": []}', /no current-context/],
    ['a context that is not there', '{"current-context": "prod"}', /current-context "prod" is not among its contexts/],
    [
      'a cluster that is not there',
      '{"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "x"}}]}',
      /the cluster of context "c" is missing/,
    ],
    [
      'a server that is no URL',
      '{"current-context":"c","contexts":[{"name":"c","context":{"cluster":"x"}}],"clusters":[{"name":"x","cluster":{"server":"nope"}}]}',
      /server "nope" is not a URL/,
    ],
  ])('a kubeconfig that is %s fails in one line', (name, text, message) => {
    const file = join(dir, name.replaceAll(' ', '-'));
    if (text !== undefined) writeFileSync(file, text);
    const make = () => createKubeClient({ kubeconfig: file });
    expect(make).toThrow(message);
    expect(make).toThrow(/^[^\n]*$/);
  });

  it('a 401 makes it read the kubeconfig again, once', async () => {
    await using server = await new StubServer(({ headers }, response) => {
      if (headers.authorization === 'Bearer new') reply(response, 200, {});
      else reply(response, 401, status(401, 'Unauthorized'));
    }).start({ token: 'old' });
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    server.writeKubeconfig({ token: 'new' });
    await client.request('GET', '/x');
    server.writeKubeconfig({ token: 'newer' });
    await client.request('GET', '/x');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old',
      'Bearer new',
      'Bearer new',
    ]);
    await client.close();
  });

  it('a user without rights is not asked for again and again', async () => {
    await using server = await new StubServer((_, response) =>
      reply(response, 401, status(401, 'Unauthorized')),
    ).start();
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    for (let times = 0; times < 3; times++) {
      await expect(client.request('GET', '/x')).rejects.toMatchObject({ status: 401 });
    }
    expect(server.requests).toHaveLength(4);
    await client.close();
  });

  it('exec plugins, token files (beside the kubeconfig, with a newline), and passwords', async () => {
    await using server = await new StubServer((_, response) => reply(response, 200, {})).start();
    const plugin = join(server.dir, 'plugin');
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-plugin' },
    };
    writeFileSync(plugin, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
    chmodSync(plugin, 0o700);
    writeFileSync(join(server.dir, 'token'), 'from-file\n');
    const users: [object, string][] = [
      [{ exec: { apiVersion: credential.apiVersion, command: plugin } }, 'Bearer from-plugin'],
      [{ tokenFile: 'token', token: 'overruled' }, 'Bearer from-file'],
      [{ username: 'me', password: 'pw' }, `Basic ${Buffer.from('me:pw').toString('base64')}`],
    ];
    for (const [user, expected] of users) {
      server.writeKubeconfig(user);
      const client = createKubeClient({ kubeconfig: server.kubeconfig });
      await client.request('GET', '/x');
      expect(server.requests.at(-1)?.headers.authorization).toBe(expected);
      await client.close();
    }
  });

  it('of several files the first that says a thing wins, and a missing one says nothing', async () => {
    await using server = await new StubServer((_, response) => reply(response, 200, {})).start({ token: 'second' });
    const user = (name: string, token: string) => ({ name, user: { token } });
    const write = (name: string, config: object) => {
      writeFileSync(join(server.dir, name), JSON.stringify(config));
      return join(server.dir, name);
    };
    const files = [
      join(server.dir, 'missing'),
      write('users', { users: [user('stub', 'first')] }),
      server.kubeconfig,
      write('other', { users: [user('stub', 'third')], contexts: [], 'current-context': 'other' }),
    ];
    const client = createKubeClient({ kubeconfig: files.join(delimiter) });
    await client.request('GET', '/x');
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer first');
    await client.close();
  });

  it('an exec plugin that hangs is cut off by the timeout', async () => {
    await using server = await new StubServer((_, response) => reply(response, 200, {})).start({
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sleep', args: ['2'] },
    });
    const client = createKubeClient({ kubeconfig: server.kubeconfig });
    await expect(client.request('GET', '/x', { timeoutMs: 100 })).rejects.toThrow('no answer within 100 ms');
    await client.close();
  });
});

describe('resourceOf', () => {
  it.each([
    ['/api/v1/services', 'services'],
    ['/api/v1/namespaces/shop/services/web', 'services'],
    ['/api/v1/namespaces/shop/services/web/status', 'services/status'],
    ['/api/v1/nodes/n1', 'nodes'],
    ['/api/v1/nodes/n1/status', 'nodes/status'],
    ['/api/v1/namespaces', 'namespaces'],
    ['/api/v1/namespaces/shop', 'namespaces'],
    ['/api/v1/namespaces/shop/finalize', 'namespaces/finalize'],
    ['/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/sluice', 'leases'],
    ['/apis/discovery.k8s.io/v1/endpointslices?limit=5', 'endpointslices'],
    ['/version', 'version'],
    ['/api/v1', 'api'],
  ])('%s → %s', (path, expected) => {
    expect(resourceOf(path)).toBe(expected);
  });
});
