/** What is read of AWS, how few calls it takes, and that readings never undo what Sluice did meanwhile. */
import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import {
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  type LoadBalancer,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from 'vitest';
import { describeTags, Inventory } from '../../src/cloud/aws/inventory.ts';
import { awsError, awsLoadBalancer, gate, mockAws, ownedTags, tagList, VPC } from './support/aws.ts';

const BACKEND = { 'elbv2.k8s.aws/cluster': 'prod', 'elbv2.k8s.aws/resource': 'backend-sg' };

/** AWS with these load balancers, target groups and tags by ARN; a missing ARN is a NotFound, as AWS does it. */
function world(
  balancers: LoadBalancer[],
  groups: TargetGroup[] = [],
  tags: Record<string, Record<string, string>> = {},
) {
  const mock = mockAws();
  mock.elb.on(DescribeLoadBalancersCommand).callsFake(() => ({ LoadBalancers: [...balancers] }));
  mock.elb.on(DescribeTargetGroupsCommand).callsFake(() => ({ TargetGroups: [...groups] }));
  mock.ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [] });
  mock.elb.on(DescribeTagsCommand).callsFake(({ ResourceArns }: { ResourceArns: string[] }) => {
    if (ResourceArns.some((arn) => !tags[arn])) throw awsError('LoadBalancerNotFound');
    return { TagDescriptions: ResourceArns.map((arn) => ({ ResourceArn: arn, Tags: tagList(tags[arn] ?? {}) })) };
  });
  const inventory = new Inventory(mock.aws, 'prod', VPC);
  const asked = () => mock.elb.commandCalls(DescribeTagsCommand).map((call) => call.args[0].input.ResourceArns);
  return { ...mock, inventory, balancers, groups, tags, asked };
}
const arns = (inventory: Inventory) => inventory.loadBalancers.all().map(({ arn }) => arn);

describe('reading', () => {
  test('takes every page of everything in the VPC, network load balancers only', async () => {
    const { calls, elb, ec2, inventory, tags } = world(
      [],
      [
        { TargetGroupArn: 'tg-1', VpcId: VPC },
        { TargetGroupArn: 'tg-x', VpcId: 'vpc-2' },
      ],
    );
    elb
      .on(DescribeLoadBalancersCommand)
      .resolvesOnce({
        LoadBalancers: [awsLoadBalancer('lb-1'), awsLoadBalancer('alb', { Type: 'application' })],
        NextMarker: 'm',
      })
      .resolvesOnce({ LoadBalancers: [awsLoadBalancer('lb-2'), awsLoadBalancer('far', { VpcId: 'vpc-2' })] });
    Object.assign(tags, {
      'lb-1': ownedTags(),
      'lb-2': ownedTags('shop/api'),
      alb: ownedTags(),
      far: ownedTags(),
      'tg-x': ownedTags(),
      'tg-1': ownedTags('shop/web', 'shop/web:80'),
    });
    ec2.on(DescribeSecurityGroupsCommand).resolves({
      SecurityGroups: [
        { GroupId: 'sg-2', GroupName: 'b', Tags: tagList(ownedTags()) },
        { GroupId: 'sg-1', GroupName: 'a', Tags: tagList(ownedTags()) },
        { GroupId: 'sg-b', GroupName: 'backend', Tags: tagList(BACKEND) },
      ],
    });
    await inventory.refresh();

    for (const name of ['DescribeLoadBalancers', 'DescribeTargetGroups']) {
      for (const [, input] of calls().filter(([called]) => called === name))
        expect(input).toMatchObject({ PageSize: 400 });
    }
    expect(ec2.commandCalls(DescribeSecurityGroupsCommand)[0]?.args[0].input.Filters).toEqual([
      { Name: 'vpc-id', Values: [VPC] },
      { Name: 'tag:elbv2.k8s.aws/cluster', Values: ['prod'] },
    ]);
    expect(arns(inventory)).toEqual(['lb-1', 'lb-2']);
    expect(inventory.stack('shop/web')).toMatchObject({
      loadBalancers: [{ arn: 'lb-1', subnetIds: ['subnet-a', 'subnet-b'], state: 'active' }],
      targetGroups: [{ arn: 'tg-1' }],
      frontGroups: [{ id: 'sg-1' }, { id: 'sg-2' }],
    });
    expect(inventory.stacks()).toEqual(new Set(['shop/web', 'shop/api']));
    expect(inventory.backendGroup()?.id).toBe('sg-b');
  });

  test('strangers are left out, and their tags are asked for once only', async () => {
    const { inventory, asked, balancers, tags } = world([awsLoadBalancer('lb-1'), awsLoadBalancer('theirs')], [], {
      'lb-1': ownedTags(),
      theirs: { ...ownedTags(), 'elbv2.k8s.aws/cluster': 'test' },
    });
    await inventory.refresh();
    expect(arns(inventory)).toEqual(['lb-1']);
    balancers.push(awsLoadBalancer('lb-2'));
    tags['lb-2'] = ownedTags();
    await inventory.refresh();
    await inventory.refresh({ tags: true });
    expect(asked()).toEqual([['lb-1', 'theirs'], ['lb-2'], ['lb-1', 'lb-2']]);
  });

  test('tags come 20 to a call', async () => {
    const ids = Array.from({ length: 45 }, (_, i) => `lb-${i}`);
    const { inventory, asked } = world(
      ids.map((arn) => awsLoadBalancer(arn)),
      [],
      Object.fromEntries(ids.map((arn) => [arn, ownedTags()])),
    );
    await inventory.refresh();
    expect(asked().map((some) => some?.length)).toEqual([20, 20, 5]);
    expect(arns(inventory)).toHaveLength(45);
  });

  test('one that vanished before its tags were read keeps nobody else out', async () => {
    const { inventory, asked } = world(
      ['lb-1', 'gone', 'lb-2'].map((arn) => awsLoadBalancer(arn)),
      [],
      { 'lb-1': ownedTags(), 'lb-2': ownedTags() },
    );
    await inventory.refresh();
    expect(arns(inventory)).toEqual(['lb-1', 'lb-2']);
    expect(asked()).toEqual([['lb-1', 'gone', 'lb-2'], ['lb-1'], ['gone'], ['lb-2']]);
  });

  test('any other error of DescribeTags is an error', async () => {
    const { aws, elb } = mockAws();
    elb.on(DescribeTagsCommand).rejects(awsError('AccessDenied', 403));
    await expect(describeTags(aws, ['a'])).rejects.toMatchObject({ Code: 'AccessDenied' });
  });

  test('what is gone in AWS is dropped; details that were read apart stay', async () => {
    const { inventory, balancers } = world([awsLoadBalancer('lb-1'), awsLoadBalancer('lb-2')], [], {
      'lb-1': ownedTags(),
      'lb-2': ownedTags(),
    });
    await inventory.refresh();
    inventory.loadBalancers.patch('lb-1', { listeners: [] });
    balancers.pop();
    await inventory.refresh();
    expect(inventory.loadBalancers.all()).toMatchObject([{ arn: 'lb-1', listeners: [] }]);
  });
});

