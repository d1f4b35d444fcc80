import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AWS_PERMISSIONS } from '../../src/cloud/aws/aws-permissions.ts';

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

/** The doctor tries permissions, which needs none but those of the controller. */
const isDoctor = (file: string) => file.startsWith(join('cloud', 'doctor'));

function callsIn(wanted: (file: string) => boolean): Found {
  const found: Found = { actions: new Set(), unclear: [] };
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const file of files.filter(wanted)) callsOf(file, readFileSync(join(SRC, file), 'utf8'), found);
  return found;
}

describe('the table of AWS permissions', () => {
  const { actions, unclear } = callsIn(() => true);
  const { actions: needed } = callsIn((file) => !isDoctor(file));
  const own = new Set(AWS_PERMISSIONS.filter(({ implied }) => !implied).map(({ action }) => action as string));

  test('every call that the code can make is found', () => {
    expect(unclear).toEqual([]);
    expect(actions.size).toBeGreaterThan(20);
  });

  test('every call is covered', () => {
    const granted = new Set<string>(AWS_PERMISSIONS.map(({ action }) => action));
    expect([...actions].filter((action) => !granted.has(action))).toEqual([]);
  });

  test('every permission is used', () => {
    expect([...own].filter((action) => !needed.has(action))).toEqual([]);
  });

  test('what is implied is so by a call that is made', () => {
    const calls = new Set([...needed].map((action) => action.split(':')[1]));
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
