import { afterAll, beforeAll, expect, test } from 'vitest';
import { goTool } from '../../../scripts/tools.mjs';
import { describeWith } from '../../support/requirements.ts';
import { waitFor } from '../../support/wait.ts';
import type { ControlPlane } from '../../tools/control-plane.ts';
import { startEmbeddedCluster } from '../../tools/embedded-cluster.ts';
import { startProgram } from '../../tools/processes.ts';

const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
};

const pod = (name: string, node: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'web' } },
  spec: {
    nodeName: node,
    containers: [{ name: 'web', image: 'nginx', ports: [{ name: 'http', containerPort: 8080 }] }],
  },
});

/** What a kubelet says of a pod that is up. */
const running = (ip: string) => ({
  status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] },
});

/** Both use client-go's informers and typed clients, which speak protobuf. */
describeWith(['client-go'], "programs of upstream's own on the embedded API server", () => {
  let cluster: ControlPlane;
  const send = async (method: string, path: string, body?: unknown, expected = method === 'POST' ? 201 : 200) => {
    const answer = await cluster.request(method, path, body);
    expect({ path, status: answer.status, body: answer.status === expected ? '' : answer.body }).toEqual({
      path,
      status: expected,
      body: '',
    });
    return answer.body;
  };
  const core = '/api/v1/namespaces/default';
  const slices = async () => {
    const query = 'labelSelector=kubernetes.io%2Fservice-name%3Dweb';
    const { items } = await send('GET', `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?${query}`);
    return items.flatMap((slice: { endpoints: { addresses: string[]; conditions: { ready: boolean } }[] }) =>
      (slice.endpoints ?? []).map((one) => `${one.addresses[0]} ${one.conditions.ready}`),
    );
  };

  beforeAll(async () => {
    cluster = await startEmbeddedCluster({ controllerManager: true });
    for (const name of ['node-1', 'node-2']) {
      await send('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } });
    }
  });
  afterAll(() => cluster?.stop());

  test("kube-controller-manager's endpointslice controller follows Services and pods", async () => {
    const args = [
      `--kubeconfig=${cluster.kubeconfig}`,
      '--controllers=endpointslice-controller',
      '--leader-elect=true',
      '--secure-port=0',
    ];
    const manager = await startProgram(goTool('kube-controller-manager'), args, { name: 'kube-controller-manager' });
    try {
      await send('POST', `${core}/services`, SERVICE);
      await send('POST', `${core}/pods`, pod('web-1', 'node-1'));
      await send('PATCH', `${core}/pods/web-1/status`, running('10.1.0.1'));
      const settled = (expected: string[]) =>
        waitFor(async () => JSON.stringify((await slices()).sort()) === JSON.stringify(expected), {
          what: `slices with ${expected.join(', ')}: ${manager.tail(5)}`,
          timeoutMs: 60_000,
        });
      await settled(['10.1.0.1 true']);
      await send('POST', `${core}/pods`, pod('web-2', 'node-2'));
      await send('PATCH', `${core}/pods/web-2/status`, running('10.1.1.1'));
      await settled(['10.1.0.1 true', '10.1.1.1 true']);
      const { items } = await send('GET', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices');
      const [slice] = items.filter((one: { metadata: { name: string } }) => one.metadata.name.startsWith('web-'));
      expect(slice).toMatchObject({
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        metadata: { ownerReferences: [{ kind: 'Service', name: 'web', controller: true }] },
      });
      await send('DELETE', `${core}/pods/web-1?gracePeriodSeconds=0`);
      await settled(['10.1.1.1 true']);
      // The slice is the Service's: the embedded server's own collector takes it away.
      await send('DELETE', `${core}/services/web`);
      await settled([]);
      expect(manager.ended).toBe(false);
    } finally {
      await manager.end('SIGKILL');
    }
  });
});
