import { spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { goTool } from '../../../scripts/tools.mjs';
import { describeWith } from '../../support/requirements.ts';
import { waitFor } from '../../support/wait.ts';
import { startEmbeddedCluster } from '../../tools/embedded-cluster.ts';
import { startProgram } from '../../tools/processes.ts';

const RELAY = join(import.meta.dirname, '../../tools/namespace-relay.mjs');

/** client-go's informers with protobuf, as kube-proxy uses them; its rules tell what it has seen. */
describeWith(['client-go', 'netns'], 'kube-proxy on the embedded API server', () => {
  test('programs a Service and its endpoints, and follows their changes', async () => {
    await using stack = new AsyncDisposableStack();
    const cluster = await startEmbeddedCluster();
    stack.defer(() => cluster.stop());
    // The namespace has no way to this machine's loopback but a Unix socket.
    const port = Number(new URL(cluster.url).port);
    const socket = join(cluster.dir, 'relay.sock');
    const gate = createServer((inside) => {
      const outside = connect(port, '127.0.0.1');
      inside.pipe(outside).pipe(inside);
      inside.on('error', () => outside.destroy());
      outside.on('error', () => inside.destroy());
    });
    await new Promise<void>((resolve) => gate.listen(socket, () => resolve()));
    stack.defer(() => void gate.close());
    const holder = await startProgram('unshare', ['-n', 'sh', '-c', 'ip link set lo up && echo up && exec sleep 600'], {
      name: 'network namespace',
    });
    stack.defer(() => holder.end('SIGKILL'));
    await waitFor(() => holder.tail().includes('up'), { what: 'the namespace', timeoutMs: 10_000 });
    const inside = ['--net', '--target', String(holder.pid)];
    const relay = await startProgram('nsenter', [...inside, process.execPath, RELAY, String(port), socket], {
      name: 'relay',
    });
    stack.defer(() => relay.end('SIGKILL'));
    await waitFor(() => relay.tail().includes('listening'), { what: 'the relay', timeoutMs: 10_000 });

    const core = '/api/v1/namespaces/default';
    expect((await cluster.request('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } })).status).toBe(201);
    const node = { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } };
    expect((await cluster.request('PATCH', '/api/v1/nodes/node-1/status', node)).status).toBe(200);
    const service = {
      metadata: { name: 'web' },
      spec: { clusterIP: '10.96.0.77', ports: [{ name: 'http', port: 80 }] },
    };
    expect((await cluster.request('POST', `${core}/services`, service)).status).toBe(201);
    const slice = {
      metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: [{ addresses: ['10.1.0.5'], conditions: { ready: true } }],
    };
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    expect((await cluster.request('POST', slices, slice)).status).toBe(201);

    const args = [
      `--kubeconfig=${cluster.kubeconfig}`,
      '--hostname-override=node-1',
      '--proxy-mode=nftables',
      '--cluster-cidr=10.1.0.0/16',
      '--bind-address=0.0.0.0',
      '--conntrack-max-per-core=0',
      '--conntrack-tcp-timeout-established=0s',
      '--conntrack-tcp-timeout-close-wait=0s',
    ];
    const proxy = await startProgram('nsenter', [...inside, goTool('kube-proxy'), ...args], { name: 'kube-proxy' });
    stack.defer(() => proxy.end('SIGKILL'));
    const rules = () =>
      spawnSync('nsenter', [...inside, 'nft', 'list', 'table', 'ip', 'kube-proxy'], { encoding: 'utf8' }).stdout;
    const until = (what: string, done: (text: string) => boolean) =>
      waitFor(() => done(rules()), { what, timeoutMs: 60_000, intervalMs: 200 }).catch((error: unknown) => {
        throw new Error(`${proxy.tail(20)}\n${rules()}`, { cause: error });
      });
    await until(
      'rules of the Service',
      (text) => /10\.96\.0\.77 \. tcp \. 80/.test(text) && text.includes('dnat to 10.1.0.5:8080'),
    );
    const moved = { endpoints: [{ addresses: ['10.1.0.6'], conditions: { ready: true } }] };
    expect((await cluster.request('PATCH', `${slices}/web-1`, moved)).status).toBe(200);
    await until(
      'the new endpoint',
      (text) => text.includes('dnat to 10.1.0.6:8080') && !text.includes('10.1.0.5:8080'),
    );
    expect((await cluster.request('DELETE', `${core}/services/web`)).status).toBe(200);
    await until('the Service to go', (text) => text.length > 0 && !text.includes('10.96.0.77'));
  });
});
