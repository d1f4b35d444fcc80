import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeWith } from '../support/requirements.ts';
import {
  actions,
  annotate,
  attributesOf,
  clear,
  converged,
  handled,
  holdings,
  nlb,
  serving,
  tagsOf,
  writes,
} from './look.ts';
import { type Stage, startStage } from './stage.ts';

describeWith(['control-plane', 'moto'], 'annotations that are applied in place', () => {
  let stage: Stage;
  let tests = 0;
  let name: string;
  beforeAll(async () => {
    stage = await startStage({ nodes: 3 });
    await stage.controller(['--concurrency', '1']);
  });
  beforeEach(() => {
    name = `tuned-${++tests}`;
  });
  afterEach(() => clear(stage));
  afterAll(() => stage?.stop());

  async function served(annotations: Record<string, string> = {}, spec = {}) {
    await stage.create({ name, annotations, spec });
    await converged(stage, name);
    stage.proxy.reset();
    return serving(stage, name);
  }

  async function change(values: Record<string, string | null>) {
    stage.proxy.reset();
    await annotate(stage, name, values);
    await handled(stage);
    return serving(stage, name);
  }

  test('tags are added, changed and removed on everything that is the Service’s own', async () => {
    const { lb, front } = await served({ [nlb('additional-resource-tags')]: 'team=blue,cost centre=a\\,b' });
    const all = async () => {
      const now = await serving(stage, name);
      const group = await stage.ec2.config.region(); // the client is set up
      expect(group).toBe(stage.network.region);
      const listener = stage.proxy.calls.findLast(({ action }) => action === 'CreateListener');
      void listener;
      return [now.lb.tags, now.groupOf(80).tags, await securityGroupTags(front.id)];
    };
    for (const tags of await all()) expect(tags).toMatchObject({ team: 'blue', 'cost centre': 'a,b' });
    const owned = lb.tags;
    await change({ 'additional-resource-tags': 'team=red' });
    for (const tags of await all()) {
      expect(tags).toMatchObject({ team: 'red', 'elbv2.k8s.aws/cluster': 'e2e' });
      expect(tags).not.toHaveProperty(['cost centre']);
    }
    await change({ 'additional-resource-tags': null });
    for (const tags of await all()) expect(Object.keys(tags)).toHaveLength(3);
    expect(owned).toMatchObject((await serving(stage, name)).lb.tags);
    // The shared group carries no Service's tags.
    await converged(stage, name);
  });
});
