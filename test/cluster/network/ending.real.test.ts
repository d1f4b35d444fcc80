/** What is left of a network that was closed, or whose processes were killed: nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../support/wait.ts';
import { descendants, machineState, namespacesOf, processes } from './machine.ts';
import { describeNetworks } from './setups.ts';
import { type Host, startHost } from './start-host.ts';

/** Nothing runs a second after whatever happened; a busy machine gets a little more to notice. */
const GONE_MS = 3000;

/** In a session of its own. */
const DAEMON = 'sleep 1009';
const isDaemon = ({ command }: { command: string }): boolean => command === DAEMON;

describeNetworks(({ mode, prefix }) => {
  let host: Host;
  let before: Record<string, string>;
  /** What the network's programs and helpers are, by then. */
  let started: number[];
  let spawner: number;
  /** The network namespaces that they are in and their host isn't. */
  let namespaces: string[];

  beforeEach(async () => {
    before = machineState();
    ({ host, started, spawner } = await populated());
    const own = namespacesOf([host.pid]);
    namespaces = namespacesOf(started).filter((name) => !own.includes(name));
  });
  afterEach(async () => {
    await host.discard();
  });

  /** A network with a node, two pods and programs of all kinds. */
  const populated = async () => {
    const one = await startHost({ prefix });
    await one.start(mode);
    await one.startNode('node-1', 1);
    await one.addPod('node-1', 'a1');
    await one.addPod('node-1', 'a2');
    const stubborn = "trap '' TERM HUP INT; echo ready; sleep 1000 & sleep 1000";
    const wait = async (name: string, place: string, more: object = {}) => {
      await one.run(place, name, { argv: ['sh', '-c', stubborn], env: {}, stdin: true, ...more });
      expect(await one.ask(name, '')).toMatch(/^ready/);
    };
    await wait('in-node', 'node-1');
    await wait('in-pod', 'a1');
    await wait('on-terminal', 'a2', { tty: true });
    const server = `require('net').createServer().listen(8000, process.argv[1], () => console.log('ready'))`;
    const [address = ''] = await one.addPod('node-1', 'a3');
    await one.run('a3', 'server', { argv: [process.execPath, '-e', server, address], env: {} });
    expect(await one.ask('server', '')).toBe('ready');
    await one.run('a1', 'daemon', { argv: ['sh', '-c', `setsid ${DAEMON} & exec sleep 1000`], env: {} });
    await waitFor(() => processes().some(isDaemon), { what: 'the daemon' });
    const all = descendants(one.pid);
    const found = all.find(({ command }) => /^\S*node .*spawner\.ts/.test(command));
    return { host: one, started: all.map(({ pid }) => pid), spawner: found?.pid ?? 0 };
  };

  const expectNothingLeft = async () => {
    await waitFor(
      () => {
        const left = processes().filter(
          (one) =>
            started.includes(one.pid) ||
            isDaemon(one) ||
            namespacesOf([one.pid]).some((name) => namespaces.includes(name)),
        );
        if (left.length > 0) throw new Error(JSON.stringify(left));
        return true;
      },
      { what: 'the end of all processes', timeoutMs: GONE_MS },
    );
    expect(machineState()).toEqual(before);
  };
  const files = () => readdirSync(host.stateDir, { recursive: true });

  test('closed, nothing is left', async () => {
    expect(started.length).toBeGreaterThan(9);
    expect(namespaces).toHaveLength(mode === 'kernel' ? 5 : 0);
    await host.close();
    await expectNothingLeft();
    expect(files()).toEqual([]);
    expect(await host.warnings()).toEqual([]);
    await expect(host.run('a1', 'late', { argv: ['true'], env: {} })).rejects.toThrow('the network is closed');
    await host.close();
  });

  test('the process that has it killed, nothing is left', async () => {
    await host.kill9();
    await expectNothingLeft();
    // A folder to mount on is no harm, and the next start's.
    expect(files()).toEqual(mode === 'kernel' ? ['namespaces'] : []);
  });

  test('the process that runs the programs killed, nothing is left and everyone is told', async () => {
    process.kill(spawner, 'SIGKILL');
    for (const name of ['in-node', 'in-pod', 'on-terminal', 'server']) {
      expect(await host.waitUnread(name)).toEqual({ code: 137, signal: 'SIGKILL' });
    }
    await expectNothingLeft();
    expect(await host.warnings()).toEqual([expect.stringContaining('was lost, and they with it')]);
    await expect(host.run('a1', 'late', { argv: ['true'], env: {} })).rejects.toThrow('the network is closed');
    await host.close();
    expect(files()).toEqual([]);
  });

  test('both killed at once, nothing is left when the next one has started', async () => {
    const { stateDir } = host;
    process.kill(spawner, 'SIGKILL');
    await host.kill9();
    if (mode === 'loopback') {
      const entries: unknown = JSON.parse(readFileSync(join(stateDir, 'programs.json'), 'utf8'));
      // The one on a terminal is two.
      expect(entries).toHaveLength(6);
    } else {
      await expectNothingLeft();
    }
    const next = await startHost({ prefix, stateDir });
    try {
      await next.start(mode);
      // In kernel mode that was so before; its namespaces may have the numbers of the earlier ones.
      if (mode === 'loopback') await expectNothingLeft();
    } finally {
      await next.close();
      await next.kill9();
    }
  });
});
