import { beforeAll, describe, expect, test } from 'vitest';
import { ask, freshAddress, listening, printed, serve, start, startForTest } from './programs.ts';

/** Starts it for one test; gives the URL. The images' port 80 is 21080 here. */
async function url(image: string, port: number, args: string[] = [], env: Record<string, string> = {}) {
  const address = freshAddress(4);
  const running = startForTest(image, { address, args, env: { SLUICE_LOW_PORT_OFFSET: '21000', ...env } });
  await listening(address, port, running);
  return { url: `http://${address}:${port}`, address, running };
}

describe('nginx', () => {
  test('has its welcome page, error pages and access log', async () => {
    const nginx = await url('nginx:1.27', 21_080);
    const welcome = await ask(nginx.url, { headers: { 'user-agent': 'test', 'x-forwarded-for': '10.0.0.1' } });
    expect(welcome).toMatchObject({ status: 200, headers: { server: expect.stringMatching(/^nginx\/1\./) } });
    expect(welcome.headers['content-type']).toBe('text/html');
    expect(welcome.body).toContain('<title>Welcome to nginx!</title>');
    expect((await ask(`${nginx.url}/index.html?x`)).body).toBe(welcome.body);
    const head = await ask(nginx.url, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, String(welcome.body.length), '']);
    expect((await ask(`${nginx.url}/50x.html`)).status).toBe(200);
    expect(await ask(`${nginx.url}/none`)).toMatchObject({
      status: 404,
      body: expect.stringContaining('404 Not Found'),
    });
    expect((await ask(nginx.url, { method: 'POST', body: 'x' })).status).toBe(405);
    const headers = { 'if-none-match': welcome.headers.etag ?? '' };
    expect(await ask(nginx.url, { headers })).toMatchObject({ status: 304, body: '' });
    const day = String.raw`\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\]`;
    await printed(
      nginx.running,
      new RegExp(
        `\n127\\.0\\.0\\.1 - - ${day} "GET / HTTP/1\\.1" 200 ${welcome.body.length} "-" "test" "10\\.0\\.0\\.1"\n`,
      ),
    );
    await printed(nginx.running, /"GET \/none HTTP\/1\.1" 404 \d+ "-" "-" "-"\n/);
  });

  test('unprivileged is on 8080', async () => {
    const address = freshAddress(4);
    await listening(address, 8080, startForTest('nginxinc/nginx-unprivileged', { address }));
    expect((await ask(`http://${address}:8080`)).status).toBe(200);
  });
});

test('httpd works', async () => {
  const httpd = await url('httpd:2.4', 21_080);
  expect(await ask(httpd.url)).toMatchObject({ status: 200, body: expect.stringContaining('It works!') });
  expect((await ask(`${httpd.url}/none`)).status).toBe(404);
  await printed(httpd.running, /"GET \/ HTTP\/1\.1" 200 \d+\n/);
});

describe('http-echo', () => {
  const address = freshAddress(4);
  beforeAll(async () => {
    const args = ['-text', 'hello world', '-status-code=203', `-listen=${address}:9080`];
    return await serve('hashicorp/http-echo:1.0', address, 9080, { args });
  });

  test('answers with its text', async () => {
    const answer = await ask(`http://${address}:9080/x`);
    expect(answer).toMatchObject({ status: 203, body: 'hello world\n' });
    expect(answer.headers['x-app-name']).toBe('http-echo');
    expect(answer.headers['x-app-version']).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await ask(`http://${address}:9080/health`)).toMatchObject({ status: 200, body: '{"status":"ok"}\n' });
  });

  test('takes the text from ECHO_TEXT, and logs', async () => {
    const echo = await url('hashicorp/http-echo', 5678, [], { ECHO_TEXT: 'from env' });
    expect((await ask(echo.url, { headers: { 'user-agent': 'test' } })).body).toBe('from env\n');
    await printed(echo.running, /[\d/]+ [\d:]+ [\d.]+:5678 127\.0\.0\.1:\d+ "GET \/ HTTP\/1\.1" 200 9 "test" \S+s\n/);
  });

  test.each([
    [[], 'http-echo: missing -text option, and ECHO_TEXT is not set\n'],
    [['-text=a', 'b'], 'http-echo: too many arguments: b\n'],
    [['-text=a', '-listen=5678'], 'http-echo: -listen: "5678" is not HOST:PORT or :PORT\n'],
    [['-text=a', '-status-code=99'], 'http-echo: -status-code: 99 is not from 200 to 599\n'],
  ])('%j is refused', async (args, errors) => {
    const running = start('hashicorp/http-echo', { args });
    expect([await running.exit, running.errors()]).toEqual([127, errors]);
  });
});

describe('servers of tutorials', () => {
  test.each<[string, string[], RegExp]>([
    ['gcr.io/google-samples/hello-app:2.0', [], /^Hello, world!\nVersion: 2\.0\.0\nHostname: web-1\n$/],
    ['kicbase/echo-server:1.0', [], /^Request served by web-1\n\nPOST \/x\?y=1 HTTP\/1\.1\n\nx-a: 1\n[^]*\nbody$/],
    // These have no setting for the port; the flag is ours.
    [
      'gcr.io/google-samples/kubernetes-bootcamp:v2',
      ['kubernetes-bootcamp', '--port=9080'],
      /^Hello Kubernetes bootcamp! \| Running on: web-1 \| v=2\n$/,
    ],
    [
      'registry.k8s.io/echoserver:1.10',
      ['echoserver', '--port=9080'],
      /^\n\nHostname: web-1\n\n.*\n\tpod IP:\t127[^]*\tclient_address=127\.0\.0\.1\n\tmethod=POST\n[^]*\tx-a=1\n\nRequest Body:\nbody\n$/,
    ],
  ])('%s', async (image, args, expected) => {
    const server = await url(image, 9080, args, { PORT: '9080' });
    const posted = { method: 'POST', body: 'body', headers: { 'x-a': '1' } };
    expect((await ask(`${server.url}/x?y=1`, posted)).body).toMatch(expected);
  });
});
