import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ServiceSpec } from '../../src/kube/objects.ts';
import { annotate, clear, converged, EMPTY, eventually, handled, nlb, reasons, serving, writes } from './look.ts';
import { condition, type Stage, startStage, describeStage } from './stage.ts';

/** What somebody writes into a Service that is served, and what the answer must name besides it. */
interface Mistake {
  what: string;
  annotations?: Record<string, string>;
  spec?: ServiceSpec;
  names: string[];
}

const MISTAKES: Mistake[] = [
  {
    what: 'a scheme that there is not',
    annotations: { [nlb('scheme')]: 'public' },
    names: [`${nlb('scheme')}="public"`, 'use internal or internet-facing'],
  },
  {
    what: 'a name that is too long',
    annotations: { [nlb('name')]: 'x'.repeat(33) },
    names: [nlb('name'), 'x'.repeat(33), 'is longer than 32 characters', 'use 1 to 32 letters'],
  },
  {
    what: 'an unknown key',
    annotations: { [nlb('schema')]: 'internal' },
    names: [`${nlb('schema')}="internal"`, 'does not exist', `use ${nlb('scheme')}`],
  },
  {
    what: 'a key that is not supported yet',
    annotations: { [nlb('ssl-cert')]: 'arn:aws:acm:us-east-1:1:certificate/1' },
    names: [
      `${nlb('ssl-cert')}="arn:aws:acm:us-east-1:1:certificate/1"`,
      'is not supported yet',
      'TLS must end in the pods',
    ],
  },
  {
    what: 'pods as targets',
    annotations: { [nlb('nlb-target-type')]: 'ip' },
    names: [`${nlb('nlb-target-type')}="ip"`, 'is not supported yet', 'use instance'],
  },
  {
    what: 'a subnet that there is not',
    annotations: { [nlb('subnets')]: 'subnet-0123456789abcdef0' },
    names: [`${nlb('subnets')}="subnet-0123456789abcdef0"`, 'is not in the VPC', 'by id or Name tag'],
  },
  {
    what: 'a tag that is Sluice’s own',
    annotations: { [nlb('additional-resource-tags')]: 'elbv2.k8s.aws/cluster=other' },
    names: [nlb('additional-resource-tags'), 'elbv2.k8s.aws/cluster=other', 'remove it'],
  },
  {
    what: 'an attribute with a bad value',
    annotations: { [nlb('attributes')]: 'load_balancing.cross_zone.enabled=yes' },
    names: [nlb('attributes'), 'load_balancing.cross_zone.enabled=yes', 'use true or false'],
  },
  {
    what: 'a target group attribute of another kind of load balancer',
    annotations: { [nlb('target-group-attributes')]: 'slow_start.duration_seconds=30' },
    names: [nlb('target-group-attributes'), 'slow_start.duration_seconds=30', 'Application Load Balancer', 'remove it'],
  },
  {
    what: 'a health check interval out of bounds',
    annotations: { [nlb('healthcheck-interval')]: '301' },
    names: [`${nlb('healthcheck-interval')}="301"`, 'use one from 5 to 300'],
  },
  {
    what: 'a health check path for TCP',
    annotations: { [nlb('healthcheck-path')]: '/ready' },
    names: [`${nlb('healthcheck-path')}="/ready"`, 'cannot apply', `set ${nlb('healthcheck-protocol')}: HTTP`],
  },
  {
    what: 'a node label that cannot be one',
    annotations: { [nlb('target-node-labels')]: 'pool' },
    names: [`${nlb('target-node-labels')}="pool"`, 'has an entry without "="', 'write key=value'],
  },
  {
    what: 'a switch that is neither on nor off',
    annotations: { 'sluice.dev/allow-replacement': 'yes' },
    names: ['sluice.dev/allow-replacement="yes"', 'neither true nor false'],
  },
  {
    what: 'SCTP',
    spec: { ports: [{ port: 80, protocol: 'SCTP' }] },
    names: ['spec.ports[0].protocol="SCTP"', 'use TCP or UDP'],
  },
];