describe('a change made during a reading', () => {
  /** Holds the answer of DescribeTags back while `change` happens. */
  async function during(change: (w: ReturnType<typeof world>) => void, extra: LoadBalancer[] = []) {
    const w = world([awsLoadBalancer('lb-1'), ...extra], [], { 'lb-1': ownedTags(), 'lb-2': ownedTags() });
    await w.inventory.refresh();
    w.balancers.push(awsLoadBalancer('lb-9'));
    w.tags['lb-9'] = ownedTags('shop/other');
    const [asked, answer] = [gate(), gate()];
    w.elb.on(DescribeTagsCommand).callsFake(async ({ ResourceArns }: { ResourceArns: string[] }) => {
      asked.resolve();
      await answer.promise;
      return { TagDescriptions: ResourceArns.map((arn) => ({ ResourceArn: arn, Tags: tagList(w.tags[arn] ?? {}) })) };
    });
    const reading = w.inventory.refresh();
    await asked.promise;
    change(w);
    answer.resolve();
    await reading;
    return w;
  }

  test('one that was made stays, although the pages do not have it', async () => {
    const { inventory } = await during(({ inventory: i }) => {
      i.loadBalancers.put({ ...i.loadBalancers.get('lb-1'), arn: 'new' } as never);
      i.setTags('new', ownedTags());
    });
    expect(arns(inventory).sort()).toEqual(['lb-1', 'lb-9', 'new']);
  });

  test('one that was deleted stays away, although the pages have it', async () => {
    const { inventory } = await during(({ inventory: i }) => i.loadBalancers.remove('lb-1'));
    expect(arns(inventory)).toEqual(['lb-9']);
  });

  test('one that was changed stays changed, and the next reading tells again', async () => {
    const { inventory } = await during(({ inventory: i }) =>
      i.loadBalancers.patch('lb-1', { subnetIds: ['subnet-new'] }),
    );
    expect(inventory.loadBalancers.get('lb-1')?.subnetIds).toEqual(['subnet-new']);
    await inventory.refresh();
    expect(inventory.loadBalancers.get('lb-1')?.subnetIds).toEqual(['subnet-a', 'subnet-b']);
  });

  test('tags that were set stay set', async () => {
    const { inventory } = await during(({ inventory: i }) => {
      i.setTags('lb-1', ownedTags('shop/moved'));
      i.setTags('lb-9', ownedTags('shop/moved'));
    });
    await inventory.refresh();
    expect(inventory.stack('shop/moved').loadBalancers.map(({ arn }) => arn)).toEqual(['lb-1', 'lb-9']);
    expect(inventory.stacks()).toEqual(new Set(['shop/moved']));
  });

  test('asking for fresh tags meanwhile drops nothing', async () => {
    let second: Promise<void> | undefined;
    const { inventory } = await during(({ inventory: i }) => {
      second = i.refresh({ tags: true });
    });
    expect(arns(inventory)).toEqual(['lb-1', 'lb-9']);
    await second;
    expect(arns(inventory)).toEqual(['lb-1', 'lb-9']);
  });
});

describe('callers share readings', () => {
  test('but never one that began before they asked', async () => {
    const { inventory, elb } = world([]);
    const first = inventory.refresh();
    await Promise.all([first, inventory.refresh(), inventory.refresh(), inventory.refresh()]);
    expect(elb.commandCalls(DescribeLoadBalancersCommand)).toHaveLength(2);
  });

  test('a reading that failed is the failure of those who shared it only', async () => {
    const { inventory, elb } = world([]);
    elb.on(DescribeLoadBalancersCommand).rejectsOnce(awsError('Throttling')).resolves({ LoadBalancers: [] });
    const first = inventory.refresh();
    const second = inventory.refresh();
    await expect(first).rejects.toMatchObject({ Code: 'Throttling' });
    await second;
  });
});
