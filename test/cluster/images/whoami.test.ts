import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../../../src/cluster/auth/certificate.ts';
import {
  accepts,
  ask,
  freePort,
  freshAddress,
  HAS_IPV6,
  listening,
  printed,
  serve,
  start,
  startForTest,
} from './programs.ts';

const IMAGE = 'traefik/whoami';

describe('whoami', () => {
  const address = freshAddress(1);
  const client = freshAddress(1);
  const url = `http://${address}:9080`;
  beforeAll(async () => {
    return await serve(IMAGE, address, 9080, { args: ['--port', '9080', '--name=blue'], env: { COLOUR: 'blue' } });
  });

  test('says who answers, to whom, and what was asked', async () => {
    const headers = { 'x-b': '2', 'x-a': '1', 'user-agent': 'test', connection: 'close' };
    const { body, status, headers: answered } = await ask(`${url}/x?y=1`, { from: client, headers });
    expect(status).toBe(200);
    expect(answered['content-type']).toBe('text/plain; charset=utf-8');
    expect(body.replace(/(RemoteAddr: \S+:)\d+/, '$1PORT')).toBe(
      [
        'Name: blue',
        'Hostname: web-1',
        'IP: 127.0.0.1',
        `IP: ${address}`,
        `RemoteAddr: ${client}:PORT`,
        'GET /x?y=1 HTTP/1.1\r',
        `Host: ${address}:9080\r`,
        'User-Agent: test\r',
        'Connection: close\r',
        'X-A: 1\r',
        'X-B: 2\r',
        '\r\n',
      ].join('\n'),
    );
  });

  test('says it as JSON too', async () => {
    const { body, headers } = await ask(`${url}/api?q=a&r`, { from: client, headers: { 'user-agent': 'test' } });
    expect(headers['content-type']).toBe('application/json');
    // As Go writes JSON.
    expect(body).toContain('"/api?q=a\\u0026r"');
    expect(JSON.parse(body)).toEqual({
      hostname: 'web-1',
      name: 'blue',
      ip: ['127.0.0.1', address],
      headers: { 'User-Agent': ['test'], Connection: ['keep-alive'] },
      url: '/api?q=a&r',
      host: `${address}:9080`,
      method: 'GET',
      remoteAddr: expect.stringMatching(new RegExp(`^${client}:\\d+$`)),
    });
  });

  test('has a health that can be set', async () => {
    expect(await ask(`${url}/health`)).toMatchObject({ status: 200, body: '' });
    expect(await ask(`${url}/health`, { method: 'POST', body: '503' })).toMatchObject({ status: 200 });
    expect(await ask(`${url}/health`)).toMatchObject({ status: 503 });
    expect(await ask(`${url}/health`, { method: 'POST', body: 'bad' })).toMatchObject({ status: 400 });
    expect(await ask(`${url}/health`, { method: 'POST', body: '200' })).toMatchObject({ status: 200 });
  });

  test.each<[string, string | number]>([
    ['/data?size=1', '|'],
    ['/data?size=5', '|ABC|'],
    ['/data', '|'],
    ['/data?size=0', ''],
    ['/data?size=-1', ''],
    ['/data?size=2&unit=KB', 2048],
    ['/data?size=1&unit=mb', 1_048_576],
    ['/bench', '1'],
  ])('%s', async (path, expected) => {
    const { body } = await ask(url + path);
    expect(typeof expected === 'number' ? body.length : body).toBe(expected);
    if (typeof expected === 'number') expect(body.at(-1)).toBe('|');
  });

  test('gives its environment when asked for it', async () => {
    expect((await ask(`${url}/?env=true`)).body).toContain('\nCOLOUR=blue\n');
    expect((await ask(url)).body).not.toContain('COLOUR');
  });

  test('waits when asked to', async () => {
    const begin = performance.now();
    await ask(`${url}/?wait=200ms`);
    expect(performance.now() - begin).toBeGreaterThan(195);
  });

  test('keeps connections', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<string | undefined>();
    for (let i = 0; i < 3; i++) ports.add(/RemoteAddr: (.*)/.exec((await ask(url, { agent })).body)?.[1]);
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  test('takes many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 300 }, () => ask(`${url}/bench`, { agent: false })));
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['1']));
  });
});

