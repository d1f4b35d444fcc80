import { spawnSync } from 'node:child_process';
import { Agent } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  AGNHOST,
  ask,
  askUdp,
  freePort,
  freshAddress,
  HAS_IPV6,
  listening,
  printed,
  readTcp,
  serve,
  start,
  startForTest,
} from './programs.ts';
import { waitFor } from '../../support/wait.ts';

const agnhost = (args: string[], address: string, env = {}) => startForTest(AGNHOST, { args, address, env });

/** Ends by itself: exit code, and what it said. */
async function run(...args: string[]) {
  const running = start(AGNHOST, { args });
  return { code: await running.exit, errors: running.errors(), output: running.output() };
}

describe('netexec', () => {
  const address = freshAddress(2);
  const client = freshAddress(2);
  const url = `http://${address}:9080`;
  beforeAll(async () => {
    const args = ['netexec', '--http-port=9080', '--udp-port', '9081'];
    return await serve(AGNHOST, address, 9080, { args, env: { COLOUR: 'Blue' } });
  });

  test.each<[string, number, string | RegExp]>([
    ['/', 200, /^NOW: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC$/],
    ['/anything', 200, /^NOW: /],
    ['/hostname', 200, 'web-1'],
    ['/hostName', 200, 'web-1'],
    ['/serverport', 200, '9080'],
    ['/healthz', 200, ''],
    ['/readyz', 200, 'ok'],
    ['/echo?msg=a%20b', 200, 'a b'],
    ['/echo?msg=x&code=418', 418, 'x'],
    ['/echo?code=many', 200, `argument 'code' must be an integer or empty, got "many"\n`],
    ['/header?key=x-color', 200, 'red'],
    ['/header?key=none', 200, ''],
    ['/header', 200, '{"Connection":["keep-alive"],"X-Color":["red"]}'],
    ['/envvar?var=COLOUR', 200, 'Blue'],
    ['/envvar?var=NONE', 500, 'env var "NONE" is not set\n'],
    ['/envvar', 400, "'var' query parameter is required\n"],
    ['/shell?cmd=echo%20hi;exit%203', 200, '{"error":"exit status 3","output":"hi\\n"}'],
    ['/shell?shellCommand=echo%20hi', 200, '{"output":"hi\\n"}'],
    ['/upload', 501, '/upload is not part of the built-in agnhost\n'],
    ['/exit?code=x', 200, `argument 'code' must be an integer [0-127] or empty, got "x"\n`],
    ['/exit?wait=1', 200, `argument 'wait' must be a valid golang duration or empty, got "1"\n`],
    ['/dial?host=x', 400, 'request parameter not specified.\n'],
    ['/dial?host=127.0.0.1&request=a', 400, 'host and/or port param are invalid. port "" is no number\n'],
    ['/dial?host=127.0.0.1&port=1&request=a&tries=x', 400, 'tries parameter is invalid: x\n'],
    ['/dial?host=127.0.0.1&port=1&request=a&protocol=sctp', 400, 'unsupported protocol. sctp\n'],
  ])('%s', async (path, status, expected) => {
    const answer = await ask(url + path, { headers: { 'x-color': 'red' } });
    expect(answer.status).toBe(status);
    if (typeof expected === 'string') expect(answer.body).toBe(expected);
    else expect(answer.body).toMatch(expected);
  });

  test('takes forms', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = { method: 'POST', headers, body: 'msg=form' };
    expect((await ask(`${url}/echo?msg=query`, posted)).body).toBe('form');
  });

  test('redirects', async () => {
    const answer = await ask(`${url}/redirect?location=%2Fecho%3Fmsg%3Dx&code=307`);
    expect([answer.status, answer.headers.location]).toEqual([307, '/echo?msg=x']);
    expect((await ask(`${url}/redirect?location=/a`)).status).toBe(302);
  });

  test('says the address of the client', async () => {
    expect((await ask(`${url}/clientip`, { from: client })).body).toMatch(new RegExp(`^${client}:\\d+$`));
  });

  test.each([
    ['hostname', 'web-1'],
    ['HOSTNAME\n', 'web-1'],
    ['serverport', '9081'],
    ['echo Hello World', 'hello world'],
    ['envvar COLOUR', 'Blue'],
    ['envvar NONE', ''],
  ])('over UDP: %j', async (message, expected) => {
    expect(await askUdp(address, 9081, message)).toBe(expected);
  });

  test('says the address of the client over UDP', async () => {
    expect(await askUdp(address, 9081, 'clientip', client)).toMatch(new RegExp(`^${client}:\\d+$`));
  });

  describe('/dial', () => {
    const other = freshAddress(2);
    const dial = async (query: string) => JSON.parse((await ask(`${url}/dial?${query}`)).body) as unknown;
    beforeAll(async () => {
      const env = { HOSTNAME: 'web-2', SLUICE_LOW_PORT_OFFSET: '21000' };
      return await serve(AGNHOST, other, 21_080, { args: ['netexec', '--http-port=80', '--udp-port=81'], env });
    });

    test('asks another pod, from its own address', async () => {
      expect(await dial(`host=${other}&port=21080&request=hostname&tries=2`)).toEqual({
        responses: ['web-2', 'web-2'],
      });
      expect(await dial(`host=${other}&port=21081&request=hostname&protocol=udp`)).toEqual({ responses: ['web-2'] });
      const seen = { responses: [expect.stringMatching(new RegExp(`^${address}:`))] };
      expect(await dial(`host=${other}&port=21080&request=clientip`)).toEqual(seen);
      expect(await dial(`host=${other}&port=21081&request=clientip&protocol=udp`)).toEqual(seen);
    });

    test('finds ports below 1024 where they were moved', async () => {
      // The one at `other` knows the offset.
      const query = `host=${other}&port=80&request=serverport`;
      expect(JSON.parse((await ask(`http://${other}:21080/dial?${query}`)).body)).toEqual({ responses: ['80'] });
      const udp = `host=${other}&port=81&request=serverport&protocol=udp`;
      expect(JSON.parse((await ask(`http://${other}:21080/dial?${udp}`)).body)).toEqual({ responses: ['81'] });
    });

    test('tells errors', async () => {
      const silent = freshAddress(2);
      expect(await dial(`host=${silent}&port=9080&request=hostname`)).toEqual({
        errors: [`Get "http://${silent}:9080/hostname": connect: connection refused`],
      });
      expect(await dial(`host=${silent}&port=9081&request=hostname&protocol=udp`)).toEqual({
        errors: ["reading from udp connection failed. err:'connect: connection refused'"],
      });
    });
  });

  test('ends with the code that /exit asks for, after its answer where it has time', async () => {
    const end = async (query: string) => {
      const place = freshAddress(2);
      const running = agnhost(['netexec', '--http-port=9080'], place);
      await listening(place, 9080, running);
      const answer = await ask(`http://${place}:9080${query}`).catch(() => 'cut');
      return [await running.exit, typeof answer === 'string' ? answer : answer.status];
    };
    const ends = await Promise.all(['/exit?code=3', '/exit?code=4&timeout=5s&wait=10ms', '/shutdown'].map(end));
    expect(ends).toEqual([
      [3, 'cut'],
      [4, 200],
      [0, 'cut'],
    ]);
  });

  test('answers one thing always with --http-override, and is not healthy without UDP, as the original', async () => {
    const [one, two] = [freshAddress(2), freshAddress(2)];
    const fixed = agnhost(['netexec', '--http-port=9080', '--http-override=/echo?msg=fixed&code=201'], one);
    const tcpOnly = agnhost(['netexec', '--http-port=9080', '--udp-port=-1'], two);
    await Promise.all([listening(one, 9080, fixed), listening(two, 9080, tcpOnly)]);
    expect(await ask(`http://${one}:9080/hostname`, { method: 'PUT' })).toMatchObject({ status: 201, body: 'fixed' });
    expect((await ask(`http://${two}:9080/healthz`)).status).toBe(412);
  });
});

