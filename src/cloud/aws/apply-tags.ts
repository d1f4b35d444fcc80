/** Steps on tags: EC2 has its own calls for those of security groups. */
import * as ec2 from '@aws-sdk/client-ec2';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Ref, Tags } from '../model.ts';
import { type Run, tagList } from './apply-common.ts';

export async function addTags(run: Run, ref: Ref, tags: Tags): Promise<void> {
  const { aws, signal } = run.context;
  const id = await run.resolve(ref);
  if (id.startsWith('sg-')) {
    const input = { Resources: [id], Tags: tagList(tags) };
    await aws.ec2.send(new ec2.CreateTagsCommand(input), { abortSignal: signal });
  } else {
    const input = { ResourceArns: [id], Tags: tagList(tags) };
    await aws.elb.send(new elb.AddTagsCommand(input), { abortSignal: signal });
  }
  tagged(run, id, (known) => ({ ...known, ...tags }));
}

export async function removeTags(run: Run, ref: Ref, keys: string[]): Promise<void> {
  const { aws, signal } = run.context;
  const id = await run.resolve(ref);
  if (id.startsWith('sg-')) {
    const input = { Resources: [id], Tags: keys.map((Key) => ({ Key })) };
    await aws.ec2.send(new ec2.DeleteTagsCommand(input), { abortSignal: signal });
  } else {
    await aws.elb.send(new elb.RemoveTagsCommand({ ResourceArns: [id], TagKeys: keys }), { abortSignal: signal });
  }
  tagged(run, id, (known) => Object.fromEntries(Object.entries(known).filter(([key]) => !keys.includes(key))));
}

function tagged(run: Run, id: string, change: (known: Tags) => Tags): void {
  const { inventory, stack } = run.context;
  const resource =
    inventory.loadBalancers.get(id) ?? inventory.targetGroups.get(id) ?? inventory.securityGroups.get(id);
  if (resource) return inventory.setTags(id, change(resource.tags));
  for (const lb of inventory.stack(stack).loadBalancers) {
    const listeners = lb.listeners?.map((one) => (one.arn === id ? { ...one, tags: change(one.tags ?? {}) } : one));
    if (listeners) inventory.loadBalancers.patch(lb.arn, { listeners });
  }
}
