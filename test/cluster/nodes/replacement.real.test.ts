/** What a Service gives out outlives its pods and their nodes: a client asks without a pause while all of them are replaced. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { takeLoopbackTurn } from '../../support/loopback-turn.ts';
import { describeWith, type Requirement } from '../../support/requirements.ts';
import { type MachineCluster, startMachineCluster, untilObject } from '../../tools/machines.ts';

const NS = '/api/v1/namespaces/default';
const APPS = '/apis/apps/v1/namespaces/default';

/** Asks again and again, each time on a new connection, and says how it went. */
const ASKER = `const {get}=require('http');let n=0;
const ask=()=>get(process.env.URL,{agent:false,timeout:5000},a=>{let b='';a.on('data',d=>b+=d);
a.on('end',()=>{console.log('ok '+b.trim());setTimeout(ask,5)})})
.on('timeout',function(){this.destroy(new Error('timeout'))}).on('error',e=>{console.log('failed '+e.message);setTimeout(ask,5)});ask()`;

const deployment = (replicas: number) => ({
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
            args: ['serve-hostname', '--port=9376'],
            readinessProbe: { periodSeconds: 1, tcpSocket: { port: 9376 } },
          },
        ],
      },
    },
  },
});

const client = (name: string, url: string) => ({
  metadata: { name },
  spec: {
    // Not on the nodes that are taken away.
    nodeName: 'node-1',
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'client',
        image: 'busybox',
        command: [process.execPath, '-e', ASKER],
        env: [{ name: 'URL', value: url }],
      },
    ],
  },
});

function replaces(network: 'kernel' | 'loopback', requirements: readonly Requirement[]): void {
  describeWith(requirements, `${network} mode`, () => {
    if (network === 'loopback') takeLoopbackTurn();
    let cluster: MachineCluster;
    beforeAll(async () => {
      cluster = await startMachineCluster({ network, nodes: 3 });
    }, 60_000);
    afterAll(() => cluster?.stop());

    const rolledOut = (replicas: number, generation = 1) =>
      untilObject(
        cluster,
        `${APPS}/deployments/web`,
        `${replicas} pods of generation ${generation}`,
        ({ status, metadata }) => {
          const {
            observedGeneration = 0,
            updatedReplicas = 0,
            availableReplicas = 0,
            replicas: all = 0,
          } = status ?? {};
          return (
            metadata.generation >= generation &&
            observedGeneration >= metadata.generation &&
            updatedReplicas === replicas &&
            availableReplicas === replicas &&
            all === replicas
          );
        },
      );
    const answersOf = async (name: string) => {
      const { body } = await cluster.request('GET', `${NS}/pods/${name}/log`);
      return String(body).trim().split('\n');
    };

    test('a ClusterIP and a NodePort keep answering while pods and nodes are replaced', {
      timeout: 120_000,
    }, async () => {
      const ports = [{ port: 80, targetPort: 9376 }];
      const spec = { type: 'NodePort', selector: { app: 'web' }, ports };
      const { body: service } = await cluster.request('POST', `${NS}/services`, { metadata: { name: 'web' }, spec });
      await cluster.request('POST', `${APPS}/deployments`, deployment(3));
      await rolledOut(3);
      const { body: node } = await cluster.request('GET', '/api/v1/nodes/node-1');
      const nodeIp = node.status.addresses[0].address;
      await cluster.request('POST', `${NS}/pods`, client('by-cluster-ip', `http://${service.spec.clusterIP}`));
      await cluster.request(
        'POST',
        `${NS}/pods`,
        client('by-node-port', `http://${nodeIp}:${service.spec.ports[0].nodePort}`),
      );
      for (const name of ['by-cluster-ip', 'by-node-port']) {
        await untilObject(cluster, `${NS}/pods/${name}`, `${name} to run`, ({ status }) => status?.phase === 'Running');
      }
      const before = await cluster.request('GET', `${NS}/pods?labelSelector=app=web`);
      const old = new Set<string>(before.body.items.map((pod: { metadata: { name: string } }) => pod.metadata.name));

      // Every pod is replaced, by a rolling update.
      await cluster.request('PATCH', `${APPS}/deployments/web`, {
        spec: { template: { metadata: { annotations: { again: 'yes' } } } },
      });
      await rolledOut(3, 2);
      // A node is drained and removed, another one takes its place.
      expect(await cluster.sluice('node', 'drain', 'node-2')).toMatchObject({ code: 0 });
      expect(await cluster.sluice('node', 'remove', 'node-2')).toMatchObject({ code: 0 });
      expect(await cluster.sluice('node', 'add', 'node-4')).toMatchObject({ code: 0 });
      await rolledOut(3, 2);

      for (const name of ['by-cluster-ip', 'by-node-port']) {
        const all = await answersOf(name);
        // The first requests may come before the node's proxy knows of the Service.
        const lines = all.slice(all.findIndex((line) => line.startsWith('ok ')));
        const failed = lines.filter((line) => !line.startsWith('ok web-'));
        // All nodes' proxies serve the ClusterIP; what one of them has not accepted yet when it ends is reset by the kernel.
        const reset = network === 'loopback' ? failed.filter((line) => line.includes('ECONNRESET')).slice(0, 2) : [];
        expect(failed).toEqual(reset);
        const hosts = new Set(lines.map((line) => line.slice(3)));
        expect(
          [...hosts].some((host) => old.has(host)),
          name,
        ).toBe(true);
        expect(
          [...hosts].some((host) => !old.has(host)),
          name,
        ).toBe(true);
        expect(lines.length, name).toBeGreaterThan(100);
      }
    });
  });
}

replaces('loopback', []);
replaces('kernel', ['netns']);