describe('serve-hostname', () => {
  test('over HTTP on 9376; --close closes each connection', async () => {
    const address = freshAddress(2);
    const running = startForTest('registry.k8s.io/serve_hostname:v1.4', { address, args: ['--close'] });
    await listening(address, 9376, running);
    const answer = await ask(`http://${address}:9376/x`, { agent: new Agent({ keepAlive: true }) });
    expect([answer.body, answer.headers.connection]).toEqual(['web-1', 'close']);
    await printed(running, /HTTP request from 127\.0\.0\.1:\d+\n/);
  });

  test('over plain TCP and UDP', async () => {
    const address = freshAddress(2);
    const running = agnhost(['serve-hostname', '--http=false', '--tcp', '--udp', '--port=9377'], address);
    await listening(address, 9377, running);
    expect(await readTcp(address, 9377)).toBe('web-1');
    expect(await askUdp(address, 9377, 'x')).toBe('web-1');
  });
});

test('everywhere, in both families, with IPv4 clients shown as such, also over UDP', async () => {
  const port = await freePort();
  const running = startForTest(AGNHOST, { args: ['netexec', `--http-port=${port}`, `--udp-port=${port}`] });
  await listening('127.0.0.1', port, running);
  expect(await askUdp('127.0.0.1', port, 'clientip')).toMatch(/^127\.0\.0\.1:\d+$/);
  if (HAS_IPV6) expect(await askUdp('::1', port, 'clientip')).toMatch(/^\[::1\]:\d+$/);
});

