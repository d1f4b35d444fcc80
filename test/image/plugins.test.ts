import { beforeAll, test } from 'vitest';
import { StubServer, reply } from '../kube/stub-server.ts';
import { waitFor } from '../support/wait.ts';
import { bundlePath } from '../tools/bundle.ts';
import { startProgram } from '../tools/processes.ts';

/** An ID token that is good until 2100. */
const ID_TOKEN = ['{"alg":"none"}', '{"exp":4102444800}', 'signature']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');
const provider = (name: string, config: object) => ({ 'auth-provider': { name, config } });

let program = '';
beforeAll(() => {
  program = bundlePath();
}, 60_000);

// The bundle leaves out what esbuild finds unused of them.
test.concurrent.for<[string, object, string]>([
  ['an exec plugin', { exec: { command: 'echo', args: ['{"status": {"token": "e"}}'] } }, 'Bearer e'],
  [
    'gcp, by its command',
    provider('gcp', {
      'cmd-path': 'echo',
      'cmd-args': `'{"token": "g", "end": "2100-01-01T00:00:00Z"}'`,
      'token-key': '{.token}',
      'expiry-key': '{.end}',
    }),
    'Bearer g',
  ],
  ['azure', provider('azure', { 'access-token': 'a', 'expires-on': '4102444800' }), 'Bearer a'],
  ['OpenID Connect', provider('oidc', { 'id-token': ID_TOKEN }), `Bearer ${ID_TOKEN}`],
])('the image lets in a user with %s', async ([, user, expected], { expect, onTestFinished }) => {
  const server = await new StubServer((_, response) => reply(response, 200, {})).start(user);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const args = ['endpoints', '--kubeconfig', server.kubeconfig, '--health-address=0', '--metrics-address=0'];
  const running = await startProgram(process.execPath, [program, ...args]);
  onTestFinished(() => running.end('SIGKILL'));
  await waitFor(() => running.ended || server.requests.length > 0, { what: 'a request', timeoutMs: 30_000 });
  expect(server.requests[0]?.headers.authorization, running.tail()).toBe(expected);
});
