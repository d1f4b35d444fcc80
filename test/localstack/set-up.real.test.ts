import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { discoverSubnets, ROLE_TAG } from '../../src/cloud/subnets.ts';
import { describeWith } from '../support/requirements.ts';
import { startLocalStack, type LocalStack } from '../tools/localstack.ts';
import { layOutNetwork, readNetwork } from '../tools/network.ts';

const LOCALSTACK = join(import.meta.dirname, '..', '..', 'localstack');

describeWith(['localstack', 'moto'], 'the LocalStack set-up', () => {
  const cluster = { clusterName: 'local', zones: 3, nodes: 4, region: 'eu-west-1' };
  let gateway: LocalStack;
  beforeAll(async () => {
    gateway = await startLocalStack(cluster);
  });
  afterAll(() => gateway?.stop());

  test('the init hook lays out what the controller looks for', async () => {
    const network = await readNetwork(gateway.url, cluster);
    expect(network).toMatchObject({ region: 'eu-west-1', vpcId: expect.stringMatching(/^vpc-/) });
    expect(network.instances.map(({ zone }) => zone)).toEqual(['eu-west-1a', 'eu-west-1b', 'eu-west-1c', 'eu-west-1a']);
    for (const [scheme, ids] of [
      ['internet-facing', network.subnetIds.public],
      ['internal', network.subnetIds.internal],
    ] as const) {
      const tags = { [ROLE_TAG[scheme]]: '1', 'kubernetes.io/cluster/local': 'owned' };
      const subnets = ids.map((id, zone) => ({ id, vpcId: network.vpcId, zone: `${zone}`, availableIps: 250, tags }));
      expect(discoverSubnets(subnets, scheme, 'local').ids).toHaveLength(3);
    }
  });

  test('run again, the hook makes nothing twice', async () => {
    const before = await readNetwork(gateway.url, cluster);
    expect(await layOutNetwork(gateway.url, cluster)).toEqual(before);
  });

  test('a service that is not there is refused as AWS words errors', async () => {
    const answer = await fetch(gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: 'AWS4-HMAC-SHA256 Credential=test/20261125/eu-west-1/elasticache/aws4_request, Signature=0',
      },
      body: 'Action=DescribeCacheClusters&Version=2015-02-02',
    });
    expect(answer.status).toBe(501);
    expect(await answer.text()).toMatch(/<ErrorResponse.*<Code>InternalFailure<\/Code>/s);
  });
});

test('the compose file pins the image, mounts the hooks and passes on what the README names', () => {
  const { services } = parse(readFileSync(join(LOCALSTACK, 'docker-compose.yml'), 'utf8')) as {
    services: Record<
      string,
      { image: string; ports: string[]; environment: Record<string, string>; volumes: string[] }
    >;
  };
  const { image, ports, environment, volumes } = services['localstack'] ?? expect.fail('no service localstack');
  expect(image).toMatch(/^localstack\/localstack-pro:\d+\.\d+\.\d+$/);
  // Nobody else on the network may use it: every key works.
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  expect(volumes).toContain('./init:/etc/localstack/init:ro');
  expect(environment['LOCALSTACK_AUTH_TOKEN']).toMatch(/^\$\{LOCALSTACK_AUTH_TOKEN:\?/);
  const hook = readFileSync(join(LOCALSTACK, 'init', 'ready.d', '10_network.py'), 'utf8');
  const variables = new Set(hook.match(/\bSLUICE_\w+/g));
  const readme = readFileSync(join(LOCALSTACK, 'README.md'), 'utf8');
  expect(Object.keys(environment)).toEqual(expect.arrayContaining([...variables]));
  for (const variable of variables) expect(readme).toContain(variable);
});

test('every hook that the README names is there, and no other', () => {
  const hooks = readdirSync(join(LOCALSTACK, 'init', 'ready.d'));
  expect(hooks).toEqual(['10_network.py']);
  const links = readFileSync(join(LOCALSTACK, 'README.md'), 'utf8').matchAll(/\]\((?!http)([^)]+)\)/g);
  for (const [, path = ''] of links) expect([path, existsSync(join(LOCALSTACK, path))]).toEqual([path, true]);
});