describe('porter', () => {
  test('serves what its variables say', async () => {
    const address = freshAddress(2);
    const env = {
      SERVE_PORT_9080: 'one',
      SERVE_TCP_PORT_9083: 'two',
      SERVE_UDP_PORT_9081: 'udp',
      SERVE_PORT_80_TCP: 'tcp://x',
    };
    const running = agnhost(['porter'], address, env);
    await Promise.all([listening(address, 9080, running), listening(address, 9083, running)]);
    await printed(running, 'Started UDP server on port 9081');
    await printed(running, 'SERVE_PORT_80_TCP: "80_TCP" is no port');
    expect((await ask(`http://${address}:9080/x`)).body).toBe('one');
    expect((await ask(`http://${address}:9083`)).body).toBe('two');
    expect(await askUdp(address, 9081, '')).toBe('udp');
  });
});

describe('connect', () => {
  const address = freshAddress(2);
  beforeAll(async () => {
    return await serve(AGNHOST, address, 9080, { args: ['netexec', '--http-port=9080', '--udp-port=9081'] });
  });

  test.each<[string[], number, RegExp]>([
    [[`${address}:9080`], 0, /^$/],
    [['--protocol=udp', `${address}:9081`], 0, /^$/],
    [[`${address}:9099`], 1, /^REFUSED\n$/],
    [['--protocol', 'udp', `${address}:9099`], 1, /^REFUSED: .*\n$/],
    // Nobody answers that word.
    [['--protocol=udp', '--udp-data=what', '--timeout=100ms', `${address}:9081`], 1, /^TIMEOUT: i\/o timeout\n$/],
    [['name.invalid:80'], 1, /^DNS: .*name\.invalid.*\n$/],
    [['nowhere'], 1, /^UNKNOWN: address nowhere: write HOST:PORT\n$/],
    [['255.255.255.255:80'], 1, /^OTHER: .*\n$/],
    [[], 1, /^agnhost: connect takes one HOST:PORT, not 0\n$/],
    [['--protocol=sctp', 'a:1'], 1, /^agnhost: --protocol: "sctp" is not tcp or udp\n$/],
    [['--timeout=5', 'a:1'], 1, /^agnhost: --timeout: "5" is no duration such as 5s\n$/],
  ])('%j ends with %i', async (args, code, errors) => {
    const result = await run('connect', ...args);
    expect(result.errors).toMatch(errors);
    expect(result.code).toBe(code);
  });
});

describe('what is not there', () => {
  test.each([
    [['fakegitserver'], /^agnhost: "fakegitserver" is not part of the built-in agnhost, which has netexec, /],
    [['porter', '--x'], /^agnhost: unknown flag: --x\n$/],
    [['netexec', '--sctp-port=1'], /^agnhost: --sctp-port: SCTP is not part of the built-in agnhost; leave it out\n$/],
    [['netexec', '--http-port=x'], /^agnhost: invalid value "x" for flag http-port: give a whole number\n$/],
    [['serve-hostname', '--tcp'], /^agnhost: can't serve HTTP and TCP or UDP at the same time; add --http=false\n$/],
  ])('%j is refused in one line', async (args, errors) => {
    const result = await run(...args);
    expect(result.errors).toMatch(errors);
    expect(result.code).not.toBe(0);
  });

  test('help says what is', async () => {
    expect((await run('--help')).output).toContain('  serve-hostname\n');
  });
});

describe('pause', () => {
  test('is what agnhost does by itself, with the codes of the original', async () => {
    const running = startForTest(AGNHOST);
    await printed(running, 'Signals registered');
    running.child.kill('SIGTERM');
    expect(await running.exit).toBe(2);
    expect(running.output()).toBe('Paused\nSignals registered\nexiting because of signal "terminated"\n');
  });

  test.each([false, true])('as an image of its own says nothing and ends with 0 (whole group: %s)', async (group) => {
    const running = startForTest('registry.k8s.io/pause:3.10', { group });
    const { pid = 0 } = running.child;
    // Its signal handler is there once its child is.
    await waitFor(() => spawnSync('pgrep', ['-P', String(pid)]).status === 0, { what: 'its child' });
    process.kill(group ? -pid : pid, 'SIGTERM');
    expect(await running.exit).toBe(0);
    expect(running.output() + running.errors()).toBe('');
  });
});
