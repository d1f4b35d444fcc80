import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CredentialSource } from '../../src/kube/credentials.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-sources-'));
afterAll(() => rmSync(dir, { recursive: true }));

function write(path: string, config: object): string {
  const file = join(dir, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify(config));
  return file;
}

const cluster = (server: string) => ({
  clusters: [{ name: 'c', cluster: { server } }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'c',
});

beforeEach(() => {
  for (const name of ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'KUBECONFIG']) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', join(dir, 'home'));
});
afterEach(() => void vi.unstubAllEnvs());

test('what is given counts, then the pod, then $KUBECONFIG, then the home folder', () => {
  const given = write('given', cluster('https://given'));
  write('home/.kube/config', cluster('https://home'));
  const server = (kubeconfig?: string) => new CredentialSource(kubeconfig).server;
  expect(server()).toBe('https://home');
  vi.stubEnv('KUBECONFIG', write('env', cluster('https://env')));
  expect(server()).toBe('https://env');
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.96.0.1');
  expect(server()).toBe('https://env');
  vi.stubEnv('KUBERNETES_SERVICE_PORT', '443');
  expect(server()).toBe('https://10.96.0.1:443');
  expect(server(given)).toBe('https://given');
});

test('$KUBECONFIG may name several files; those that are missing say nothing', async () => {
  writeFileSync(join(dir, 'token'), 'from-file');
  const users = write('users', { users: [{ name: 'u', user: { tokenFile: 'token' } }] });
  vi.stubEnv('KUBECONFIG', ['/no/such/file', write('cluster', cluster('https://env')), '', users].join(delimiter));
  const source = new CredentialSource();
  expect(source.server).toBe('https://env');
  expect((await source.get()).headers).toEqual({ Authorization: 'Bearer from-file' });
  await source.close();
});

test('where there is no cluster, one line says what to do', () => {
  rmSync(join(dir, 'home'), { recursive: true, force: true });
  expect(() => new CredentialSource()).toThrow(
    `no Kubernetes cluster: not in a pod, and ${join(dir, 'home/.kube/config')} does not exist; give --kubeconfig FILE`,
  );
  vi.stubEnv('KUBECONFIG', '/no/such/file');
  expect(() => new CredentialSource()).toThrow(
    'kubeconfig /no/such/file: no such file; give another file with --kubeconfig',
  );
});