describeStage('what can’t be done', () => {
  let stage: Stage;
  let tests = 0;
  let name: string;
  beforeAll(async () => {
    stage = await startStage({ nodes: 2 });
    await stage.controller(['--concurrency', '1']);
  });
  beforeEach(() => {
    name = `wrong-${++tests}`;
  });
  afterEach(() => clear(stage));
  afterAll(() => stage?.stop());

  const warnings = async () => (await reasons(stage, name)).filter((reason) => reason === 'InvalidConfiguration');

  test.each(MISTAKES)(
    '$what: said once, nothing changes, and mending it helps',
    async ({ annotations, spec, names }) => {
      const made = await stage.create({ name });
      const hostname = await stage.hostname(name);
      await handled(stage);
      stage.proxy.reset();
      const before = await stage.cloud();

      await stage.patch(name, { ...(annotations && { metadata: { annotations } }), ...(spec && { spec }) });
      await handled(stage);
      const refused = await stage.get(name);
      expect(condition(refused, 'Accepted')).toMatchObject({ status: 'False', reason: 'InvalidConfiguration' });
      for (const part of names) expect(condition(refused, 'Accepted')?.message).toContain(part);
      // A second look changes nothing and says nothing new.
      await stage.patch(name, { metadata: { labels: { seen: 'again' } } });
      await handled(stage);
      await eventually(async () => expect(await warnings()).toHaveLength(1));
      expect(writes(stage)).toEqual([]);
      expect(await stage.cloud()).toEqual(before);
      const now = await stage.get(name);
      expect(now?.status?.loadBalancer?.ingress?.[0]?.hostname).toBe(hostname);
      expect(condition(now, 'Provisioned')?.status).toBe('True');

      const gone = Object.fromEntries(Object.keys(annotations ?? {}).map((key) => [key, null]));
      await stage.patch(name, { metadata: { annotations: gone }, spec: { ports: made.spec.ports } });
      await handled(stage);
      expect(condition(await stage.get(name), 'Accepted')).toMatchObject({ status: 'True', reason: 'Accepted' });
      expect(await warnings()).toHaveLength(1);
    },
  );

  test('a Service that was wrong from the start gets nothing, then everything', async () => {
    const made = await stage.create({ name, annotations: { [nlb('scheme')]: 'public', [nlb('name')]: '-' } });
    await handled(stage);
    const refused = condition(await stage.get(name), 'Accepted');
    // All problems at once.
    expect(refused?.message).toContain('aws-load-balancer-scheme="public"');
    expect(refused?.message).toContain('aws-load-balancer-name="-"');
    expect((await stage.get(name))?.metadata.finalizers).toBeUndefined();
    expect(await stage.cloud()).toEqual(EMPTY);
    await annotate(stage, name, { scheme: 'internal', name: 'good' });
    await converged(stage, name);
    expect((await serving(stage, name)).lb.name).toBe('good');
    expect(made.metadata.uid).toBe((await stage.get(name))?.metadata.uid);
  });

  test('nodes come and go for a Service that is refused for something else, too', async () => {
    await stage.create({ name });
    await stage.hostname(name);
    await annotate(stage, name, { scheme: 'public' });
    await handled(stage);
    const [node] = stage.nodeNames;
    const out = (value: string | null) =>
      stage.kube.request('PATCH', `/api/v1/nodes/${node}`, {
        metadata: { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': value } },
      });
    const before = await stage.cloud();
    await out('true');
    await annotate(stage, name, { scheme: null });
    await eventually(async () => expect((await serving(stage, name)).groupOf(80).targets).toHaveLength(1));
    await out(null);
    await eventually(async () => expect(await stage.cloud()).toEqual(before));
  });

  test('a refused Service can be deleted, and keeps nothing that others leave', async () => {
    await stage.create({ name: `${name}-good` });
    await stage.hostname(`${name}-good`);
    await stage.create({ name, annotations: { [nlb('scheme')]: 'public' } });
    await handled(stage);
    await stage.remove(`${name}-good`);
    await stage.gone(`${name}-good`);
    expect(await stage.cloud()).toEqual(EMPTY);
    await stage.remove(name);
    await stage.gone(name);
  });

  test('a served Service that is refused can be deleted', async () => {
    await stage.create({ name });
    await stage.hostname(name);
    await annotate(stage, name, { scheme: 'public' });
    await handled(stage);
    await stage.remove(name);
    await stage.gone(name);
    expect(await stage.cloud()).toEqual(EMPTY);
  });
});
