/** What is left of a cluster with nodes when it ends, however it ends: nothing, and its next start goes on where it was. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { takeLoopbackTurn } from '../../support/loopback-turn.ts';
import { describeWith } from '../../support/requirements.ts';
import { waitFor } from '../../support/wait.ts';
import { type MachineCluster, startMachineCluster, untilObject } from '../../tools/machines.ts';

const APPS = '/apis/apps/v1/namespaces/default';
const WEB = {
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [{ name: 'web', image: 'nginx', readinessProbe: { periodSeconds: 1, tcpSocket: { port: 80 } } }],
      },
    },
  },
};

const readOr = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Processes under one, and whatever started them: pid → start time, so that a number that is used again is not taken for it. */
function descendants(root: number): Map<number, string> {
  const parents = new Map<number, { parent: number; started: string }>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    const fields = readOr(`/proc/${name}/stat`)
      .replace(/^.*\) /, '')
      .split(' ');
    if (fields.length > 20) parents.set(Number(name), { parent: Number(fields[1]), started: fields[19] ?? '' });
  }
  const found = new Map<number, string>();
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, { parent, started }] of parents) {
      if (found.has(pid) || !(parent === root || found.has(parent))) continue;
      found.set(pid, started);
      grew = true;
    }
  }
  return found;
}

const alive = (processes: Map<number, string>): number[] =>
  [...processes].flatMap(([pid, started]) => {
    const fields = readOr(`/proc/${pid}/stat`)
      .replace(/^.*\) /, '')
      .split(' ');
    return fields[19] === started && fields[0] !== 'Z' ? [pid] : [];
  });

const machine = () => ({
  interfaces: Object.keys(networkInterfaces()).sort(),
  links: readOr('/proc/net/dev')
    .split('\n')
    .slice(2)
    .map((line) => line.split(':')[0]?.trim()),
  namespaces: existsSync('/run/netns') ? readdirSync('/run/netns') : [],
});

// Processes are looked up in /proc.
const modes = process.platform === 'linux' ? (['loopback', 'kernel'] as const) : [];

for (const network of modes) {
  describeWith(network === 'kernel' ? ['netns'] : [], `a cluster in ${network} mode`, () => {
    if (network === 'loopback') takeLoopbackTurn();
    const dir = mkdtempSync(join(tmpdir(), 'sluice-leftovers-'));
    let cluster: MachineCluster | undefined;
    afterAll(async () => {
      await cluster?.program.end('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    });
    const available = (one: MachineCluster) =>
      untilObject(
        one,
        `${APPS}/deployments/web`,
        'web to be available',
        ({ status }) => status?.availableReplicas === 2,
      );

    test('leaves nothing, killed or asked to end', { timeout: 90_000 }, async () => {
      const before = machine();
      cluster = await startMachineCluster({ network, nodes: 2, dir });
      await cluster.request('POST', `${APPS}/deployments`, WEB);
      await available(cluster);
      const first = descendants(cluster.program.pid);
      // The spawner, a proxy and a prober on each node, two pods.
      expect(first.size).toBeGreaterThanOrEqual(7);
      await cluster.program.end('SIGKILL');
      await waitFor(() => alive(first).length === 0, {
        what: `processes ${alive(first).join(' ')} to end`,
        timeoutMs: 5000,
      });
      expect(machine()).toEqual(before);

      cluster = await startMachineCluster({ network, nodes: 2, dir });
      // What was ready before is not believed: it has to be ready again.
      await untilObject(
        cluster,
        '/api/v1/namespaces/default/pods',
        'both pods to run again',
        ({ items }) =>
          items.length === 2 &&
          items.every(
            // oxlint-disable-next-line typescript/no-explicit-any -- a Pod
            ({ status }: any) => status.containerStatuses[0].restartCount === 1 && status.containerStatuses[0].ready,
          ),
      );
      const second = descendants(cluster.program.pid);
      await cluster.program.end('SIGINT', 20_000);
      expect(await cluster.program.exit).toBe(0);
      expect(alive(second)).toEqual([]);
      expect(machine()).toEqual(before);
    });
  });
}
