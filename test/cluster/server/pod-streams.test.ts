import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Exec, KubeConfig, Log, type V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { CHANNEL, frameOf } from '../../../src/cluster/server/channels.ts';
import type { AuditEntry } from '../../../src/cluster/server/handle.ts';
import { waitFor } from '../../support/wait.ts';
import { ask } from './ask.ts';
import { FakeKubelets, run, running } from './fake-kubelets.ts';
import { startOurs } from './table.ts';

const PODS = '/api/v1/namespaces/default/pods';

let cluster: Cluster;
let kubelets: FakeKubelets;
let config: KubeConfig;
const audited: AuditEntry[] = [];

beforeAll(async () => {
  kubelets = new FakeKubelets();
  cluster = await startOurs({ kubelets, audit: (entry) => audited.push(entry) });
  config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  await ask(cluster, 'POST /api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  await run(cluster, [running('web', 'main'), running('two', 'a', 'b'), running('bad', 'broken')]);
});
afterAll(() => cluster?.close());
beforeEach(() => {
  kubelets.asked.length = 0;
  kubelets.ends.length = 0;
  kubelets.programs.length = 0;
});

/** Runs a program as client-node does; gives what came out of it, and its Status. */
async function exec(pod: string, container: string, command: string[], input?: string) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const stdin = input === undefined ? null : new PassThrough();
  const printed = Promise.all([text(out), text(err)]);
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(config).exec('default', pod, container, command, out, err, stdin, false, resolve).catch(reject);
    stdin?.end(input);
  });
  const [stdout, stderr] = await printed;
  return { stdout, stderr, status };
}

