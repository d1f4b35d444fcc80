/** Both modes, whoever runs them: what a place can reach, and what becomes of places and programs. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SERVICE_CIDRS } from '../../../src/cluster/network/addresses.ts';
import { waitFor } from '../../support/wait.ts';
import type { NetworkFacts } from './host-protocol.ts';
import { processes } from './machine.ts';
import type { Dial, Seen } from './peer.ts';
import { PEER, type Host, startHost } from './start-host.ts';
import { describeNetworks } from './setups.ts';

/** How long nobody must answer. */
const SILENCE_MS = 300;

describeNetworks(({ mode, prefix, rootless }) => {
  let host: Host;
  let facts: NetworkFacts;
  /** Place → addresses. */
  const addresses: Record<string, string[]> = {};
  let port: number;

  beforeAll(async () => {
    host = await startHost({ prefix });
    facts = await host.start(mode);
    port = 80 + facts.lowPortOffset;
    addresses['node-1'] = await host.startNode('node-1', 1);
    addresses['node-2'] = await host.startNode('node-2', 2);
    await Promise.all(
      ['a1', 'a2', 'b1', 'b2'].map(async (pod) => {
        addresses[pod] = await host.addPod(pod.startsWith('a') ? 'node-1' : 'node-2', pod);
      }),
    );
    await Promise.all(Object.keys(addresses).map((place) => startPeer(place)));
  });
  afterAll(() => host?.discard());

  const startPeer = async (place: string) => {
    const argv = [process.execPath, PEER, place, String(port), ...(addresses[place] ?? [])] as const;
    await host.run(place, place, { argv, env: {}, stdin: true });
    expect(await host.ask(place, '')).toBe('ready');
  };
  /** Everything from one place to others: over both protocols and in every family. */
  const sendAll = async (from: string, to: readonly string[], withinMs = 5000) => {
    const dials = to.flatMap((place) =>
      (addresses[place] ?? []).flatMap((address, family) =>
        (['tcp', 'udp'] as const).map((protocol): Dial & { place: string } => ({
          place,
          protocol,
          host: address,
          port,
          withinMs,
          // Addresses of the machine's loopback interface are the sender's choice.
          ...(mode === 'loopback' ? { from: addresses[from]?.[family] as string } : {}),
        })),
      ),
    );
    const answers = JSON.parse(await host.ask(from, JSON.stringify(dials))) as Seen[];
    return dials.map((dial, index) => ({ ...dial, from, seen: answers[index] }));
  };

  test('says what it is', () => {
    expect(facts).toMatchObject({
      mode,
      families: mode === 'kernel' ? ['IPv4', 'IPv6'] : ['IPv4'],
      description: rootless && mode === 'kernel' ? 'kernel, rootless' : mode,
      apiServer: { host: mode === 'kernel' ? '10.0.0.1' : '127.0.0.1' },
    });
    expect(addresses).toEqual(
      mode === 'kernel'
        ? {
            'node-1': ['10.0.1.1', 'fd00:10:0:1::1'],
            'node-2': ['10.0.1.2', 'fd00:10:0:1::2'],
            a1: ['10.244.1.2', 'fd00:10:244:1::2'],
            a2: ['10.244.1.3', 'fd00:10:244:1::3'],
            b1: ['10.244.2.2', 'fd00:10:244:2::2'],
            b2: ['10.244.2.3', 'fd00:10:244:2::3'],
          }
        : {
            'node-1': ['127.64.0.1'],
            'node-2': ['127.64.0.2'],
            a1: ['127.65.1.2'],
            a2: ['127.65.1.3'],
            b1: ['127.65.2.2'],
            b2: ['127.65.2.3'],
          },
    );
  });

  test('every node and pod reaches every other and itself, and is seen with its own address', async () => {
    const places = Object.keys(addresses);
    const all = (await Promise.all(places.map((from) => sendAll(from, places)))).flat();
    expect(all).toHaveLength(places.length ** 2 * 2 * facts.families.length);
    const wrong = all.filter(({ from, place, host: address, protocol, seen }) => {
      const family = addresses[place]?.indexOf(address) ?? -1;
      const bytes = protocol === 'tcp' ? 200_000 : 9000;
      return JSON.stringify(seen) !== JSON.stringify({ by: place, from: addresses[from]?.[family], bytes });
    });
    expect(wrong).toEqual([]);
  });

  test('a program inside reaches the API server', async () => {
    const { host: api, port: at } = facts.apiServer;
    const code = `require('net').connect(${at}, '${api}').pipe(process.stdout)`;
    for (const place of ['a1', 'node-2']) {
      await host.run(place, 'client', { argv: [process.execPath, '-e', code], env: {} });
      expect(await host.wait('client')).toEqual({ stdout: 'api\n', stderr: '', exit: { code: 0 } });
    }
    expect(await host.connections()).toEqual(mode === 'kernel' ? ['10.244.1.2', '10.0.1.2'] : []);
  });

  if (mode === 'kernel')
    test('a node has a way to every ClusterIP, a pod too; there is nobody behind it', async () => {
      const clusterIps = SERVICE_CIDRS.kernel.map((cidr) => cidr.replace(/(0)?\/\d+$/, '$1').replace(/0$/, '10'));
      for (const place of ['node-1', 'b1']) {
        for (const address of clusterIps) {
          await host.run(place, 'route', { argv: ['ip', 'route', 'get', address], env: {} });
          expect((await host.wait('route')).stdout).toContain('dev eth0');
        }
      }
    });

  test('an address given back answers no more, and is not the next one given out', async () => {
    addresses['old'] = await host.addPod('node-1', 'old');
    await startPeer('old');
    expect((await sendAll('b1', ['old'])).map(({ seen }) => seen)).not.toContainEqual({ error: expect.anything() });
    await host.closePlace('old');
    expect(await host.waitUnread('old')).toEqual({ code: 137, signal: 'SIGKILL' });
    addresses['new'] = await host.addPod('node-1', 'new');
    expect(addresses['new']).not.toEqual(addresses['old']);
    await startPeer('new');
    expect((await sendAll('b1', ['new'])).map(({ seen }) => seen)).not.toContainEqual({ error: expect.anything() });
    for (const { protocol, host: address, seen } of await sendAll('b1', ['old'], SILENCE_MS)) {
      expect(seen).toEqual({ error: expect.anything() });
      // Its node says at once that it is not there (Linux heeds that at once over IPv4 only), and no packet goes in circles.
      if (protocol === 'tcp' && !address.includes(':'))
        expect(seen).toMatchObject({ error: expect.stringMatching(/REFUSED|UNREACH/) });
    }
    await expect(host.run('old', 'late', { argv: ['true'], env: {} })).rejects.toThrow(
      'pod old is gone: nothing runs there any more',
    );
    await host.closePlace('old');
  });

  test('a node that is gone takes its pods with it and nothing else; it can come back', async () => {
    const before = await host.addPod('node-1', 'sleeper');
    await host.closePlace('node-2');
    for (const place of ['node-2', 'b1', 'b2']) {
      expect(await host.waitUnread(place)).toEqual({ code: 137, signal: 'SIGKILL' });
    }
    for (const { place, seen } of await sendAll('a1', ['node-1', 'a2'])) expect(seen).toMatchObject({ by: place });
    for (const { seen } of await sendAll('a1', ['node-2', 'b1', 'b2'], SILENCE_MS)) {
      expect(seen).toEqual({ error: expect.anything() });
    }
    await expect(host.addPod('node-2', 'b3')).rejects.toThrow('node node-2 is gone');
    expect(before).toHaveLength(facts.families.length);

    expect(await host.startNode('node-2', 2)).toEqual(addresses['node-2']);
    expect(await host.addPod('node-2', 'b1')).toEqual(addresses['b1']);
    await Promise.all([startPeer('node-2'), startPeer('b1')]);
    for (const { place, seen } of await sendAll('a1', ['node-2', 'b1'])) expect(seen).toMatchObject({ by: place });
  });

  test('two nodes with one index are refused', async () => {
    await expect(host.startNode('node-3', 1)).rejects.toThrow("node node-3: index 1 is another node's");
  });

  describe('programs', () => {
    const run = async (script: string, more: object = {}) => {
      await host.run('a1', 'program', { argv: ['sh', '-c', script], env: {}, ...more });
      return host.wait('program');
    };

    test('exit codes and signals', async () => {
      expect(await run('exit 7')).toEqual({ stdout: '', stderr: '', exit: { code: 7 } });
      expect(await run('kill -TERM $$')).toMatchObject({ exit: { code: 143, signal: 'SIGTERM' } });
      await host.run('a1', 'sleep', { argv: ['sleep', '100'], env: {} });
      await host.kill('sleep', 'SIGINT');
      expect((await host.wait('sleep')).exit).toEqual({ code: 130, signal: 'SIGINT' });
      await host.kill('sleep', 'SIGINT');
    });

    test('its id is the one that the machine knows it by', async () => {
      const pid = await host.run('a1', 'sleep', { argv: ['sleep', '100'], env: {} });
      process.kill(pid, 'SIGKILL');
      expect((await host.wait('sleep')).exit).toEqual({ code: 137, signal: 'SIGKILL' });
    });

    test('what it puts out is all there at its end, on both streams, read or not', async () => {
      const { stdout, stderr, exit } = await run('head -c 3000000 /dev/zero; head -c 2000000 /dev/zero >&2; exit 3');
      expect([stdout.length, stderr.length, exit]).toEqual([3_000_000, 2_000_000, { code: 3 }]);
      await host.run('a1', 'unread', { argv: ['sh', '-c', 'head -c 100000 /dev/zero; echo end'], env: {} });
      expect(await host.waitUnread('unread')).toEqual({ code: 0 });
      expect((await host.wait('unread')).stdout).toMatch(/end\n$/);
    });

    test('a reader that is slow slows it down', async () => {
      // It can't have written all: nobody reads, and what is on its way is little.
      await host.run('a1', 'writer', {
        argv: ['sh', '-c', 'head -c 20000000 /dev/zero; echo written >&2'],
        env: {},
      });
      await host.run('a1', 'bystander', { argv: ['sleep', '0.3'], env: {} });
      await host.wait('bystander');
      await host.kill('writer', 'SIGTERM');
      const { stdout, stderr } = await host.wait('writer');
      expect(stderr).toBe('');
      expect(stdout.length).toBeLessThan(2_000_000);
    });

    test('its input is what is written, or at its end', async () => {
      expect((await run('cat; echo end')).stdout).toBe('end\n');
      await host.run('a1', 'cat', { argv: ['cat'], env: {}, stdin: true });
      await host.write('cat', 'x'.repeat(1_000_000));
      await host.endInput('cat');
      expect((await host.wait('cat')).stdout).toHaveLength(1_000_000);
    });

    test('its environment is what was given and PATH, its directory the one that was asked for', async () => {
      const { stdout } = await run('env; pwd', { env: { POD_IP: '1.2.3.4' }, cwd: '/usr' });
      const names = stdout.split('\n').filter((line) => !/^(SLUICE_PLACE|PWD|SHLVL|_|OLDPWD)=/.test(line));
      expect(names.filter(Boolean).toSorted()).toEqual(['/usr', `PATH=${process.env['PATH']}`, 'POD_IP=1.2.3.4']);
    });

    test('what it leaves behind ends with it', async () => {
      await host.run('a1', 'parent', { argv: ['sh', '-c', 'sleep 100 & echo $!; exec true'], env: {} });
      const started = performance.now();
      expect((await host.wait('parent')).exit).toEqual({ code: 0 });
      expect(performance.now() - started).toBeLessThan(900);
    });

    test('what can not be started is said', async () => {
      const start = (argv: [string], more: object = {}) => host.run('a1', 'none', { argv, env: {}, ...more });
      await expect(start(['no-such-program'])).rejects.toThrow('no-such-program: no such program on PATH (/');
      await expect(start(['/etc/passwd'])).rejects.toThrow('/etc/passwd: no such program, or not executable');
      await expect(start(['true'], { cwd: '/no' })).rejects.toThrow('true: the working directory /no does not exist');
      await expect(start(['true'], { tty: true, env: { PATH: '/bin-less' } })).rejects.toThrow('no such program');
    });

    test('on a terminal it sees one, gets what is typed, and is ended through it', async () => {
      const env = { TERM: 'xterm', SHELL: '/bin/none' };
      const seen = await run(`tty; echo "it's $TERM $SHELL"; exit 5`, { tty: true, env });
      expect(seen).toEqual({
        stdout: expect.stringMatching(/^\/dev\/pts\/\d+\r\nit's xterm \/bin\/none\r\n$/),
        stderr: '',
        exit: { code: 5 },
      });
      await host.run('a1', 'shell', { argv: ['sh'], env: {}, tty: true, stdin: true });
      await host.write('shell', 'echo $((6 * 7))\n');
      let line = '';
      while (!/\b42$/.test(line)) line = await host.ask('shell', '');
      await host.kill('shell', 'SIGKILL');
      expect((await host.waitUnread('shell')).code).toBe(137);
    });

    if (mode === 'kernel')
      test('the host name is its place', async () => {
        const name = `${'x'.repeat(62)}.y`;
        await host.addPod('node-1', name);
        for (const [place, expected] of [
          ['a1', 'a1'],
          ['node-1', 'node-1'],
          [name, 'x'.repeat(62)],
        ] as const) {
          await host.run(place, 'hostname', { argv: ['uname', '-n'], env: {} });
          expect((await host.wait('hostname')).stdout).toBe(`${expected}\n`);
        }
      });

    test('a pod ends with all that runs in it, wherever that has gone', async () => {
      await host.addPod('node-1', 'daemons');
      await host.run('daemons', 'daemon', { argv: ['sh', '-c', 'setsid sleep 107 & echo; exec sleep 107'], env: {} });
      await host.run('daemons', 'other', {
        argv: ['setsid', '-w', 'setsid', '-f', 'sh', '-c', 'setsid sleep 107; true'],
        env: {},
      });
      await host.waitUnread('other');
      const left = () => processes().filter(({ command }) => command.includes('sleep 107'));
      await waitFor(() => left().length === 4, { what: 'the daemons' });
      await host.closePlace('daemons');
      await waitFor(() => left().length === 0, { what: 'their end', timeoutMs: 3000 });
    });
  });
});
