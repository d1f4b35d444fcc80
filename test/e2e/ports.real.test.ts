import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ServicePort } from '../../src/kube/objects.ts';
import {
  actions,
  clear,
  CONDITIONS,
  converged,
  EMPTY,
  eventually,
  FINALIZER,
  handled,
  holdings,
  serving,
  writes,
} from './look.ts';
import { CLASS, condition, type Stage, startStage, describeStage, STATIC_NODE_PORTS } from './stage.ts';

describeStage('ports and types of a Service that is served', () => {
  let stage: Stage;
  let tests = 0;
  let name: string;
  beforeAll(async () => {
    stage = await startStage({ nodes: 2 });
    await stage.controller(['--concurrency', '1']);
  });
  beforeEach(() => {
    name = `ports-${++tests}`;
  });
  afterEach(() => clear(stage));
  afterAll(() => stage?.stop());

  async function served(ports: ServicePort[]): Promise<ServicePort[]> {
    const { spec } = await stage.create({ name, spec: { ports } });
    await converged(stage, name);
    stage.proxy.reset();
    return spec.ports ?? [];
  }

  /** Writes the ports and waits until the controller has handled that; returns them as the API server completed them. */
  async function change(ports: ServicePort[]): Promise<ServicePort[]> {
    const { spec } = await stage.patch(name, { spec: { ports } });
    await handled(stage);
    return spec.ports ?? [];
  }

  const published = async () => (await stage.get(name))?.status?.loadBalancer?.ingress?.[0]?.ports;

  test('a port that is added gets a listener and leaves the others alone', async () => {
    const [http] = await served([{ name: 'http', port: 80 }]);
    const before = await serving(stage, name);
    const ports = await change([http as ServicePort, { name: 'dns', port: 53, protocol: 'UDP' }]);
    const nodePort = ports[1]?.nodePort;
    const { lb, front, groupOf } = await serving(stage, name);
    expect(lb.listeners.map(({ port, protocol }) => [port, protocol])).toEqual([
      [53, 'UDP'],
      [80, 'TCP'],
    ]);
    expect(groupOf(80)).toEqual(before.groupOf(80));
    expect(groupOf(53)).toMatchObject({ port: nodePort, protocol: 'UDP' });
    expect(groupOf(53).targets).toHaveLength(2);
    expect(front.rules).toEqual(['tcp/80 from 0.0.0.0/0', 'udp/53 from 0.0.0.0/0']);
    const { backend, nodeRules } = await holdings(stage, name);
    // A UDP target is checked over TCP.
    const open = [`tcp/${http?.nodePort}`, `tcp/${nodePort}`, `udp/${nodePort}`];
    expect(nodeRules).toEqual(open.map((rule) => `${rule} from ${backend?.id}`).toSorted());
    expect(await published()).toEqual([
      { port: 80, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
    ]);
    expect(actions(writes(stage)).filter((action) => /^(Delete|Modify|Deregister)/.test(action))).toEqual([]);
  });

  test('a port that is removed takes everything of its own along', async () => {
    const [http] = await served([
      { name: 'http', port: 80 },
      { name: 'both', port: 53 },
      { name: 'both-udp', port: 53, protocol: 'UDP' },
    ]);
    const before = await serving(stage, name);
    await change([http as ServicePort]);
    const { lb, front, targetGroups } = await serving(stage, name);
    expect(lb.listeners).toEqual([before.lb.listeners[1]]);
    expect(targetGroups).toEqual([before.groupOf(80)]);
    expect(front.rules).toEqual(['tcp/80 from 0.0.0.0/0']);
    const { backend, nodeRules } = await holdings(stage, name);
    expect(nodeRules).toEqual([`tcp/${http?.nodePort} from ${backend?.id}`]);
    expect(await published()).toEqual([{ port: 80, protocol: 'TCP' }]);
  });

  test('TCP and UDP on one port share a listener, come together and part again', async () => {
    const [tcp] = await served([{ name: 'tcp', port: 53 }]);
    const both = await change([tcp as ServicePort, { ...tcp, name: 'udp', port: 53, protocol: 'UDP' }]);
    expect(both[1]?.nodePort).toBe(tcp?.nodePort);
    const shared = await serving(stage, name);
    expect(shared.lb.listeners).toMatchObject([{ port: 53, protocol: 'TCP_UDP' }]);
    expect(shared.targetGroups).toMatchObject([{ protocol: 'TCP_UDP', port: tcp?.nodePort }]);
    expect(shared.targetGroups[0]?.targets).toHaveLength(2);
    expect(shared.front.rules).toEqual(['tcp/53 from 0.0.0.0/0', 'udp/53 from 0.0.0.0/0']);
    await change([tcp as ServicePort]);
    const parted = await serving(stage, name);
    expect(parted.lb.listeners).toMatchObject([{ port: 53, protocol: 'TCP' }]);
    expect(parted.targetGroups).toMatchObject([{ protocol: 'TCP' }]);
    expect(parted.front.rules).toEqual(['tcp/53 from 0.0.0.0/0']);
    await converged(stage, name);
  });

  test('TCP and UDP on one port with two NodePorts are refused, and what serves goes on', async () => {
    const [tcp] = await served([{ name: 'tcp', port: 53 }]);
    const before = await stage.cloud();
    const [nodePort] = STATIC_NODE_PORTS;
    await change([tcp as ServicePort, { name: 'udp', port: 53, protocol: 'UDP', nodePort }]);
    const refused = condition(await stage.get(name), 'Accepted');
    expect(refused).toMatchObject({ status: 'False', reason: 'InvalidConfiguration' });
    expect(refused?.message).toContain(`spec.ports[1].nodePort="${nodePort}"`);
    expect(refused?.message).toContain(`give both the same nodePort, for example ${tcp?.nodePort}`);
    expect(await stage.cloud()).toEqual(before);
  });

  const [first, second] = STATIC_NODE_PORTS;
  test.each([
    { what: 'protocol', to: { protocol: 'UDP' as const }, expected: { protocol: 'UDP' } },
    { what: 'NodePort', to: { nodePort: second }, expected: { protocol: 'TCP' } },
  ])('another $what means another target group, full before traffic goes there', async ({ to, expected }) => {
    const [port] = await served([{ name: 'one', port: 80, nodePort: first }]);
    const before = await serving(stage, name);
    await change([{ ...(port as ServicePort), ...to }]);
    const { lb, targetGroups, groupOf } = await serving(stage, name);
    expect(lb.arn).toBe(before.lb.arn);
    expect(targetGroups).toHaveLength(1);
    expect(groupOf(80)).toMatchObject({ port: to.nodePort ?? first, ...expected });
    expect(groupOf(80).targets).toHaveLength(2);
    const order = actions(writes(stage));
    const moved = order.findIndex((action) => action === 'ModifyListener');
    expect(order.slice(0, moved)).toEqual(expect.arrayContaining(['CreateTargetGroup', 'RegisterTargets']));
    // Node ports are open before the move, and the old group goes after it.
    expect(order.slice(0, moved)).toContain('AuthorizeSecurityGroupIngress');
    expect(order.slice(moved)).toContain('DeleteTargetGroup');
    expect(order.slice(0, moved)).not.toContain('DeleteTargetGroup');
    const { nodeRules, backend } = await holdings(stage, name);
    const open = to.nodePort ? [`tcp/${second}`] : [`tcp/${first}`, `udp/${first}`];
    expect(nodeRules).toEqual(open.map((rule) => `${rule} from ${backend?.id}`));
    await converged(stage, name);
  });

  test('a change that means nothing to AWS makes no call', async () => {
    const [port] = await served([{ name: 'one', port: 80, targetPort: 8080 }]);
    await stage.patch(name, {
      metadata: { labels: { team: 'blue' }, annotations: { 'example.com/owner': 'blue' } },
      spec: {
        ports: [{ ...port, name: 'renamed', targetPort: 9090 }],
        sessionAffinity: 'ClientIP',
        selector: { app: 'b' },
      },
    });
    await handled(stage);
    expect(stage.proxy.calls).toEqual([]);
    await converged(stage, name);
  });

  test('ports swap their numbers', async () => {
    const [a, b] = await served([
      { name: 'a', port: 80 },
      { name: 'b', port: 443 },
    ]);
    await change([
      { ...(a as ServicePort), port: 443 },
      { ...(b as ServicePort), port: 80 },
    ]);
    const { groupOf, targetGroups } = await serving(stage, name);
    expect(groupOf(443).port).toBe(a?.nodePort);
    expect(groupOf(80).port).toBe(b?.nodePort);
    expect(targetGroups).toHaveLength(2);
    await converged(stage, name);
  });

  test.each(['ClusterIP', 'NodePort'])('a Service that becomes %s is let go of, and may come back', async (type) => {
    await served([{ name: 'one', port: 80 }]);
    await stage.patch(name, { spec: { type } });
    await eventually(async () => expect((await stage.get(name))?.metadata.finalizers).toBeUndefined());
    const released = await stage.get(name);
    expect(released?.spec.type).toBe(type);
    expect(released?.status?.loadBalancer).toEqual({});
    for (const each of CONDITIONS) expect(condition(released, each)).toBeUndefined();
    expect(released?.metadata.annotations ?? {}).not.toHaveProperty(['sluice.dev/last-applied']);
    expect(await stage.cloud()).toEqual(EMPTY);

    await stage.patch(name, { spec: { type: 'LoadBalancer', loadBalancerClass: CLASS } });
    const again = await converged(stage, name);
    expect(again.metadata.finalizers).toEqual([FINALIZER]);
    const { lb } = await serving(stage, name);
    expect(again.status?.loadBalancer?.ingress?.[0]?.hostname).toBe(lb.dnsName);
  });
});
