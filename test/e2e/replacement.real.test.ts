import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Call } from '../tools/aws-proxy.ts';
import { actions, annotate, clear, converged, eventually, handled, holdings, nlb, serving, writes } from './look.ts';
import { condition, type Stage, startStage, describeStage } from './stage.ts';

describeStage('annotations that decide where a load balancer is', () => {
  let stage: Stage;
  let tests = 0;
  let name: string;
  beforeAll(async () => {
    stage = await startStage({ nodes: 3, zones: 3 });
    await stage.controller(['--concurrency', '1']);
  });
  beforeEach(() => {
    name = `moving-${++tests}`;
  });
  afterEach(() => clear(stage));
  afterAll(() => stage?.stop());

  async function served(annotations: Record<string, string> = {}) {
    await stage.create({ name, annotations });
    await converged(stage, name);
    stage.proxy.reset();
    return serving(stage, name);
  }

  /** What holds at the moment when a load balancer is about to be deleted. */
  function watchDeletion(): { seen: Awaited<ReturnType<typeof holdings>>[]; hostnames: (string | undefined)[] } {
    const moment = { seen: [] as Awaited<ReturnType<typeof holdings>>[], hostnames: [] as (string | undefined)[] };
    stage.proxy.onCall = async ({ action }: Call) => {
      if (action === 'DeleteLoadBalancer') {
        moment.seen.push(await holdings(stage, name));
        moment.hostnames.push((await stage.get(name))?.status?.loadBalancer?.ingress?.[0]?.hostname);
      }
      return 'pass' as const;
    };
    return moment;
  }

  test('another scheme: the successor serves and is published before the predecessor goes', async () => {
    const before = await served();
    const deletion = watchDeletion();
    await annotate(stage, name, { scheme: 'internet-facing' });
    const after = await eventually(async () => {
      const now = await serving(stage, name);
      expect(now.lb.arn).not.toBe(before.lb.arn);
      return now;
    });
    expect(after.lb).toMatchObject({ scheme: 'internet-facing', subnets: stage.network.subnetIds.public.toSorted() });
    expect(await stage.hostname(name)).toBe(after.lb.dnsName);

    expect(deletion.hostnames).toEqual([after.lb.dnsName]);
    const [then] = deletion.seen;
    expect(then?.loadBalancers.map(({ arn }) => arn).toSorted()).toEqual([before.lb.arn, after.lb.arn].toSorted());
    // Each of the two had its own listener and its own full target group.
    const groups = new Set(then?.loadBalancers.flatMap(({ listeners }) => listeners.map(({ group }) => group)));
    expect(groups.size).toBe(2);
    for (const group of then?.targetGroups ?? []) expect(group.targets).toHaveLength(3);
    const order = actions(writes(stage));
    expect(order.indexOf('CreateListener')).toBeGreaterThan(order.indexOf('CreateLoadBalancer'));
    expect(order.indexOf('DeleteLoadBalancer')).toBeGreaterThan(order.indexOf('CreateListener'));

    // One group for both, and nothing of the predecessor is left.
    expect(after.front).toEqual(before.front);
    await eventually(async () => expect((await holdings(stage, name)).targetGroups).toHaveLength(1));
    await converged(stage, name);
  });

  test('without the annotation a load balancer stays where it is, and goes back when told', async () => {
    const before = await served({ [nlb('scheme')]: 'internet-facing' });
    await annotate(stage, name, { scheme: null });
    await handled(stage);
    expect(writes(stage)).toEqual([]);
    expect((await serving(stage, name)).lb).toEqual(before.lb);
    await annotate(stage, name, { scheme: 'internal' });
    await eventually(async () => expect((await serving(stage, name)).lb.scheme).toBe('internal'));
    await converged(stage, name);
  });

  test('a change of mind half-way leaves one load balancer', async () => {
    const before = await served();
    let turned = false;
    stage.proxy.onCall = ({ action }) => {
      if (action !== 'CreateListener' || turned) return 'pass';
      turned = true;
      return { before: async () => void (await annotate(stage, name, { scheme: 'internal' })) };
    };
    await annotate(stage, name, { scheme: 'internet-facing' });
    await eventually(() => expect(turned).toBe(true));
    await eventually(async () => {
      expect(condition(await stage.get(name), 'Synced')?.status).toBe('True');
      const { loadBalancers, targetGroups } = await holdings(stage, name);
      expect(loadBalancers.map(({ scheme }) => scheme)).toEqual(['internal']);
      expect(targetGroups).toHaveLength(1);
    });
    const after = await serving(stage, name);
    expect(after.lb.listeners).toHaveLength(1);
    expect(await stage.hostname(name)).toBe(after.lb.dnsName);
    expect([before.lb.arn, after.lb.arn]).toContain(after.lb.arn);
  });

  test('a name is taken as it is written, and another one means a successor', async () => {
    const before = await served({ [nlb('name')]: 'My-Balancer-1' });
    expect(before.lb.name).toBe('My-Balancer-1');
    // The API server takes no capitals in a hostname.
    expect(await stage.hostname(name)).toBe(before.lb.dnsName.toLowerCase());
    const deletion = watchDeletion();
    await annotate(stage, name, { name: 'my-balancer-2' });
    await eventually(async () => expect((await serving(stage, name)).lb.name).toBe('my-balancer-2'));
    const { lb } = await serving(stage, name);
    expect(deletion.hostnames).toEqual([lb.dnsName]);
    expect(deletion.seen[0]?.loadBalancers).toHaveLength(2);
    await eventually(async () => expect((await holdings(stage, name)).targetGroups).toHaveLength(1));
    // Without the annotation nothing asks for another one.
    stage.proxy.reset();
    await annotate(stage, name, { name: null });
    await handled(stage);
    expect(actions(writes(stage))).toEqual([]);
  });

  test('a fixed name and another scheme need an interruption, which waits for leave', async () => {
    const before = await served({ [nlb('name')]: 'only-one' });
    await annotate(stage, name, { scheme: 'internet-facing' });
    await handled(stage);
    const blocked = await stage.get(name);
    expect(condition(blocked, 'Provisioned')).toMatchObject({ status: 'False', reason: 'Blocked' });
    expect(condition(blocked, 'Provisioned')?.message).toContain(`${before.lb.arn}: `);
    expect(condition(blocked, 'Provisioned')?.message).toContain('needs interruption');
    expect(condition(blocked, 'Synced')).toMatchObject({ status: 'False', reason: 'Blocked' });
    expect(condition(blocked, 'Synced')?.message).toContain('set sluice.dev/allow-replacement: "true"');
    expect(blocked?.status?.loadBalancer?.ingress?.[0]?.hostname).toBe(before.lb.dnsName);
    expect(writes(stage)).toEqual([]);
    expect((await serving(stage, name)).lb).toEqual(before.lb);

    await stage.patch(name, { metadata: { annotations: { 'sluice.dev/allow-replacement': 'true' } } });
    await eventually(async () => {
      expect((await serving(stage, name)).lb).toMatchObject({ name: 'only-one', scheme: 'internet-facing' });
    });
    const order = actions(writes(stage));
    expect(order.indexOf('DeleteLoadBalancer')).toBeLessThan(order.indexOf('CreateLoadBalancer'));
    const { lb } = await serving(stage, name);
    await eventually(async () => expect(await stage.hostname(name)).toBe(lb.dnsName));
    await converged(stage, name);
  });

  test('subnets by id or by Name tag, changed in place', async () => {
    const [a, b, c] = stage.network.subnetIds.internal as [string, string, string];
    const before = await served({ [nlb('subnets')]: `${a}, ${b}` });
    expect(before.lb.subnets).toEqual([a, b].toSorted());
    // Named after the controller read the subnets: it looks again before it refuses.
    await stage.ec2.send(new CreateTagsCommand({ Resources: [c], Tags: [{ Key: 'Name', Value: 'edge c' }] }));
    await annotate(stage, name, { subnets: `${b},edge c` });
    await handled(stage);
    expect((await serving(stage, name)).lb.subnets).toEqual([b, c].toSorted());
    expect((await serving(stage, name)).lb.arn).toBe(before.lb.arn);
    expect(actions(writes(stage))).toEqual(['SetSubnets']);
    // Without the annotation it stands where it stands.
    stage.proxy.reset();
    await annotate(stage, name, { subnets: null });
    await handled(stage);
    expect(writes(stage)).toEqual([]);
    expect((await stage.events(name)).filter(({ type }) => type === 'Warning')).toEqual([]);
    await converged(stage, name);
  });
});
