import { setTimeout as sleep } from 'node:timers/promises';
import { AuthorizeSecurityGroupIngressCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../src/kube/objects.ts';
import { EMPTY, eventually, serving } from './look.ts';
import { type Stage, startStage, describeStage } from './stage.ts';

const SERVICES = 200;
const BUDGET = 40;
/** Ports that somebody else opened on the nodes. */
const OTHERS = 15;

describeStage('more NodePorts than a security group has room for', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ nodes: 2 });
    await stage.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: stage.network.nodeSecurityGroupId,
        IpPermissions: Array.from({ length: OTHERS }, (_, at) => ({
          IpProtocol: 'tcp',
          FromPort: 20_000 + at,
          ToPort: 20_000 + at,
          IpRanges: [{ CidrIp: '192.0.2.0/24' }],
        })),
      }),
    );
    await stage.controller();
  });
  afterAll(() => stage?.stop());

  const services = async () => {
    const { items } = (await stage.kube.request('GET', '/api/v1/namespaces/default/services')).body as {
      items: Service[];
    };
    return items.filter(({ metadata }) => metadata.name !== 'kubernetes');
  };

  /** Rules of the nodes' group: all of them, and Sluice's ranges. */
  async function nodeGroup() {
    const input = { GroupIds: [stage.network.nodeSecurityGroupId] };
    const group = (await stage.ec2.send(new DescribeSecurityGroupsCommand(input))).SecurityGroups?.[0];
    const permissions = group?.IpPermissions ?? [];
    const sources = permissions.map((one) => (one.IpRanges?.length ?? 0) + (one.UserIdGroupPairs?.length ?? 0));
    const ranges = permissions
      .filter((one) => one.UserIdGroupPairs?.length)
      .map(({ IpProtocol = '', FromPort = 0, ToPort = 0 }) => ({ protocol: IpProtocol, from: FromPort, to: ToPort }));
    return { rules: sources.reduce((sum, count) => sum + count, 0), ranges };
  }

  async function expectCovered() {
    const { ranges } = await nodeGroup();
    const open = (await services()).flatMap(({ spec }) => spec.ports ?? []);
    for (const { nodePort = 0 } of open) {
      expect(ranges.some(({ protocol, from, to }) => protocol === 'tcp' && from <= nodePort && nodePort <= to)).toBe(
        true,
      );
    }
    return { ranges: ranges.length, ports: open.length };
  }

  /** How many rules the group held at most, while `work` was under way. */
  async function most(work: Promise<unknown>): Promise<number> {
    let max = 0;
    let done = false;
    const watch = (async () => {
      while (!done) {
        max = Math.max(max, (await nodeGroup()).rules);
        await sleep(100);
      }
    })();
    await work.finally(() => {
      done = true;
    });
    await watch;
    return max;
  }

  const each = async (names: string[], work: (name: string) => Promise<unknown>) => {
    const queue = [...names];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let name = queue.pop(); name; name = queue.pop()) await work(name);
      }),
    );
  };

  test(`${SERVICES} Services get hostnames, and every NodePort is open within the budget`, async () => {
    const names = Array.from({ length: SERVICES }, (_, at) => `many-${at}`);
    const max = await most(
      (async () => {
        await each(names, (name) => stage.create({ name }));
        await eventually(
          async () => {
            const without = (await services()).filter(({ status }) => !status?.loadBalancer?.ingress?.length);
            expect(without.map(({ metadata }) => metadata.name)).toEqual([]);
          },
          120_000,
          500,
        );
      })(),
    );
    expect(max).toBeLessThanOrEqual(60);
    expect(await expectCovered()).toMatchObject({ ports: SERVICES });
    const { rules, ranges } = await nodeGroup();
    expect(ranges.length).toBeLessThanOrEqual(BUDGET);
    expect(rules).toBe(ranges.length + OTHERS);
    // AWS refuses the rule that is one too many, and one that is there already.
    const changes = stage.proxy.calls.filter(({ action }) => action.endsWith('SecurityGroupIngress'));
    expect(changes.filter(({ status }) => status === 400)).toEqual([]);
    // Each has its own: a sample, for reading them all takes long.
    expect((await serving(stage, 'many-77')).lb.listeners).toHaveLength(1);
  }, 180_000);

  test('what goes closes its ports, down to none', async () => {
    const names = (await services()).map(({ metadata }) => metadata.name);
    const kept = names.slice(0, 10);
    const max = await most(
      (async () => {
        await each(names.slice(10), (name) => stage.remove(name));
        await eventually(async () => expect(await services()).toHaveLength(kept.length), 120_000, 500);
      })(),
    );
    expect(max).toBeLessThanOrEqual(60);
    // With room for all, each port is open by itself.
    await eventually(async () => expect(await expectCovered()).toEqual({ ports: 10, ranges: 10 }));
    expect((await nodeGroup()).ranges.every(({ from, to }) => from === to)).toBe(true);
    const { nodeRules, ...rest } = EMPTY;
    expect(nodeRules).toEqual([]);
    await each(kept, (name) => stage.remove(name));
    await eventually(async () => expect(await services()).toEqual([]));
    await eventually(async () => expect(await stage.cloud()).toMatchObject(rest));
    expect(await nodeGroup()).toEqual({ rules: OTHERS, ranges: [] });
  }, 180_000);
});
