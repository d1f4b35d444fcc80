import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { describeWith } from '../support/requirements.ts';

const run = promisify(execFile);
const INSIDE = join(import.meta.dirname, 'fixtures', 'inside.ts');

describeWith(['netns'], "sluice proxy against the embedded API server, in a node's network namespace", () => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-proxy-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test("Services' addresses carry traffic as their policies say, with the API server away too", async () => {
    const script = 'ip link set lo up && exec "$0" "$@"';
    const { stdout } = await run('unshare', ['-n', 'sh', '-c', script, process.execPath, INSIDE, dir], {
      timeout: 85_000,
    });
    const { steps, log } = JSON.parse(stdout) as {
      steps: Record<string, unknown>;
      log: string[];
    };
    const both = '10.244.1.1 10.244.2.1';
    expect(steps).toEqual({
      ClusterIP: both,
      'ClusterIP, IPv6': 'fd00:244::1',
      'unknown port of a ClusterIP': 'ECONNREFUSED',
      'NodePort from outside, Local': '10.244.1.1',
      'NodePort from a pod': both,
      'NodePort at another address': 'ECONNREFUSED',
      'external IP from outside, Local': '10.244.1.1',
      UDP: 'POD:hello from 10.96.0.80:53',
      'UDP NodePort, Local': '10.244.1.1:hello from 10.0.0.10:30053',
      'health check port': {
        status: 200,
        body: '{\n\t"service": {\n\t\t"namespace": "default",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": 1,\n\t"serviceProxyHealthy": true\n}',
      },
      '/healthz': '{"lastUpdated":"TIME","currentTime":"TIME","nodeEligible":true,"healthy":true}',
      '/livez': '{"lastUpdated":"TIME","currentTime":"TIME","healthy":true}',
      // Of the Service: two addresses and two of the node and outside, each TCP and UDP, without UDP over IPv6's missing NodePort.
      frontends: '9',
      'after the local endpoint went: ClusterIP': '10.244.2.1',
      'after the local endpoint went: NodePort from outside': 'ECONNRESET',
      'after the local endpoint went: NodePort from a pod': '10.244.2.1',
      'without an API server': '10.244.2.1',
      'exit code': 0,
    });
    const words = log.map((line) => JSON.parse(line) as Record<string, string>);
    expect(words.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('a user who may not bind ports below 1024 has them at an offset, which is said once', async () => {
    const fixture = join(import.meta.dirname, 'fixtures', 'low-ports.ts');
    const script = 'ip link set lo up && exec "$0" "$@"';
    const { stdout } = await run('unshare', ['-n', 'sh', '-c', script, process.execPath, fixture]);
    expect(JSON.parse(stdout)).toEqual({
      tcp: ['127.0.9.1', '127.0.9.1'],
      udp: '127.0.9.1:hello',
      without: ['EACCES'],
      log: [
        "info ports below 1024 may not be bound by this user: Services' are served at port + 10000, as 80 at 10080",
      ],
    });
  });

  test("in the machine's own namespace no route is touched", async () => {
    const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
    const words = ['proxy', '--node-name=n', '--claim-addresses', '--health-address=0', '--metrics-address=0'];
    await expect(run(process.execPath, [main, ...words])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("sluice: --claim-addresses: this process is in the machine's own network"),
    });
  });
});
