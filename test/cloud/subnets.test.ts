import { describe, expect, test } from 'vitest';
import { discoverSubnets, resolveSubnets, type Subnet } from '../../src/cloud/subnets.ts';
import type { Scheme } from '../../src/cloud/options.ts';

const ELB = 'kubernetes.io/role/elb';
const INTERNAL = 'kubernetes.io/role/internal-elb';
const OWN = 'kubernetes.io/cluster/prod';
const OTHER = 'kubernetes.io/cluster/test';

const subnet = (id: string, zone: string, tags: Record<string, string>, availableIps = 100): Subnet => ({
  id: `subnet-${id}`,
  zone,
  tags,
  availableIps,
  vpcId: 'vpc-1',
});

describe('discovery', () => {
  // what | scheme | subnets | chosen
  test.each<[string, Scheme, Subnet[], string[]]>([
    ['by role, value 1', 'internal', [subnet('1', 'a', { [INTERNAL]: '1' })], ['1']],
    ['by role, empty value', 'internet-facing', [subnet('1', 'a', { [ELB]: '' })], ['1']],
    [
      'not by another value',
      'internal',
      [
        subnet('1', 'a', { [INTERNAL]: 'true' }),
        subnet('2', 'a', { [INTERNAL]: '0' }),
        subnet('3', 'b', { [INTERNAL]: '1' }),
      ],
      ['3'],
    ],
    [
      'each scheme has its own role',
      'internet-facing',
      [subnet('1', 'a', { [INTERNAL]: '1' }), subnet('2', 'a', { [ELB]: '1' })],
      ['2'],
    ],
    [
      'one a zone: the lowest id',
      'internal',
      [
        subnet('3', 'a', { [INTERNAL]: '1' }),
        subnet('2', 'a', { [INTERNAL]: '1' }),
        subnet('1', 'b', { [INTERNAL]: '1' }),
      ],
      ['1', '2'],
    ],
    [
      'one a zone: this cluster’s before the lowest id',
      'internal',
      [subnet('1', 'a', { [INTERNAL]: '1' }), subnet('2', 'a', { [INTERNAL]: '1', [OWN]: 'owned' })],
      ['2'],
    ],
    [
      'not those of other clusters only',
      'internal',
      [
        subnet('1', 'a', { [INTERNAL]: '1', [OTHER]: 'shared' }),
        subnet('2', 'a', { [INTERNAL]: '1', [OTHER]: 'shared', [OWN]: 'shared' }),
        subnet('3', 'b', { [INTERNAL]: '1' }),
      ],
      ['2', '3'],
    ],
    [
      'not those with fewer than 8 free addresses',
      'internal',
      [subnet('1', 'a', { [INTERNAL]: '1' }, 7), subnet('2', 'a', { [INTERNAL]: '1' }, 8)],
      ['2'],
    ],
  ])('%s', (_name, scheme, subnets, expected) => {
    expect(discoverSubnets(subnets, scheme, 'prod')).toEqual({ ids: expected.map((id) => `subnet-${id}`) });
  });

  test.each<[string, Subnet[], string]>([
    ['no subnets', [], `no subnet of the VPC is tagged ${INTERNAL}=1`],
    ['the other role', [subnet('1', 'a', { [ELB]: '1' })], `no subnet of the VPC is tagged ${INTERNAL}=1`],
    [
      'none with room, or of this cluster',
      [subnet('1', 'a', { [INTERNAL]: '1' }, 3), subnet('2', 'a', { [INTERNAL]: '1', [OTHER]: '' })],
      `none of the 2 subnets tagged ${INTERNAL} is usable`,
    ],
  ])('a problem: %s', (_name, subnets, message) => {
    const { ids, problem } = discoverSubnets(subnets, 'internal', 'prod');
    expect(ids).toBeUndefined();
    expect(problem).toMatchObject({
      field: 'service.beta.kubernetes.io/aws-load-balancer-subnets',
      message: expect.stringContaining(message),
      remedy: expect.stringContaining(`${INTERNAL}=1`),
    });
  });
});

describe('by annotation', () => {
  const subnets = [
    subnet('1', 'a', { Name: 'left' }),
    subnet('2', 'b', { Name: 'right' }, 0),
    subnet('3', 'c', { Name: 'twin' }),
    subnet('4', 'd', { Name: 'twin' }),
    subnet('5', 'a', {}),
  ];

  test.each([
    [['subnet-1'], ['subnet-1']],
    [
      ['right', 'left'],
      ['subnet-2', 'subnet-1'],
    ],
    [
      ['subnet-4', 'left'],
      ['subnet-4', 'subnet-1'],
    ],
  ])('%j are %j, in the author’s order, whatever their tags and room', (wanted, ids) => {
    expect(resolveSubnets(subnets, wanted)).toEqual({ ids });
  });

  test.each([
    [['subnet-9'], 'subnet "subnet-9" is not in the VPC'],
    [['nobody'], 'subnet "nobody" is not in the VPC'],
    [['left', 'twin'], '2 subnets have the Name "twin"'],
    [['subnet-1', 'subnet-5'], 'subnets subnet-1 and subnet-5 are both in zone a'],
  ])('%j: %s', (wanted, message) => {
    expect(resolveSubnets(subnets, wanted).problem).toMatchObject({ value: wanted.join(','), message });
  });
});
