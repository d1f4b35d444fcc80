/** `sluice cluster` as a user starts it. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { waitFor } from '../support/wait.ts';
import { freePort, type Program, startProgram } from '../tools/processes.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

describe('sluice cluster', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-cluster-'));
  const programs: Program[] = [];
  afterAll(async () => {
    for (const program of programs) if (!program.ended) await program.end('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  const start = async (...flags: string[]) => {
    const program = await startProgram(process.execPath, [MAIN, 'cluster', ...flags], {
      name: 'sluice cluster',
      cwd: dir,
    });
    programs.push(program);
    return program;
  };
  const ready = (program: Program) =>
    waitFor(() => program.tail().includes('ready in'), { what: `the cluster: ${program.tail()}`, timeoutMs: 30_000 });
  const ask = (port: number, headers: Record<string, string>, path = '/api/v1/namespaces') =>
    new Promise<number>((resolve, reject) => {
      const ca = readFileSync(join(dir, 'state/pki/ca.crt'));
      const options = { host: '127.0.0.1', port, path, headers, ca };
      request(options, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  test('says how to use it, on loopback and with a token only, and goes on where it was', async () => {
    const port = await freePort();
    const flags = ['--data-dir', 'state', '--port', String(port), '--nodes', '2'];
    const first = await start(...flags);
    await ready(first);
    expect(first.tail()).toMatch(
      new RegExp(`^Kubernetes API at https://127\\.0\\.0\\.1:${port}, ready in \\d+\\.\\d\\d s`, 'm'),
    );
    expect(first.tail()).toMatch(/^2 nodes, network: (kernel|loopback)\b.* Pods and Services /m);
    expect(first.tail()).toContain('export KUBECONFIG=state/kubeconfig');
    const kubeconfig = join(dir, 'state/kubeconfig');
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
    const { token } = parse(readFileSync(kubeconfig, 'utf8')).users[0].user;
    expect(await ask(port, {})).toBe(401);
    expect(await ask(port, { authorization: 'Bearer wrong' })).toBe(401);
    expect(await ask(port, { authorization: `Bearer ${token}` })).toBe(200);
    expect(await ask(port, { authorization: `Bearer ${token}` }, '/api/v1/nodes/node-2')).toBe(200);
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter((one) => one.address !== '127.0.0.1');
    for (const { address } of others) {
      const refused = await new Promise((resolve) => {
        const socket = connect({ host: address, port }, () => resolve(false)).on('error', () => resolve(true));
        socket.setTimeout(2000, () => resolve(true));
        socket.unref();
      });
      expect([address, refused]).toEqual([address, true]);
    }
    const second = await start(...flags);
    await second.exit;
    expect(second.tail()).toBe(
      `sluice: --data-dir: "state" is in use by another sluice cluster; end that one or give another folder`,
    );
    await first.end('SIGTERM');
    expect(await first.exit).toBe(0);
    const again = await start(...flags);
    await ready(again);
    expect(await ask(port, { authorization: `Bearer ${token}` }, '/api/v1/nodes/node-2')).toBe(200);
    const elsewhere = await start('--data-dir', 'other', '--port', String(port));
    await elsewhere.exit;
    expect(elsewhere.tail()).toBe(`sluice: --port: "${port}" is in use; give another, or 0 for one that is free`);
  });

  test.each([
    [
      ['--service-cidr', '10.96.0.1/16'],
      '--service-cidr: "10.96.0.1/16" holds "10.96.0.1/16"; the range is 10.96.0.0/16',
    ],
    [
      ['--service-cidr', '10.96.0.0/16,10.97.0.0/16'],
      '--service-cidr: "10.96.0.0/16,10.97.0.0/16" has two ranges of one family',
    ],
    [['--node-port-range', '30000'], '--node-port-range: "30000" is not a range of ports such as 30000-32767'],
    [['--node-port-range', '9-1'], '--node-port-range: "9-1" ends before it starts'],
    [['--nodes', '-1'], '--nodes: "-1" is not a whole number from 0 to 250'],
    [['--image', 'app'], `--image: "app" has no =; write NAME=COMMAND, such as redis='redis-server --port 6379'`],
    [['--data-dir', '/dev/null/x'], '--data-dir: "/dev/null/x" can\'t be written (ENOTDIR); give a folder that can'],
    [['--data-dir', '/proc/x'], '--data-dir: "/proc/x" can\'t be written (ENOENT); give a folder that can'],
  ])('%j: one line', async (flags, line) => {
    const program = await start(...flags);
    expect(await program.exit).toBe(2);
    expect(program.tail()).toBe(`sluice: ${line}`);
  });
});
