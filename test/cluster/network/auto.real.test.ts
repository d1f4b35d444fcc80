/** Which mode is chosen on which machine, and what is said about it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { describeWith } from '../../support/requirements.ts';
import { type Host, startHost } from './start-host.ts';
import { after, ORDINARY_USER, OWN_LOOPBACK } from './users.ts';

/** As a machine where nobody may make a user namespace: the limit counts for namespaces below. */
const NO_USER_NAMESPACES = [
  'unshare',
  '--user',
  '--map-root-user',
  '--net',
  'sh',
  '-ec',
  'ip link set lo up; echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"',
  'sh',
];
const NO_CAPABILITIES = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];

describeWith(['netns'], 'the choice of a mode', () => {
  const hosts: Host[] = [];
  const dir = mkdtempSync(join(tmpdir(), 'sluice-auto-'));
  chmodSync(dir, 0o755);
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.discard();
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const start = async (prefix: readonly string[], mode: 'auto' | 'kernel' | 'loopback' = 'auto', path?: string) => {
    const host = await startHost({
      prefix: [...OWN_LOOPBACK, ...prefix],
      env: path === undefined ? {} : { PATH: path },
    });
    hosts.push(host);
    return { host, ...(await host.start(mode)) };
  };
  /** A machine without a program. */
  const without = (...programs: string[]) =>
    after(programs.map((name) => `mount --bind /dev/null "$(command -v ${name})"`).join('\n'));
  /** A host that answers for a pod's being there. */
  const podOf = async (host: Host) => {
    await host.startNode('node-1', 1);
    await host.addPod('node-1', 'pod');
    const pid = await host.run('pod', 'program', { argv: ['sleep', '100'], env: {} });
    process.kill(pid, 'SIGTERM');
    return host.waitUnread('program');
  };
  const SERVES = { code: 143, signal: 'SIGTERM' };

  const kernel: [string, string[], string][] = [
    ['as root', [], 'kernel'],
    ['as an ordinary user', ORDINARY_USER, 'kernel, rootless'],
    ['as root without the capability for namespaces', ['setpriv', '--bounding-set=-sys_admin'], 'kernel, rootless'],
    ['with a read-only /sys, as root', after('mount -o remount,bind,ro /sys'), 'kernel'],
    ['with a read-only /sys', [...after('mount -o remount,bind,ro /sys'), ...ORDINARY_USER], 'kernel, rootless'],
    [
      'with a part of /proc hidden, as in a container',
      [...after('mount -t tmpfs -o ro none /proc/irq'), ...ORDINARY_USER],
      'kernel, rootless',
    ],
  ];
  test.each(kernel)('%s: kernel mode', async (_, prefix, description) => {
    const started = await start(prefix);
    expect(started).toMatchObject({ mode: 'kernel', description, families: ['IPv4', 'IPv6'], lowPortOffset: 0 });
    expect(await podOf(started.host)).toEqual(SERVES);
  });

  test('a user whose PATH lacks /usr/sbin', async () => {
    expect((await start(ORDINARY_USER, 'auto', '/usr/bin:/bin')).description).toBe('kernel, rootless');
  });

  const loopback: [string, string[], string | RegExp][] = [
    ['without nft', without('nft'), 'loopback (no nft on PATH)'],
    ['without ip', without('ip'), 'loopback (no ip on PATH)'],
    // Which is what starts a program without itself, so two at once.
    ['without unshare and nsenter', without('nsenter', 'unshare'), 'loopback (no unshare, nsenter on PATH)'],
    [
      // Linux gives away no part of root's identity then, not even into a namespace.
      'as root without any capability',
      NO_CAPABILITIES,
      'loopback (no user namespaces: unshare: write failed /proc/self/uid_map: Operation not permitted)',
    ],
    [
      'without user namespaces',
      [...NO_USER_NAMESPACES, ...NO_CAPABILITIES],
      /^loopback \(no user namespaces: unshare: .+\)$/,
    ],
  ];
  test.each(loopback)('%s: loopback mode', async (_, prefix, description) => {
    const started = await start(prefix);
    expect(started).toMatchObject({ mode: 'loopback', families: ['IPv4'] });
    expect(started.description).toMatch(description);
    expect(started.description).not.toContain('\n');
    expect(await podOf(started.host)).toEqual(SERVES);
  });

  test('a kernel that knows no nftables: loopback mode', async () => {
    const path = tool('nft', 'echo "netlink: Error: cache initialization failed: Protocol not supported" >&2; exit 1');
    expect((await start([], 'auto', path)).description).toBe(
      'loopback (no nft in namespaces: netlink: Error: cache initialization failed: Protocol not supported)',
    );
  });

  test('a kernel without IPv6: kernel mode with IPv4 only', async () => {
    const path = tool(
      'ip',
      'case "$*" in *fd00:*) echo "RTNETLINK answers: Not supported" >&2; exit 2;; esac\nexec /sbin/ip "$@"',
    );
    const started = await start([], 'auto', path);
    expect(started).toMatchObject({
      mode: 'kernel',
      families: ['IPv4'],
      description: 'kernel, IPv4 only (no IPv6: RTNETLINK answers: Not supported)',
    });
    expect(await started.host.startNode('node-1', 1)).toEqual(['10.0.1.1']);
    expect(await started.host.addPod('node-1', 'pod')).toEqual(['10.244.1.2']);
  });

  test('kernel mode asked for where it can not be: why, and what would help', async () => {
    await expect(start(without('nft', 'ip'), 'kernel')).rejects.toThrow(
      '--network kernel: not here: no ip, nft on PATH: install it (Debian: apt-get install iproute2 nftables)',
    );
    await expect(start([...NO_USER_NAMESPACES, ...NO_CAPABILITIES], 'kernel')).rejects.toThrow(
      /^--network kernel: not here: no user namespaces: unshare: .*: run as root, or allow them to users .*, or use --network loopback$/,
    );
  });

  test('two in kernel mode do not meet', async () => {
    const [one, other] = await Promise.all([start([]), start(ORDINARY_USER)]);
    for (const { host } of [one, other]) expect(await podOf(host)).toEqual(SERVES);
  });

  test('loopback mode: ports below 1024 as the user may, one cluster at a time', async () => {
    expect(await start([], 'loopback')).toMatchObject({ description: 'loopback', lowPortOffset: 0 });
    expect(await start(ORDINARY_USER, 'loopback')).toMatchObject({ description: 'loopback', lowPortOffset: 10_000 });
    // In one namespace: the second is told who has the addresses.
    const code = `
      const { lockAddresses } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/cluster/network/loopback.ts'))});
      await lockAddresses(undefined);
      for (const noKernel of [undefined, 'no nft on PATH']) {
        await lockAddresses(noKernel).catch(({ name, message }) => console.log(name + ': ' + message.replace(process.pid, 'PID')));
      }
      process.exit();`;
    const { host } = await start([], 'kernel');
    await host.startNode('node-1', 1);
    await host.run('node-1', 'locks', { argv: [process.execPath, '--input-type=module', '-e', code], env: {} });
    expect(await host.wait('locks')).toEqual({
      stdout:
        'ConfigError: --network loopback: another cluster has its addresses (process PID): end that one, or use --network kernel\n' +
        "ConfigError: --network loopback: another cluster has its addresses (process PID): end that one (kernel mode can't be had: no nft on PATH)\n",
      stderr: '',
      exit: { code: 0 },
    });
  });

  /** PATH with a program that a test has written before others of its name. */
  function tool(name: string, script: string): string {
    const bin = mkdtempSync(join(dir, 'bin-'));
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return [bin, process.env['PATH']].join(delimiter);
  }
});
