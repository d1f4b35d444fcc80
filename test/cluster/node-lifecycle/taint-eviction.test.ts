import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { close, type Lab, lab } from '../workloads/lab.ts';
import { type Nodes, nodesIn } from './nodes.ts';

let it: Lab;
let nodes: Nodes;
beforeEach(() => {
  it = lab();
  nodes = nodesIn(it);
});
afterEach(() => close(it));

describe('a taint NoExecute by hand', () => {
  const taint = (effect = 'NoExecute') =>
    it.edit('nodes', 'a', (one) => void (one['spec'] = { taints: [{ key: 'k', value: 'v', effect }] }));
  beforeEach(() => {
    nodes.register('a', {});
    it.settle();
  });

  test.each([
    ['no toleration', [], 0, true],
    ['another key', [{ key: 'x', operator: 'Exists' }], 0, true],
    ['a toleration for ever', [{ key: 'k', operator: 'Exists' }], 1000, false],
    [
      'a toleration for a while, before',
      [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
      55,
      false,
    ],
    [
      'a toleration for a while, after',
      [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
      65,
      true,
    ],
  ])('%s', (_, tolerations, seconds, goes) => {
    nodes.run('p', 'a', { tolerations });
    taint();
    it.settle();
    it.pass(seconds);
    expect(nodes.isGoing('p')).toBe(goes);
  });

  test('is about pods that come later, too', () => {
    taint();
    nodes.run('p', 'a');
    it.settle();
    expect(nodes.isGoing('p')).toBe(true);
  });

  test('of another effect changes nothing', () => {
    nodes.run('p', 'a');
    taint('NoSchedule');
    it.settle();
    expect(nodes.isGoing('p')).toBe(false);
  });
});
