import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { goTool } from '../../../scripts/tools.mjs';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { type Program, startProgram } from '../../tools/processes.ts';
import { kubectlFor } from '../clients/kubectl.ts';
import { startOurs } from '../server/table.ts';
import { playKubelets, type PlayedKubelets } from './play-kubelets.ts';
import { DAEMON_SET, DEPLOYMENT, play } from './scenes.ts';

const NODES = ['node-a', 'node-b', 'node-c'];

describeWith(['kubectl'], 'kubectl rolls out on the embedded cluster', () => {
  let cluster: Cluster;
  let kubelets: PlayedKubelets;
  beforeAll(async () => {
    cluster = await startOurs({ controllerManager: true, workloads: true });
    kubelets = await playKubelets(cluster, NODES, false);
  });
  afterAll(async () => {
    await kubelets?.stop();
    await cluster?.close();
  });
  const kubectl = () => kubectlFor(cluster.kubeconfig, join(cluster.kubeconfig, '..', 'kubectl'));

  test.concurrent('Deployments', () => play(cluster, kubectl(), 'deployments', DEPLOYMENT));
  test.concurrent('DaemonSets', () => play(cluster, kubectl(), 'daemonsets', DAEMON_SET));
});

describeWith(['control-plane', 'kubectl', 'client-go'], 'and as with kube-controller-manager', () => {
  let plane: ControlPlane;
  let manager: Program;
  let kubelets: PlayedKubelets;
  beforeAll(async () => {
    plane = await startControlPlane();
    const controllers = ['deployment', 'replicaset', 'daemonset', 'garbage-collector'];
    const args = [
      `--kubeconfig=${plane.kubeconfig}`,
      `--controllers=${controllers.map((name) => `${name}-controller`).join(',')}`,
      '--leader-elect=false',
      '--secure-port=0',
    ];
    manager = await startProgram(goTool('kube-controller-manager'), args, { name: 'kube-controller-manager' });
    kubelets = await playKubelets(plane, NODES, true);
  });
  afterAll(async () => {
    await kubelets?.stop();
    await manager?.end('SIGKILL');
    await plane?.stop();
  });
  const kubectl = () => kubectlFor(plane.kubeconfig, join(plane.dir, 'kubectl'));

  test.concurrent('Deployments', () => play(plane, kubectl(), 'deployments', DEPLOYMENT));
  test.concurrent('DaemonSets', () => play(plane, kubectl(), 'daemonsets', DAEMON_SET));
});
