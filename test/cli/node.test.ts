import { expect, test } from 'vitest';
import { nodeCommand } from '../../src/cli/node.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';

const io = { env: {}, out: () => {}, err: () => {} };

test.each([
  [[], 'nothing to do: name one of add, stop, start, drain, remove and a node'],
  [['stop'], 'stop needs the name of a node: sluice node stop NAME'],
  [['halt', 'n'], 'argument: "halt" is nothing that can be done; there are add, stop, start, drain, remove'],
  [['drian', 'n'], 'argument: "drian" is nothing that can be done; did you mean drain?'],
  [['stop', 'N 1'], 'NAME: "N 1" is not an object name (a-z, 0-9, - and ., up to 253 characters)'],
  [['stop', 'n1', 'n2'], 'unexpected argument "n2"; one node at a time'],
])('sluice node %j', async (argv, line) => {
  await expect(nodeCommand(argv, io)).rejects.toThrow(new ConfigError(line));
});
