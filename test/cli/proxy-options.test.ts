import { expect, test } from 'vitest';
import { proxySpec } from '../../src/cli/proxy.ts';
import { parseCommand } from '../../src/cli/parse.ts';

function config(argv: string[], env: Record<string, string> = {}) {
  const parsed = parseCommand(proxySpec, argv, env);
  if (parsed.help !== undefined) throw new Error('help');
  return parsed.config;
}

test('a node name is all that it needs', () => {
  expect(config(['--node-name=n1'])).toEqual({
    nodeName: 'n1',
    minSyncDelayMs: 50,
    claimAddresses: false,
    lowPortOffset: 0,
    metricsAddress: { port: 10_249 },
    healthAddress: { port: 10_256 },
    logLevel: 'info',
    logFormat: 'auto',
  });
});

test("the node's name and the offset come from the environment too", () => {
  const { nodeName, lowPortOffset } = config([], { NODE_NAME: 'n1', SLUICE_LOW_PORT_OFFSET: '10000' });
  expect({ nodeName, lowPortOffset }).toEqual({ nodeName: 'n1', lowPortOffset: 10_000 });
});

test('ranges are lists', () => {
  const { clusterCidrs, nodePortAddresses } = config([
    '--node-name=n1',
    '--cluster-cidr=10.244.0.0/16,fd00:244::/48',
    '--nodeport-addresses=10.0.0.0/8',
    '--nodeport-addresses=127.0.0.1',
  ]);
  expect(clusterCidrs?.map(({ text }) => text)).toEqual(['10.244.0.0/16', 'fd00:244::/48']);
  expect(nodePortAddresses?.map(({ text }) => text)).toEqual(['10.0.0.0/8', '127.0.0.1']);
});

test.each([
  [[], '--node-name is missing: pass --node-name NAME or set SLUICE_NODE_NAME'],
  [
    ['--node-name=n1', '--cluster-cidr=10.244/16'],
    '--cluster-cidr: "10.244/16" is not a range of addresses such as 10.244.0.0/16',
  ],
  [['--node-name=n1', '--low-port-offset=70000'], '--low-port-offset: "70000" is not a whole number from 0 to 64512'],
])('%j: %s', (argv, line) => {
  expect(() => config(argv)).toThrow(line);
});
