import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AWS_PERMISSIONS } from '../../src/cloud/aws/aws-permissions.ts';
import { formatPolicy, iamPolicy } from '../../src/cloud/aws/iam-policy.ts';

const SRC = join(import.meta.dirname, '..', '..', 'src');
const SERVICES: Record<string, string> = {
  '@aws-sdk/client-ec2': 'ec2',
  '@aws-sdk/client-elastic-load-balancing-v2': 'elasticloadbalancing',
};

interface Found {
  actions: Set<string>;
  /** Ways to the SDK that this can't follow, so that no call hides in them. */
  unclear: string[];
}

/** The AWS actions that a source can call: it names their commands or paginators, by itself or in the SDK's namespace. */
function callsOf(file: string, source: string, found: Found): void {
  const use = (from: string, name: string) => {
    const service = SERVICES[from];
    const operation = /^([A-Z]\w*)Command$|^paginate([A-Z]\w*)$/.exec(name)?.slice(1).find(Boolean);
    if (operation) found.actions.add(`${service}:${operation}`);
    // What is a type, and the clients: neither calls anything.
    else if (!service || !/^(type )?[A-Z]/.test(name)) found.unclear.push(`${file}: ${name} of ${from}`);
  };
  const rest = source.replaceAll(
    /import\s+(type\s+)?(?:\{([^}]*)\}|\* as (\w+))\s*from\s*'(@aws-sdk\/[^']+)';/g,
    (_, type: string | undefined, names: string | undefined, namespace: string, from: string) => {
      if (type) return '';
      for (const name of names?.split(',') ?? []) if (name.trim()) use(from, name.trim());
      if (!namespace) return '';
      const code = source.replaceAll(/^import .*;$/gm, '');
      const uses = code.matchAll(new RegExp(`(?<![\\w.])${namespace}\\b(?:\\.(\\w+))?`, 'g'));
      for (const [, member] of uses) use(from, member ?? `${namespace} as a whole`);
      return '';
    },
  );
  if (rest.includes('@aws-sdk/')) found.unclear.push(`${file}: another way to the SDK than an import by name`);
}

function allCalls(): Found {
  const found: Found = { actions: new Set(), unclear: [] };
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const file of files) callsOf(file, readFileSync(join(SRC, file), 'utf8'), found);
  return found;
}

describe('the table of AWS permissions', () => {
  const { actions, unclear } = allCalls();
  const own = new Set(AWS_PERMISSIONS.filter(({ implied }) => !implied).map(({ action }) => action as string));

  test('every call that the code can make is found', () => {
    expect(unclear).toEqual([]);
    expect(actions.size).toBeGreaterThan(20);
  });

  test('every call is covered', () => {
    expect([...actions].filter((action) => !own.has(action))).toEqual([]);
  });

  test('every permission is used', () => {
    expect([...own].filter((action) => !actions.has(action))).toEqual([]);
  });

  test('what is implied is so by a call that is made', () => {
    const calls = new Set([...actions].map((action) => action.split(':')[1]));
    for (const { action, operation, implied } of AWS_PERMISSIONS) {
      if (implied) expect([action, calls.has(operation)]).toEqual([action, true]);
    }
  });
});

test.each([
  ["import * as ec2 from '@aws-sdk/client-ec2';\nhand(ec2);", 'a.ts: ec2 as a whole of @aws-sdk/client-ec2'],
  ["import * as ec2 from '@aws-sdk/client-ec2';\nec2[name]();", 'a.ts: ec2 as a whole of @aws-sdk/client-ec2'],
  ["const ec2 = await import('@aws-sdk/client-ec2');", 'a.ts: another way to the SDK than an import by name'],
  [
    "import { waitUntilInstanceRunning } from '@aws-sdk/client-ec2';",
    'a.ts: waitUntilInstanceRunning of @aws-sdk/client-ec2',
  ],
  ["import { S3Client } from '@aws-sdk/client-s3';", 'a.ts: S3Client of @aws-sdk/client-s3'],
])('a call could hide in %j', (source, problem) => {
  const found: Found = { actions: new Set(), unclear: [] };
  callsOf('a.ts', source, found);
  expect(found.unclear).toEqual([problem]);
});

describe('the IAM policy', () => {
  const policy = iamPolicy({ clusterName: 'demo' });

  test('allows nothing but reading without a condition, or on all that there is', () => {
    for (const { Sid, Action, Resource, Condition } of policy.Statement) {
      expect(Action.filter((action) => action.includes('*'))).toEqual([]);
      if (Sid === 'Read') for (const action of Action) expect(action).toMatch(/:Describe/);
      // The VPC has no tag of the request; the group in it has.
      else if (Sid !== 'CreateGroupInVpc')
        expect([Sid, Resource === '*', Condition]).toEqual([Sid, false, expect.anything()]);
    }
  });

  test('grants each permission once, and nothing else', () => {
    const granted = policy.Statement.flatMap(({ Sid, Action }) => Action.map((action) => `${Sid} ${action}`));
    expect(new Set(granted).size).toBe(granted.length);
    expect(new Set(policy.Statement.flatMap(({ Action }) => Action))).toEqual(
      new Set(AWS_PERMISSIONS.map(({ action }) => action)),
    );
  });

  test('fits into a managed policy, with the longest name of a cluster', () => {
    // IAM and STS quotas: 6,144 characters, not counting white space.
    const longest = iamPolicy({ clusterName: 'c'.repeat(100), partition: 'aws-us-gov', region: 'us-gov-west-1' });
    expect(formatPolicy(longest).replaceAll(/\s/g, '').length).toBeLessThanOrEqual(6144);
  });

  test.each([
    [{ region: 'eu-central-1' }, 'arn:aws:elasticloadbalancing:eu-central-1:*:loadbalancer/net/*/*'],
    [{ region: 'cn-north-1' }, 'arn:aws-cn:elasticloadbalancing:cn-north-1:*:loadbalancer/net/*/*'],
    [{ region: 'us-gov-west-1' }, 'arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:*:loadbalancer/net/*/*'],
    [{ partition: 'aws-cn' }, 'arn:aws-cn:elasticloadbalancing:*:*:loadbalancer/net/*/*'],
    [{ vpcId: 'vpc-1' }, 'arn:aws:ec2:*:*:vpc/vpc-1'],
  ])('for %j names %s', (scope, arn) => {
    const { Statement } = iamPolicy({ clusterName: 'demo', ...scope });
    expect(Statement.flatMap(({ Resource }) => Resource)).toContain(arn);
  });

  test('takes a dollar sign in the name of a cluster for what it is', () => {
    const { Statement } = iamPolicy({ clusterName: '${aws:username}' });
    const create = Statement.find(({ Sid }) => Sid === 'Create');
    expect(create?.Condition?.['StringEquals']).toEqual({
      'aws:RequestTag/elbv2.k8s.aws/cluster': '${$}{aws:username}',
    });
  });
});
