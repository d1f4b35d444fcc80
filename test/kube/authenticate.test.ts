import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { afterAll, describe, expect, test } from 'vitest';
import { authenticator } from '../../src/kube/authenticate.ts';
import { currentAccess, parseKubeconfig } from '../../src/kube/kubeconfig.ts';
import { tlsSettings } from '../../src/kube/transport.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-authenticate-'));
afterAll(() => rmSync(dir, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
}

/** An exec plugin that answers with this status, and counts its runs in a file beside it. */
function plugin(name: string, status: object): object {
  const answer = JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status });
  const command = write(name, `#!/bin/sh\necho "$SUFFIX" >> '${join(dir, name)}.runs'\necho '${answer}'\n`);
  chmodSync(command, 0o700);
  return { apiVersion: 'client.authentication.k8s.io/v1', command, env: [{ name: 'SUFFIX', value: 'run' }] };
}

const runsOf = (name: string) =>
  readFileSync(join(dir, `${name}.runs`), 'utf8')
    .trim()
    .split('\n');

/** An ID token that is good until 2100. */
const ID_TOKEN = ['{"alg":"none"}', '{"exp":4102444800}', 'signature']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const token = write('token', 'from-file');

const kubeconfig = (user: object, cluster: object = {}) =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://api', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  });

/** Headers and TLS of one request. */
async function proofOf(text: string) {
  const access = currentAccess(parseKubeconfig(text, dir));
  const { headers, ...certificate } = await authenticator(access.user, () => 0)();
  return { headers, ...tlsSettings(access, certificate) };
}

/** The same as client-node has it. */
async function proofOfClientNode(text: string) {
  const file = write('kubeconfig', text);
  const config = new KubeConfig();
  config.loadFromFile(file);
  const context = new RequestContext('https://api', HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  const tls = Object.entries({ ca, cert, key, rejectUnauthorized, servername });
  return { headers: context.getHeaders(), ...Object.fromEntries(tls.filter(([, value]) => value !== undefined)) };
}

describe('what a request carries is what client-node would send', () => {
  const bearer = (value: string) => ({ headers: { Authorization: `Bearer ${value}` } });
  const provider = (name: string, config: object) => ({ 'auth-provider': { name, config } });

  test.each<[string, object, object, object]>([
    ['nothing', {}, {}, { headers: {} }],
    ['a token', { token: 't' }, {}, bearer('t')],
    ['a password', { username: 'me', password: 'p' }, {}, { headers: { Authorization: `Basic ${base64('me:p')}` } }],
    ['a password and a token', { username: 'me', password: 'p', token: 't' }, {}, bearer('t')],
    ['a user to impersonate', { as: 'root' }, {}, { headers: { 'Impersonate-User': 'root' } }],
    ["a provider's token file", provider('x', { tokenFile: token }), {}, bearer('from-file')],
    ['a plugin', { exec: plugin('exec', { token: 'e' }) }, {}, bearer('e')],
    ['a plugin and a token', { exec: plugin('exec-token', { token: 'e' }), token: 't' }, {}, bearer('t')],
    ['a plugin in a provider', provider('exec', { exec: plugin('provider', { token: 'e' }) }), {}, bearer('e')],
    [
      "a plugin's certificate",
      {
        exec: plugin('certificate', { clientCertificateData: 'CERT', clientKeyData: 'KEY' }),
        'client-key-data': base64('k'),
      },
      {},
      { headers: {}, cert: 'CERT', key: 'KEY' },
    ],
    ['gcp', provider('gcp', { 'access-token': 'g', expiry: '2100-01-01T00:00:00Z' }), {}, bearer('g')],
    [
      'gcp, renewed by its command',
      provider('gcp', {
        'cmd-path': 'echo',
        'cmd-args': `'{"a": {"b": "new"}, "c": "2100-01-01T00:00:00Z"}'`,
        'token-key': '{.a.b}',
        'expiry-key': '{.c}',
      }),
      {},
      bearer('new'),
    ],
    ['azure', provider('azure', { 'access-token': 'a', 'expires-on': '4102444800' }), {}, bearer('a')],
    ['OpenID Connect', provider('oidc', { 'id-token': ID_TOKEN }), {}, bearer(ID_TOKEN)],
    ['a provider that is not known', provider('openstack', { token: 'x' }), {}, { headers: {} }],
    [
      'a certificate as files',
      { 'client-certificate': 'crt', 'client-key': 'key' },
      { 'certificate-authority': 'ca' },
      { headers: {}, ca: Buffer.from('CA'), cert: Buffer.from('CRT'), key: Buffer.from('K') },
    ],
    [
      'a certificate as data',
      { 'client-certificate-data': base64('crt'), 'client-key-data': base64('key') },
      { 'certificate-authority-data': base64('ca') },
      { headers: {}, ca: Buffer.from('ca'), cert: Buffer.from('crt'), key: Buffer.from('key') },
    ],
    ['no verification', {}, { 'insecure-skip-tls-verify': true }, { headers: {}, rejectUnauthorized: false }],
    ['another name', {}, { 'tls-server-name': 'kubernetes' }, { headers: {}, servername: 'kubernetes' }],
  ])('%s', async (_, user, cluster, expected) => {
    write('ca', 'CA');
    write('crt', 'CRT');
    write('key', 'K');
    const text = kubeconfig(user, cluster);
    expect(await proofOf(text)).toEqual(expected);
    expect(await proofOfClientNode(text)).toEqual(expected);
  });
});

test('of a plugin and a token file the plugin gives the token, of a provider and a token file the file', async () => {
  const exec = plugin('both', { token: 'e' });
  expect((await proofOf(kubeconfig({ exec, tokenFile: token }))).headers).toEqual({ Authorization: 'Bearer e' });
  const user = { 'auth-provider': { name: 'gcp', config: { 'access-token': 'g' } }, tokenFile: token };
  expect((await proofOf(kubeconfig(user))).headers).toEqual({ Authorization: 'Bearer from-file' });
});

test('a token file is read again after a minute, at every try while it is not there', async () => {
  const tokenFile = write('rotated', 'one');
  let now = 0;
  const authenticate = authenticator({ name: 'u', tokenFile }, () => now);
  const seen = async () => (await authenticate()).headers['Authorization'];
  expect(await seen()).toBe('Bearer one');
  write('rotated', 'two');
  now = 60_000;
  expect(await seen()).toBe('Bearer one');
  rmSync(tokenFile);
  now = 60_001;
  await expect(seen()).rejects.toThrow(/ENOENT.*rotated/);
  write('rotated', 'three');
  expect(await seen()).toBe('Bearer three');
});

test('a plugin runs again when what it gave has ended, and not before', async () => {
  const user = (name: string, expirationTimestamp: string) => ({
    name,
    exec: plugin(name, { token: 't', expirationTimestamp }) as Record<string, unknown>,
  });
  for (const [name, end, runs] of [
    ['lasting', '2100-01-01T00:00:00Z', 1],
    ['ended', '2000-01-01T00:00:00Z', 3],
  ] as const) {
    const authenticate = authenticator(user(name, end), () => 0);
    for (let times = 0; times < 3; times++) await authenticate();
    expect(runsOf(name)).toHaveLength(runs);
  }
});

test('a plugin that fails says why', async () => {
  const command = write('failing', '#!/bin/sh\necho "log in first" >&2\nexit 1\n');
  chmodSync(command, 0o700);
  await expect(proofOf(kubeconfig({ exec: { command } }))).rejects.toThrow('log in first');
  await expect(proofOf(kubeconfig({ exec: { command: join(dir, 'missing') } }))).rejects.toThrow(/ENOENT/);
});
