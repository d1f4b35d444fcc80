/** A cluster with nodes as its users have it: `sluice cluster`, `sluice node` and kubectl. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goTool } from '../../../scripts/tools.mjs';
import { takeLoopbackTurn } from '../../support/loopback-turn.ts';
import { describeWith } from '../../support/requirements.ts';
import { waitFor } from '../../support/wait.ts';
import { type MachineCluster, startMachineCluster, untilObject } from '../../tools/machines.ts';

const run = promisify(execFile);

describeWith(['kubectl'], 'kubectl on a cluster with nodes', () => {
  takeLoopbackTurn();
  let cluster: MachineCluster;
  beforeAll(async () => {
    const flags = ['--node-monitor-grace-period=5s', '--image=example/echo=sh -c "echo bound $0; sleep 1000"'];
    cluster = await startMachineCluster({ network: 'loopback', nodes: 2, flags });
  }, 60_000);
  afterAll(() => cluster?.stop());

  const kubectl = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(goTool('kubectl'), ['--kubeconfig', cluster.kubeconfig, ...args]);
    return stdout.trim();
  };
  const failing = async (...args: string[]): Promise<{ code: number; stderr: string }> => {
    const failed = await kubectl(...args).catch((error: unknown) => error);
    return failed as { code: number; stderr: string };
  };

  test('nodes look like nodes', async () => {
    const lines = (await kubectl('get', 'nodes')).split('\n').map((line) => line.split(/\s+/).slice(0, 3).join(' '));
    expect(lines).toEqual(['NAME STATUS ROLES', 'node-1 Ready <none>', 'node-2 Ready <none>']);
  });

  test('a deployment runs, logs, takes commands, is updated and rolled back', async () => {
    await kubectl('create', 'deployment', 'web', '--image=traefik/whoami', '--replicas=2');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=30s');
    const pod = (await kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n')[0] ?? '';
    await waitFor(async () => (await kubectl('logs', pod)).includes('Starting up on port 80'), { what: 'a log line' });
    expect(await kubectl('exec', pod, '--', 'sh', '-c', 'echo $HOSTNAME')).toBe(pod.replace('pod/', ''));
    expect(await failing('exec', pod, '--', 'sh', '-c', 'exit 3')).toMatchObject({ code: 3 });
    await kubectl('set', 'image', 'deployment/web', 'whoami=nginx');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=30s');
    await kubectl('rollout', 'undo', 'deployment/web');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=30s');
    expect(await kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')).toBe(
      'traefik/whoami',
    );
  });

  test('any other image can be bound to a command, and an unbound one says how', async () => {
    await kubectl('run', 'bound', '--image=example/echo:1', '--', 'word');
    await waitFor(async () => (await kubectl('logs', 'bound')) === 'bound word', { what: 'the line of the command' });
    await kubectl('run', 'unbound', '--image=example/none');
    const reason = () =>
      kubectl('get', 'pod', 'unbound', '-o', 'jsonpath={.status.containerStatuses[0].state.waiting}');
    await waitFor(async () => /ErrImagePull|ImagePullBackOff/.test(await reason()), { what: 'a reason' });
    expect(await reason()).toContain("sluice cluster --image 'example/none=COMMAND'");
    await kubectl('delete', 'pod', 'bound', 'unbound', '--grace-period=1');
  });

  test('what a pod here has not is refused clearly', async () => {
    const pod = (await kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n')[0] ?? '';
    const { stderr } = await failing('port-forward', pod, '18080:80');
    expect(stderr).toMatch(/port-?forward/i);
  });

  test('a DaemonSet has a pod on each node; drain leaves it and moves the others', { timeout: 60_000 }, async () => {
    const containers = [{ name: 'a', image: 'registry.k8s.io/pause:3.10' }];
    await cluster.request('POST', '/apis/apps/v1/namespaces/default/daemonsets', {
      metadata: { name: 'every' },
      spec: {
        selector: { matchLabels: { app: 'every' } },
        template: { metadata: { labels: { app: 'every' } }, spec: { terminationGracePeriodSeconds: 1, containers } },
      },
    });
    await kubectl('rollout', 'status', 'daemonset/every', '--timeout=30s');
    await kubectl('drain', 'node-2', '--ignore-daemonsets', '--timeout=45s');
    const where = async (app: string) =>
      (await kubectl('get', 'pods', '-l', `app=${app}`, '-o', 'jsonpath={range .items[*]}{.spec.nodeName}{"\\n"}{end}'))
        .split('\n')
        .sort();
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=30s');
    expect([await where('every'), await where('web')]).toEqual([
      ['node-1', 'node-2'],
      ['node-1', 'node-1'],
    ]);
    await kubectl('uncordon', 'node-2');
  });

  test('a node that is stopped is missed, its pods are not ready, and it comes back', { timeout: 90_000 }, async () => {
    await kubectl('scale', 'deployment/web', '--replicas=4');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=30s');
    expect(await cluster.sluice('node', 'stop', 'node-2')).toMatchObject({ code: 0 });
    const ready = (status: string) => (node: { status: { conditions: { type: string; status: string }[] } }) =>
      node.status.conditions.some((one) => one.type === 'Ready' && one.status === status);
    await untilObject(cluster, '/api/v1/nodes/node-2', 'node-2 to be missed', ready('Unknown'));
    const slices =
      '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=web';
    await kubectl('expose', 'deployment', 'web', '--port=80');
    const readyNodes = (list: { items: { endpoints: { nodeName: string; conditions: { ready: boolean } }[] }[] }) =>
      list.items.flatMap(({ endpoints }) => endpoints.filter((one) => one.conditions.ready).map((one) => one.nodeName));
    await untilObject(cluster, slices, 'endpoints of node-1 only', (list) => {
      const nodes = readyNodes(list);
      return nodes.length > 0 && nodes.every((name) => name === 'node-1');
    });
    expect(await cluster.sluice('node', 'start', 'node-2')).toMatchObject({ code: 0, output: 'node node-2: ready' });
    await untilObject(cluster, slices, 'endpoints of both nodes', (list) => readyNodes(list).includes('node-2'));
    const restarts = await kubectl(
      'get',
      'pods',
      '-l',
      'app=web',
      '--field-selector=spec.nodeName=node-2',
      '-o',
      'jsonpath={.items[*].status.containerStatuses[0].restartCount}',
    );
    expect(restarts).toMatch(/1/);
    // Nobody has missed it yet, so that it is still said to be ready.
    const renewed = () =>
      kubectl('get', 'lease', 'node-2', '--namespace=kube-node-lease', '--output=jsonpath={.spec.renewTime}');
    expect(await cluster.sluice('node', 'stop', 'node-2')).toMatchObject({ code: 0 });
    const before = await renewed();
    expect(await cluster.sluice('node', 'start', 'node-2')).toMatchObject({ code: 0 });
    expect(await renewed()).not.toBe(before);
    // One that runs is left alone.
    expect(await cluster.sluice('node', 'start', 'node-2')).toMatchObject({ code: 0, output: 'node node-2: ready' });
  });

  test('a node that is removed takes its pods with it', { timeout: 60_000 }, async () => {
    await kubectl('delete', 'node', 'node-2');
    const on2 = () => kubectl('get', 'pods', '--field-selector=spec.nodeName=node-2', '-o', 'name');
    await waitFor(async () => (await on2()) === '', { what: 'the pods of node-2 to go', timeoutMs: 30_000 });
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=30s');
  });

  test.each([
    [['node', 'stop', 'node-9'], 'NAME: "node-9" is no node of this cluster; kubectl get nodes lists them'],
    [
      ['node', 'add', 'node-1'],
      'NAME: "node-1" is a node already; give another name, or start it: sluice node start node-1',
    ],
  ])('%j is refused in one line', async (args, line) => {
    expect(await cluster.sluice(...args)).toEqual({ code: 2, output: `sluice: ${line}` });
  });
});
