import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificate } from '../../src/cluster/auth/certificate.ts';
import { ensureCertificates } from '../../src/cluster/auth/pki.ts';
import { createKubeClient } from '../../src/kube/request.ts';
import { StubServer, reply } from './stub-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-transport-'));
const { ca, cert, key } = ensureCertificates(dir, [], new Date());
/** What the server saw: whose certificate, which name, and from which port of the client's. */
const seen: { certificate: string | undefined; name: string | false | undefined; port: number | undefined }[] = [];
const server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false }, ({ socket }, response) => {
  const { servername } = socket as TLSSocket & { servername?: string | false };
  const subject = (socket as TLSSocket).getPeerCertificate().subject as { CN?: string } | undefined;
  seen.push({ certificate: subject?.CN, name: servername, port: socket.remotePort });
  reply(response, 200, {});
});
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => void seen.splice(0));
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
});

function client(cluster: object, user: object = {}) {
  const kubeconfig = join(dir, 'kubeconfig');
  const config = {
    clusters: [{ name: 'c', cluster: { server: url, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return createKubeClient({ kubeconfig });
}

const authority = { 'certificate-authority-data': Buffer.from(ca).toString('base64') };

test.each<[string, object, RegExp | 'ok']>([
  ['the authority as data', authority, 'ok'],
  ['the authority as a file', { 'certificate-authority': 'ca.crt' }, 'ok'],
  ['no authority', {}, /self-signed certificate|unable to verify|unable to get/],
  ['no authority, and no verification', { 'insecure-skip-tls-verify': true }, 'ok'],
  ["one of the certificate's names", { ...authority, 'tls-server-name': 'kubernetes' }, 'ok'],
  ['another name', { ...authority, 'tls-server-name': 'other' }, /other.* is not in the cert's altnames/],
])('%s: %s', async (_, cluster, expected) => {
  const kube = client(cluster);
  const request = kube.request('GET', '/x');
  if (expected === 'ok') await request;
  else await expect(request).rejects.toThrow(expected);
  const name = (cluster as Record<string, string>)['tls-server-name'];
  expect(seen).toMatchObject(expected === 'ok' ? [{ name: name ?? false, certificate: undefined }] : []);
  await kube.close();
});

describe("the client's certificate", () => {
  const write = (subject: string) => {
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const [notBefore, notAfter] = [-3_600_000, 3_600_000].map((ms) => new Date(Date.now() + ms)) as [Date, Date];
    const pem = makeCertificate({ subject, key: own, notBefore, notAfter });
    writeFileSync(join(dir, 'me.key'), own.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(dir, 'me.crt'), pem);
  };

  test('is shown, and when its files are replaced the next request shows the new one', async () => {
    write('me');
    const kube = client(authority, { 'client-certificate': 'me.crt', 'client-key': 'me.key' });
    for (let times = 0; times < 3; times++) await kube.request('GET', '/x');
    write('me again');
    for (let times = 0; times < 2; times++) await kube.request('GET', '/x');
    expect(seen.map(({ certificate }) => certificate)).toEqual(['me', 'me', 'me', 'me again', 'me again']);
    // Two a certificate at most: a request right after an answer may find its connection not yet back in the pool.
    expect(new Set(seen.map(({ port }) => port)).size).toBeLessThanOrEqual(4);
    await kube.close();
  });
});

test('a proxy is asked for a tunnel, through which the server is verified', async () => {
  const tunnels: (string | undefined)[] = [];
  const proxy = createHttpServer().on('connect', (request, socket: Socket) => {
    tunnels.push(request.url);
    const [host, port] = (request.url ?? '').split(':');
    const to = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      to.pipe(socket).pipe(to);
    });
    for (const end of [to, socket]) end.on('error', () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const kube = client({ ...authority, 'proxy-url': proxyUrl, 'tls-server-name': 'kubernetes' });
  await kube.request('GET', '/x');
  expect(seen).toMatchObject([{ name: 'kubernetes' }]);
  expect(tunnels).toEqual([url.slice('https://'.length)]);
  await kube.close();
  proxy.closeAllConnections();
  proxy.close();
});

test('of client-node nothing is loaded for a token, and one file for a plugin', async () => {
  await using stub = await new StubServer((_, response) => reply(response, 200, {})).start();
  const program = `
    import { registerHooks } from 'node:module';
    const files = [];
    registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) });
    const { createKubeClient } = await import('${join(import.meta.dirname, '../../src/kube/request.ts')}');
    const client = createKubeClient({ kubeconfig: process.argv[1] });
    await client.request('GET', '/x');
    await client.close();
    console.log(JSON.stringify(files.flatMap((file) => file.split('/node_modules/@kubernetes/client-node/')[1] ?? [])));`;
  const loaded = async (user: object): Promise<unknown> => {
    stub.writeKubeconfig(user);
    const run = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, stub.kubeconfig]);
    return JSON.parse(run.stdout);
  };
  expect(await loaded({ token: 't' })).toEqual([]);
  const exec = { command: 'echo', args: ['{"status": {"token": "e"}}'] };
  expect(await loaded({ exec })).toEqual(['dist/exec_auth.js']);
  expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer t', 'Bearer e']);
});