test('over TLS, with a certificate of its own', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'whoami-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [notBefore, notAfter] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];
  const files = { key: join(dir, 'key'), cert: join(dir, 'cert') };
  writeFileSync(files.key, key.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(files.cert, makeCertificate({ subject: 'pod', key, notBefore, notAfter }));
  const address = freshAddress(1);
  const args = ['--port=9443', '--cert', files.cert, '--key', files.key];
  const running = startForTest(IMAGE, { address, args });
  await listening(address, 9443, running);
  const slow = ask(`https://${address}:9443/?wait=300ms`);
  expect((await ask(`https://${address}:9443`)).body).toContain('Hostname: web-1\n');
  running.child.kill('SIGINT');
  expect((await slow).status).toBe(200);
  expect(await running.exit).toBe(0);
});

describe('where it listens', () => {
  test('by variables, with ports below 1024 moved, which it says', async () => {
    const address = freshAddress(1);
    const env = { SLUICE_LOW_PORT_OFFSET: '21000', WHOAMI_NAME: 'green' };
    const running = startForTest(IMAGE, { address, env });
    await listening(address, 21_080, running);
    expect((await ask(`http://${address}:21080`)).body).toContain('Name: green\n');
    await printed(
      running,
      /^\S+ \S+ listening on port 21080 in place of 80: this user may not bind ports below 1024\nStarting up on port 80\n$/,
    );
  });

  test('other ports stay', async () => {
    const address = freshAddress(1);
    const env = { SLUICE_LOW_PORT_OFFSET: '21000', WHOAMI_PORT_NUMBER: '1024' };
    const running = startForTest(IMAGE, { address, env });
    await listening(address, 1024, running);
    await printed(running, /^Starting up on port 1024\n$/);
  });

  test('on each of several addresses, and nowhere else', async () => {
    const [one, two, other] = [freshAddress(1), freshAddress(1), freshAddress(1)];
    const running = startForTest(IMAGE, { address: `${one},${two}`, args: ['-port=9081'] });
    await listening(two, 9081, running);
    expect((await ask(`http://${one}:9081`)).body).toContain(`IP: ${one}\nIP: ${two}\n`);
    expect(await accepts(other, 9081)).toBe(false);
  });

  test('everywhere, in both families, with IPv4 clients shown as such', async () => {
    const port = await freePort();
    const running = startForTest(IMAGE, { args: [`--port=${port}`] });
    await listening('127.0.0.1', port, running);
    expect((await ask(`http://127.0.0.1:${port}`)).body).toContain('RemoteAddr: 127.0.0.1:');
    if (HAS_IPV6) expect((await ask(`http://[::1]:${port}`)).body).toContain('RemoteAddr: [::1]:');
  });

  test('a port that is taken is one line and exit code 1', async () => {
    const address = freshAddress(1);
    const options = { address, args: ['--port=9082'] };
    await listening(address, 9082, startForTest(IMAGE, options));
    const second = startForTest(IMAGE, options);
    expect(await second.exit).toBe(1);
    expect(second.errors()).toBe(`whoami: listen tcp ${address}:9082: address already in use\n`);
  });

  test('what it is told wrong is one line', async () => {
    const wrong = async (args: string[], env = {}) => {
      const running = start(IMAGE, { args, env });
      return [await running.exit, running.errors()];
    };
    const [flag, offset, file] = await Promise.all([
      wrong(['--prot=1']),
      wrong([], { SLUICE_LOW_PORT_OFFSET: 'x' }),
      wrong(['--cert=/none', '--key=/none']),
    ]);
    expect(flag).toEqual([2, 'whoami: unknown flag: --prot=1\n']);
    expect(offset).toEqual([1, 'whoami: SLUICE_LOW_PORT_OFFSET: "x" is not a number from 0\n']);
    expect(file).toEqual([1, `whoami: "/none": ENOENT: no such file or directory, open '/none'\n`]);
  });
});
