/** What the end-to-end tests ask of a stage besides its own methods. */
import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, vi } from 'vitest';
import type { Service } from '../../src/kube/objects.ts';
import { waitFor } from '../support/wait.ts';
import type { CallRecord } from '../tools/aws-proxy.ts';
import { eventsOf } from '../tools/events.ts';
import { type Cloud, CLUSTER, condition, type Stage } from './stage.ts';

export const FINALIZER = 'sluice.dev/load-balancer';
export const CONDITIONS = ['Accepted', 'Provisioned', 'TargetsHealthy', 'Synced'] as const;
export const EMPTY: Cloud = { loadBalancers: [], targetGroups: [], groups: [], nodeRules: [] };

/** Runs assertions until they hold; when time is up the last failure is thrown. */
export function eventually<T>(assertions: () => T | Promise<T>, timeoutMs = 30_000, intervalMs = 50): Promise<T> {
  return vi.waitFor(assertions, { timeout: timeoutMs, interval: intervalMs });
}

/** The key of a load balancer annotation. */
export const nlb = (suffix: string): string => `service.beta.kubernetes.io/aws-load-balancer-${suffix}`;

/** Sets annotations by their suffix; `null` takes one off. */
export function annotate(stage: Stage, name: string, values: Record<string, string | null>): Promise<Service> {
  const annotations = Object.fromEntries(Object.entries(values).map(([suffix, value]) => [nlb(suffix), value]));
  return stage.patch(name, { metadata: { annotations } });
}

/** Waits for all four conditions. They may be those of an earlier state: see {@link handled}. */
export async function converged(stage: Stage, name: string): Promise<Service> {
  return eventually(async () => {
    const service = await stage.get(name);
    const statuses = CONDITIONS.map((type) => [
      type,
      condition(service, type)?.status,
      condition(service, type)?.message,
    ]);
    expect(statuses).toEqual(CONDITIONS.map((type) => [type, 'True', expect.any(String)]));
    return service as Service;
  });
}

let barriers = 0;

/**
 * Waits until everything that was written before has been handled once. Needs a controller with `--concurrency 1`: a
 * Service that it refuses stands last in the queue, and its refusal is written without a call to AWS.
 */
export async function handled(stage: Stage): Promise<void> {
  // The list that a controller starts with is in order of names.
  const name = `zz-barrier-${++barriers}`;
  await stage.create({ name, annotations: { [nlb('scheme')]: 'none' } });
  await waitFor(async () => condition(await stage.get(name), 'Accepted')?.status === 'False', {
    timeoutMs: 30_000,
    what: `${name} to be refused`,
  });
  await stage.remove(name);
}

/** The calls since the proxy was reset that ask for a change. */
export function writes(stage: Stage): CallRecord[] {
  return stage.proxy.calls.filter(({ action }) => !action.startsWith('Describe'));
}

export const actions = (calls: readonly CallRecord[]): string[] => calls.map(({ action }) => action);

/** What the cloud holds for one Service: by its tags, and its groups through its load balancers. */
export async function holdings(stage: Stage, name: string) {
  const cloud = await stage.cloud();
  const stack = name.includes('/') ? name : `default/${name}`;
  const mine = ({ tags }: { tags: Record<string, string> }) =>
    tags['elbv2.k8s.aws/cluster'] === CLUSTER && tags['service.k8s.aws/stack'] === stack;
  const loadBalancers = cloud.loadBalancers.filter(mine);
  const groups = new Set(loadBalancers.flatMap((lb) => lb.groups));
  const backend = cloud.groups.find((group) => group.name.startsWith('k8s-traffic-'));
  return {
    loadBalancers,
    targetGroups: cloud.targetGroups.filter(mine).sort((a, b) => a.name.localeCompare(b.name)),
    front: cloud.groups.filter((group) => groups.has(group.id) && group !== backend),
    backend,
    nodeRules: cloud.nodeRules,
  };
}

/** The one load balancer and the target groups of a Service, by listener port. */
export async function serving(stage: Stage, name: string) {
  const { loadBalancers, targetGroups, front } = await holdings(stage, name);
  expect(loadBalancers).toHaveLength(1);
  expect(front).toHaveLength(1);
  const lb = loadBalancers[0] as Cloud['loadBalancers'][number];
  const byPort = new Map(
    lb.listeners.map(({ port, group }) => [port, targetGroups.find(({ arn }) => arn === group)] as const),
  );
  const groupOf = (port: number) => {
    const group = byPort.get(port);
    if (!group) throw new Error(`no listener with a target group on port ${port}`);
    return group;
  };
  return { lb, front: front[0] as Cloud['groups'][number], targetGroups, groupOf };
}

/** Attributes of a load balancer or target group, asked of moto itself. */
export async function attributesOf(stage: Stage, arn: string): Promise<Record<string, string>> {
  const answer = arn.includes(':targetgroup/')
    ? await stage.elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn }))
    : await stage.elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }));
  return Object.fromEntries((answer.Attributes ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** Tags of an ELB resource or of a security group, asked of moto itself. */
export async function tagsOf(stage: Stage, id: string): Promise<Record<string, string>> {
  const tags = id.startsWith('sg-')
    ? (await stage.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))).SecurityGroups?.[0]?.Tags
    : (await stage.elb.send(new DescribeTagsCommand({ ResourceArns: [id] }))).TagDescriptions?.[0]?.Tags;
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** ARNs of a load balancer's listeners, by port. */
export async function listenerArns(stage: Stage, arn: string): Promise<string[]> {
  const { Listeners = [] } = await stage.elb.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
  return Listeners.sort((a, b) => (a.Port ?? 0) - (b.Port ?? 0)).map(({ ListenerArn = '' }) => ListenerArn);
}

/** Reasons of a Service's events, each as often as it happened, in order of their first time. */
export async function reasons(stage: Stage, name: string): Promise<string[]> {
  return (await eventsOf(stage.kube, name))
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .flatMap(({ reason, count = 1 }) => Array.from({ length: count }, () => reason));
}

/** Deletes every Service and waits until nothing is left of them, in the cluster and in the cloud. */
export async function clear(stage: Stage): Promise<void> {
  stage.proxy.onCall = undefined;
  const list = async () => {
    const { items } = (await stage.kube.request('GET', '/api/v1/services')).body as { items: Service[] };
    const names = items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    return names.filter((name) => name !== 'default/kubernetes');
  };
  for (const name of await list()) await stage.remove(name);
  await eventually(async () => expect(await list()).toEqual([]));
  await eventually(async () => expect(await stage.cloud()).toEqual(EMPTY), 10_000);
}
