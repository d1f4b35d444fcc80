import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storedKind } from '../../../src/cluster/registry/kinds.ts';
import { type Nodes, nodesIn } from '../node-lifecycle/nodes.ts';
import { close, type Lab, lab } from './lab.ts';

let it: Lab;
let nodes: Nodes;
beforeEach(() => {
  it = lab();
  nodes = nodesIn(it);
});
afterEach(() => close(it));

describe('pods that nobody else takes away', () => {
  test('go with their node', () => {
    nodes.register('a');
    it.settle();
    nodes.run('p', 'a');
    it.settle();
    const seen: string[] = [];
    it.registry.store.subscribe(({ resource, item }) => {
      if (resource === 'pods') seen.push(`${item.object['status'].phase}`);
    });
    it.remove('v1', 'Node', '', 'a');
    it.settle();
    expect(nodes.pod('p')).toBeDefined();
    it.pass(3);
    expect(nodes.pod('p')).toBeUndefined();
    // They have failed, for whoever waits for their end.
    expect(seen).toEqual(['Failed', 'Failed']);
  });

  test('stay when the node is back soon', () => {
    nodes.register('a');
    it.settle();
    nodes.run('p', 'a');
    it.remove('v1', 'Node', '', 'a');
    it.pass(1);
    nodes.register('a');
    it.pass(60);
    expect(nodes.pod('p')).toBeDefined();
  });

  test('on a node that never was have a while until it comes', () => {
    nodes.run('p', 'nowhere');
    it.settle();
    it.pass(35);
    expect(nodes.pod('p')).toBeDefined();
    it.pass(10);
    expect(nodes.pod('p')).toBeUndefined();
  });

  test('being deleted go at once from a node that is out of service', () => {
    nodes.register('a');
    nodes.register('b');
    it.settle();
    nodes.run('p', 'a');
    nodes.run('q', 'a');
    it.registry.delete(storedKind('pods'), 'default', 'p', {}, { dryRun: false });
    nodes.say('a', 'False');
    it.settle();
    expect(nodes.pod('p')).toBeDefined();
    it.edit('nodes', 'a', (one) =>
      one['spec'].taints.push({ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }),
    );
    it.settle();
    // The second one was evicted by the same taint.
    expect([nodes.pod('p'), nodes.pod('q')]).toEqual([undefined, undefined]);
  });

  test('that have ended go when there are too many, the oldest first', () => {
    close(it);
    it = lab({ terminatedPods: 2 });
    nodes = nodesIn(it);
    nodes.register('a', {});
    for (const name of ['c', 'a', 'b', 'd']) {
      nodes.run(name, 'a');
      it.edit('pods', name, (one) => void (one['status'].phase = name === 'd' ? 'Running' : 'Succeeded'), 'status');
      it.pass(2);
    }
    expect(it.names('pods')).toEqual(['a', 'b', 'd']);
  });
});
