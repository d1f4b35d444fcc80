import { describe, expect, test } from 'vitest';
import { currentAccess, inClusterAccess, mergeKubeconfigs, parseKubeconfig } from '../../src/kube/kubeconfig.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig with one cluster, user and context, each named after what it is. */
const kubeconfig = (cluster: object, user: object | null = {}) =>
  JSON.stringify({
    clusters: [{ name: 'cluster', cluster: { server: 'https://api', ...cluster } }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
    'current-context': 'context',
  });

describe('a cluster', () => {
  test.each<[string, object, object]>([
    ['a slash at the end of its server is no path', { server: 'https://api:6443/' }, { server: 'https://api:6443' }],
    ['a path is one', { server: 'https://rancher/k8s/c-1' }, { server: 'https://rancher/k8s/c-1' }],
    ['authority as data', { 'certificate-authority-data': base64('PEM') }, { ca: Buffer.from('PEM') }],
    ['authority as a file beside it', { 'certificate-authority': 'pki/ca' }, { ca: { file: '/etc/kube/pki/ca' } }],
    ['authority as a file elsewhere', { 'certificate-authority': '/ca' }, { ca: { file: '/ca' } }],
    [
      'authority as both',
      { 'certificate-authority': '/ca', 'certificate-authority-data': base64('x') },
      { ca: { file: '/ca' } },
    ],
    ['an empty file name', { 'certificate-authority': '' }, {}],
    ['not verified', { 'insecure-skip-tls-verify': true }, { skipTLSVerify: true }],
    ['not verified, as a text', { 'insecure-skip-tls-verify': 'true' }, {}],
    ['another name', { 'tls-server-name': 'kubernetes' }, { tlsServerName: 'kubernetes' }],
    ['through a proxy', { 'proxy-url': 'http://proxy:3128' }, { proxyUrl: 'http://proxy:3128' }],
  ])('%s', (_, given, expected) => {
    const { cluster } = currentAccess(parseKubeconfig(kubeconfig(given), '/etc/kube'));
    expect(cluster).toEqual({ name: 'cluster', server: 'https://api', skipTLSVerify: false, ...expected });
  });
});

describe('a user', () => {
  test.each<[string, object | null, object]>([
    ['nobody', null, {}],
    ['a token', { token: 't' }, { token: 't' }],
    ['a token that looks like a number', { token: 123 }, { token: '123' }],
    ['a token file beside it, and a token', { tokenFile: 'token', token: 't' }, { tokenFile: '/etc/kube/token' }],
    ["client-node's token-file", { 'token-file': '/token' }, { tokenFile: '/token' }],
    ["client-node's token-file, and a token", { 'token-file': '/token', token: 't' }, { token: 't' }],
    ['a password', { username: 'me', password: 'pw' }, { username: 'me', password: 'pw' }],
    [
      'a certificate',
      { 'client-certificate': 'crt', 'client-key-data': base64('KEY') },
      { cert: { file: '/etc/kube/crt' }, key: Buffer.from('KEY') },
    ],
    ['somebody else', { as: 'root' }, { impersonateUser: 'root' }],
    ['a plugin', { exec: { command: 'aws' } }, { exec: { command: 'aws' } }],
    ['a provider', { 'auth-provider': { name: 'gcp' } }, { authProvider: { name: 'gcp' } }],
  ])('%s', (_, given, expected) => {
    const { user } = currentAccess(parseKubeconfig(kubeconfig({}, given), '/etc/kube'));
    expect(user).toEqual({ name: 'user', ...expected });
  });

  test('there need be none', () => {
    const text = kubeconfig({}).replace('"name":"user"', '"name":"other"');
    expect(currentAccess(parseKubeconfig(text, '.')).user).toBeUndefined();
  });
});

test.each<[string, string]>([
  ['', 'it is empty'],
  ['# nothing', 'it is empty'],
  ['a: 1\na: 2', 'Map keys must be unique at line 2, column 1:'],
  ['a: 1\n---\nb: 2', 'Source contains multiple documents; please use YAML.parseAllDocuments() at line 2, column 1:'],
  ['a: !secret x', 'Unresolved tag: !secret at line 1, column 4:'],
  ['clusters: [{cluster: {server: s}}]', 'clusters[0].name is missing'],
  ['clusters: [{name: a, cluster: {server: s}}, {name: b}]', 'clusters[1].cluster is missing'],
  ['clusters: [{name: a, cluster: {}}]', 'clusters[0].cluster.server is missing'],
  ['clusters: [{name: a, cluster: {server: [s]}}]', 'clusters[0].cluster.server is not a text'],
  ['users: [{user: {}}]', 'users[0].name is missing'],
  ['users: [{name: a, user: {token: {b: c}}}]', 'users[0].user.token is not a text'],
  ['contexts: [{name: a}]', 'contexts[0].context is missing'],
  ['contexts: [{name: a, context: {}}]', 'contexts[0].context.cluster is missing'],
  ['contexts: [null]', 'contexts[0].context is missing'],
])('%j: %s', (text, problem) => {
  expect(() => parseKubeconfig(text, '.')).toThrow(problem);
});

test.each<[string, string]>([
  ['hello', 'no current-context (kubectl config use-context NAME)'],
  ['current-context: ""', 'no current-context (kubectl config use-context NAME)'],
  ['current-context: a', 'current-context "a" is not among its contexts'],
  ['{current-context: a, contexts: [{name: a, context: {cluster: b}}]}', 'the cluster of context "a" is missing'],
])('%j: %s', (text, problem) => {
  expect(() => currentAccess(parseKubeconfig(text, '.'))).toThrow(problem);
});

describe('several files', () => {
  const file = (directory: string, text: string) => parseKubeconfig(text, directory);
  const one = file('/one', 'users: [{name: u, user: {tokenFile: t}}]\ncurrent-context: c');
  const two = file(
    '/two',
    'clusters: [{name: k, cluster: {server: "https://two", certificate-authority: ca}}]\nusers: [{name: u, user: {token: no}}]\ncurrent-context: no',
  );
  const three = file(
    '/three',
    'clusters: [{name: k, cluster: {server: "https://no"}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]',
  );

  test('the first that says a thing wins, and a path is relative to the file that names it', () => {
    expect(currentAccess(mergeKubeconfigs(one, two, three))).toEqual({
      cluster: { name: 'k', server: 'https://two', ca: { file: '/two/ca' }, skipTLSVerify: false },
      user: { name: 'u', tokenFile: '/one/t' },
    });
  });

  test('in one file too', () => {
    const { users } = mergeKubeconfigs(file('.', 'users: [{name: u, user: {token: a}}]'), two);
    expect(users).toEqual([{ name: 'u', token: 'a' }]);
  });
});

test.each([
  ['10.96.0.1', '443', 'https://10.96.0.1:443'],
  ['fd00::1', '443', 'https://[fd00::1]:443'],
  ['kubernetes.default', '6443', 'https://kubernetes.default:6443'],
  ['127.0.0.1', '8080', 'http://127.0.0.1:8080'],
])('in a pod: %s, %s → %s', (host, port, server) => {
  const account = '/var/run/secrets/kubernetes.io/serviceaccount';
  expect(inClusterAccess(host, port)).toMatchObject({
    cluster: { server, ca: { file: `${account}/ca.crt` }, skipTLSVerify: false },
    user: { tokenFile: `${account}/token` },
  });
});