describe("client-node's Exec", () => {
  test('gets both outputs, and how it ended', async () => {
    const done = await exec('web', 'main', ['sh', '-c', 'echo out; echo err >&2']);
    expect(done).toEqual({ stdout: 'out\n', stderr: 'err\n', status: { metadata: {}, status: 'Success' } });
    const { status } = await exec('web', 'main', ['sh', '-c', 'exit 3']);
    expect(status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
  });

  test('sends standard input, and its end', async () => {
    const { stdout } = await exec('web', 'main', ['sh', '-c', 'cat; echo end'], 'hello\n');
    expect(stdout).toBe('hello\nend\n');
  });

  test('gets a megabyte of output whole', async () => {
    const { stdout } = await exec('web', 'main', ['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" x']);
    expect(stdout).toBe('x'.repeat(1_000_000));
  });

  test('hears from the error channel what did not start', async () => {
    const failed = await exec('bad', 'broken', ['true']);
    expect(failed.status.message).toBe('Internal error occurred: container not found ("broken")');
    const absent = await exec('web', 'main', ['/no/such/program']);
    expect(absent.status).toMatchObject({ code: 500, message: expect.stringContaining('ENOENT') });
  });

  test('is audited as the connection was upgraded', async () => {
    audited.length = 0;
    await exec('web', 'main', ['true']);
    expect(audited.map((one) => [one.verb, one.objectRef.subresource, one.responseStatus.code])).toEqual([
      ['get', 'exec', 101],
    ]);
  });
});

const V5 = 'v5.channel.k8s.io';

/** A WebSocket of one's own. */
function open(path: string, protocol: string | string[] = V5, headers = {}): WebSocket {
  const { url, ca, token } = cluster;
  return new WebSocket(`${url.replace('https', 'wss')}${path}`, protocol, {
    ca,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
}

/** The HTTP answer to a WebSocket that was refused. */
async function refused(socket: WebSocket): Promise<string> {
  const [, answer] = await once(socket, 'unexpected-response');
  return `${answer.statusCode} ${JSON.parse(await text(answer)).message}`;
}

describe('the WebSocket', () => {
  const TRUE = `${PODS}/web/exec?command=true&stdout=1`;

  test('speaks the newest protocol that both know', async () => {
    for (const [offered, chosen] of [
      [['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io'], 'v5.channel.k8s.io'],
      [['channel.k8s.io', 'v4.channel.k8s.io'], 'v4.channel.k8s.io'],
    ] as const) {
      const socket = open(TRUE, [...offered]);
      const [code] = await once(socket, 'close');
      expect([socket.protocol, code]).toEqual([chosen, 1000]);
    }
  });

  test('is refused in words', async () => {
    expect(await refused(open(TRUE, 'channel.k8s.io'))).toBe(
      '400 requested protocol(s) are not supported: [channel.k8s.io]; supports [v5.channel.k8s.io v4.channel.k8s.io]',
    );
    expect(await refused(open(`${PODS}/web/exec?command=true`))).toBe(
      '400 you must specify at least 1 of stdin, stdout, stderr',
    );
    expect(await refused(open(`${PODS}/web/portforward`))).toBe(
      '501 pods/portforward is not part of the embedded API server: reach the pod or the Service by its own address, in kernel mode from inside: kubectl exec POD -- curl ADDRESS:PORT',
    );
    const spdy = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
    const { status, body } = await ask(cluster, `POST ${TRUE}`, { headers: spdy });
    expect(`${status} ${body.message}`).toBe(
      '501 pods/exec over SPDY/3.1 is not part of the embedded API server: use WebSockets, as kubectl does from 1.31 on',
    );
    expect((await ask(cluster, `GET ${TRUE}`)).body.message).toBe('Upgrade request required');
  });

  test('is for those who may create as well as get', async () => {
    const RBAC = '/apis/rbac.authorization.k8s.io/v1';
    const rule = (verb: string) => ({ verbs: [verb], apiGroups: [''], resources: ['pods/exec'] });
    const name = 'getter';
    await ask(cluster, `POST ${RBAC}/clusterroles`, { body: { metadata: { name }, rules: [rule('get')] } });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jo' }];
    await ask(cluster, `POST ${RBAC}/clusterrolebindings`, { body: { metadata: { name }, roleRef, subjects } });
    const asJo = { 'impersonate-user': 'jo' };
    expect(await refused(open(TRUE, V5, asJo))).toMatch(
      /^403 pods "web" is forbidden: User "jo" cannot create resource "pods\/exec"/,
    );
    const rules = [rule('get'), rule('create')];
    await ask(cluster, `PATCH ${RBAC}/clusterroles/${name}`, { body: { rules } });
    expect(await once(open(TRUE, V5, asJo), 'close')).toHaveProperty('0', 1000);
  });

  test('breaks with a client that breaks the protocol, and the program ends', async () => {
    const socket = open(`${PODS}/web/exec?command=cat&stdin=1&stdout=1`);
    await once(socket, 'open');
    socket.send(Buffer.of(255));
    expect((await once(socket, 'close'))[0]).toBe(1002);
    const [program] = kubelets.programs;
    expect(await program?.exit).toEqual({ code: 137 });
  });

  test('a client that goes takes its program with it', async () => {
    const socket = open(`${PODS}/web/exec?command=sleep&command=1000&stdout=1`);
    const program = await waitFor(() => kubelets.programs[0], { what: 'the program' });
    socket.terminate();
    expect(await program.exit).toEqual({ code: 137 });
  });

  test('a program writes no faster than the client reads', async () => {
    const socket = open(`${PODS}/web/exec?command=sh&command=-c&command=yes&stdout=1`);
    await once(socket, 'open');
    socket.pause();
    const program = await waitFor(() => kubelets.programs[0], { what: 'the program' });
    // It stands still when all buffers between are full.
    let before = -1;
    const standing = async () => {
      const now = (program.stdout as unknown as { bytesRead: number }).bytesRead;
      const same = now > 0 && now === before;
      before = now;
      return same;
    };
    await waitFor(standing, { what: 'the program to wait', intervalMs: 100 });
    expect(before).toBeLessThan(64 * 1024 * 1024);
    socket.terminate();
    await program.exit;
  });

  test('a client writes no faster than the program reads', async () => {
    const socket = open(`${PODS}/web/exec?command=sleep&command=1000&stdin=1&stdout=1`);
    await once(socket, 'open');
    const program = await waitFor(() => kubelets.programs[0], { what: 'the program' });
    const piece = Buffer.alloc(64 * 1024);
    let unsent = 0;
    for (let count = 0; count < 1000; count++) {
      unsent++;
      socket.send(piece, () => unsent--);
    }
    let before = -1;
    const standing = () => {
      const same = unsent === before;
      before = unsent;
      return same && unsent > 0;
    };
    await waitFor(standing, { what: 'the client to wait', intervalMs: 100 });
    expect(program.stdin?.writableLength).toBeLessThan(1024 * 1024);
    socket.terminate();
    await program.exit;
  });

  test('attach shows what is written from now on, each stream on its own channel', async () => {
    const socket = open(`${PODS}/web/attach?stdout=1&stderr=1`);
    const got: string[] = [];
    socket.on('message', (message: Buffer) => got.push(`${message[0]} ${message.subarray(1).toString().trim()}`));
    await once(socket, 'open');
    await waitFor(() => kubelets.asked.filter((one) => one.stream !== 'All').length === 2, { what: 'both logs' });
    kubelets.write('three\n');
    kubelets.write('error four\n');
    await waitFor(() => got.length === 2, { what: 'two lines' });
    kubelets.end();
    await once(socket, 'close');
    expect(got).toEqual(['1 three', '2 error four', '3 {"metadata":{},"status":"Success"}']);
  });

  test("attach types into the container, and its input ends with the client's", async () => {
    kubelets.typed = '';
    const socket = open(`${PODS}/web/attach?stdin=1`);
    await waitFor(() => kubelets.asked[0]?.follow, { what: 'the container to be watched' });
    expect(kubelets.asked[0]).toMatchObject({ unfinished: true, tailLines: 0 });
    socket.send(frameOf(CHANNEL.stdin, Buffer.from('typed')));
    await waitFor(() => kubelets.typed === 'typed', { what: 'what was typed' });
    socket.close();
    await waitFor(() => kubelets.typed === 'typed<end>', { what: 'the end' });
    await waitFor(() => kubelets.ends.length > 0, { what: 'the log to be left' });
  });

  test('attach to a container that has ended says so, so that clients show its log', async () => {
    const done = running('done', 'main');
    const terminated = { exitCode: 0, reason: 'Completed', startedAt: null, finishedAt: null };
    const containerStatuses = done.status.containerStatuses.map((one) => ({
      ...one,
      ready: false,
      state: { terminated },
    }));
    await run(cluster, [{ ...done, status: { ...done.status, containerStatuses } } as never]);
    const socket = open(`${PODS}/done/attach?stdout=1`);
    const [message] = (await once(socket, 'message')) as [Buffer];
    expect(String(message)).toContain('container main is not running');
  });

  test('attach to a container without an input of its own shows what it says', async () => {
    const socket = open(`${PODS}/two/attach?container=a&stdin=1&stdout=1&tty=1`);
    await waitFor(() => kubelets.asked[0]?.follow, { what: 'the log' });
    socket.send(frameOf(CHANNEL.stdin, Buffer.from('typed')));
    kubelets.write('error three\n');
    const [message] = (await once(socket, 'message')) as [Buffer];
    expect(String(message)).toBe('\u0001error three\n');
    kubelets.end();
    expect(await once(socket, 'close')).toHaveProperty('0', 1000);
  });
});

describe('logs', () => {
  test('a whole one', async () => {
    const { status, headers, text: log } = await ask(cluster, `GET ${PODS}/web/log?tailLines=1&timestamps=true`);
    expect([status, headers['content-type'], log]).toEqual([200, 'text/plain', 'two\n']);
    expect(kubelets.asked.at(-1)).toEqual({
      pod: 'web',
      container: 'main',
      follow: false,
      previous: false,
      timestamps: true,
      tailLines: 1,
      stream: 'All',
    });
  });

  test('what the kubelet refuses', async () => {
    const { status, body } = await ask(cluster, `GET ${PODS}/bad/log`);
    expect([status, body.message]).toEqual([400, 'the disk is full']);
  });

  test("client-node's Log follows as lines are written, to the end", async () => {
    const out = new PassThrough();
    const got: string[] = [];
    out.on('data', (chunk: Buffer) => got.push(String(chunk)));
    kubelets.lines = [];
    // The answer begins before there is anything in it.
    await new Log(config).log('default', 'web', 'main', out, { follow: true });
    kubelets.lines = ['one\n', 'two\n'];
    kubelets.write('three\n');
    await waitFor(() => got.join('') === 'three\n', { what: 'a new line' });
    const ended = once(out, 'end');
    kubelets.end();
    await ended;
    expect(kubelets.ends).toEqual(['complete']);
  });

  test('a client that goes ends it', async () => {
    const enough = new AbortController();
    const answer = ask(cluster, `GET ${PODS}/web/log?follow=1`, { enough: enough.signal });
    await waitFor(() => kubelets.asked.at(-1)?.follow, { what: 'the kubelet to be asked' });
    enough.abort();
    await Promise.allSettled([answer]);
    await waitFor(() => kubelets.ends.length > 0, { what: 'the end' });
    expect(kubelets.ends).toEqual(['client gone']);
  });
});

test('a connection that was accepted elsewhere is served, and closed with the rest', async () => {
  const other = await startOurs({ kubelets });
  const front = createServer((socket) => other.accept(socket)).listen(0, '127.0.0.1');
  await once(front, 'listening');
  const { port } = front.address() as { port: number };
  const url = `https://127.0.0.1:${port}`;
  const { status } = await ask({ ...other, url }, 'GET /version');
  expect(status).toBe(200);
  // One that never says a word, not even of TLS.
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  await other.close();
  await once(silent.resume(), 'close');
  await new Promise((resolve) => front.close(resolve));
});
