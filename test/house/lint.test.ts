import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

/** One file that breaks a rule: where it stands, what it says, and the rule that must bite. */
interface Violation {
  name: string;
  file: string;
  code: string;
  rule: string;
}

const IMPORTS = 'eslint(no-restricted-imports)';
const GLOBALS = 'eslint(no-restricted-globals)';
const outward = (name: string, file: string, from: string): Violation => ({
  name,
  file,
  code: `export { x } from '${from}';`,
  rule: IMPORTS,
});
const impure = (name: string, file: string, code: string, rule = GLOBALS): Violation => ({ name, file, code, rule });

const violations: Violation[] = [
  {
    name: 'a promise that nobody waits for',
    file: 'src/kube/floating.ts',
    code: `import { later } from './objects.ts';\nexport function f() { later(); }`,
    rule: 'typescript(no-floating-promises)',
  },
  {
    name: 'a promise where a callback returns nothing',
    file: 'src/kube/misused.ts',
    code: `import { later } from './objects.ts';\nexport const f = () => [1].forEach(async () => { await later(); });`,
    rule: 'typescript(no-misused-promises)',
  },
  {
    name: 'a promise taken for a condition',
    file: 'src/kube/condition.ts',
    code: `import { later } from './objects.ts';\nexport const f = () => (later() ? 1 : 2);`,
    rule: 'typescript(no-misused-promises)',
  },
  {
    name: 'waiting for what is no promise',
    file: 'src/kube/await.ts',
    code: `import { x } from './objects.ts';\nexport async function f() { return (await x) + 1; }`,
    rule: 'typescript(await-thenable)',
  },
  outward('kube imports a plane', 'src/kube/plane.ts', '../cloud/model.ts'),
  outward('runtime imports cli', 'src/runtime/cli.ts', '../cli/run.ts'),
  outward('service imports runtime', 'src/service/runtime.ts', '../runtime/log.ts'),
  outward('service imports values of kube', 'src/service/values.ts', '../kube/objects.ts'),
  outward('service imports more of kube than the object types', 'src/service/store.ts', '../kube/store.ts'),
  outward('a plane imports cli', 'src/cloud/cli.ts', '../cli/run.ts'),
  outward('cli imports main', 'src/cli/main.ts', '../main.ts'),
  outward('the cloud plane imports another', 'src/cloud/dns.ts', '../dns/zone.ts'),
  outward('a nested file of a plane imports another plane', 'src/cloud/aws/dns.ts', '../../dns/zone.ts'),
  outward('another plane imports the cloud plane', 'src/dns/cloud.ts', '../cloud/model.ts'),
  outward('src imports test', 'src/cloud/aws/test.ts', '../../../test/support/wait.ts'),
  outward('kube imports test', 'src/kube/test.ts', '../../test/support/wait.ts'),
  outward('a pure file imports an adapter', 'src/cloud/plan-adapter.ts', './aws/client.ts'),
  outward('a pure file imports the SDK', 'src/cloud/desired-sdk.ts', '@aws-sdk/client-ec2'),
  outward('a pure file imports a built-in', 'src/cloud/naming-fs.ts', 'node:fs'),
  outward('a pure file imports the store', 'src/cloud/subnets-store.ts', '../kube/store.ts'),
  outward('a pure file imports the controller', 'src/cloud/status-controller.ts', './controller.ts'),
  impure('a pure file reads the clock', 'src/cloud/status.ts', 'export const f = () => Date.now();'),
  impure('a pure file makes a date', 'src/cloud/nodes.ts', 'export const f = () => new Date();'),
  impure('a pure file reads the environment', 'src/cloud/node-rules.ts', "export const f = () => process.env['A'];"),
  impure('a pure file waits', 'src/cloud/annotations.ts', 'export const f = (g: () => void) => setTimeout(g, 1);'),
  impure(
    'a pure file of the proxy reads the clock',
    'src/proxy/select.ts',
    'export const f = () => performance.now();',
  ),
  impure(
    'a pure file of the endpoints plane reads the clock',
    'src/endpoints/mirror-plan.ts',
    'export const f = () => Date.now();',
  ),
  impure('a service file reads the clock', 'src/service/clock.ts', 'export const f = () => Date.now();'),
  impure(
    'a pure file rolls dice',
    'src/cloud/plan.ts',
    'export const f = () => Math.random();',
    'eslint(no-restricted-properties)',
  ),
  {
    name: 'a dynamic import outward',
    file: 'src/kube/dynamic.ts',
    code: `export const f = async () => (await import('../cloud/model.ts')).x;`,
    rule: IMPORTS,
  },
];

/** What each room may do. The first ones are also what the files above import. */
const allowed: Record<string, string> = {
  'src/kube/objects.ts':
    'export interface Thing { a: string }\nexport const x = 1;\nexport async function later(): Promise<void> {}',
  'src/kube/store.ts': 'export const x = 1;',
  'src/runtime/log.ts': 'export const x = 1;',
  'src/dns/zone.ts': 'export const x = 1;',
  'src/cloud/model.ts': 'export const x = 1;',
  'src/cloud/aws/client.ts': 'export const x = 1;\nexport interface Client { a: string }',
  'src/service/keys.ts': `import type { Thing } from '../kube/objects.ts';\nexport const f = (thing: Thing) => thing.a;`,
  'src/cloud/naming.ts': `import { createHash } from 'node:crypto';\nexport const f = (a: string) => createHash('sha256').update(a);`,
  'src/cloud/desired.ts':
    `import type { Client } from './aws/client.ts';\nimport type { Thing } from '../kube/objects.ts';\n` +
    `import { x } from './model.ts';\nexport const f = (client: Client, thing: Thing) => client.a + thing.a + String(x);`,
  'src/cloud/controller.ts':
    `import { x as a } from './aws/client.ts';\nimport { x as b } from '../kube/store.ts';\n` +
    `import { x as c } from '../runtime/log.ts';\nexport const f = () => a + b + c + Date.now();`,
  'src/cli/run.ts': `export { f } from '../cloud/controller.ts';\nexport const x = 1;`,
  'src/main.ts': `import { f } from './cli/run.ts';\nexport const x = f();`,
  'test/support/wait.ts': 'export const x = 1;',
};

describe('the lint rules', () => {
  let dir = '';
  let found: { file: string; rule: string }[] = [];

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-lint-'));
    for (const file of ['.oxlintrc.json', 'tsconfig.json']) cpSync(join(ROOT, file), join(dir, file));
    symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
    const files = [...Object.entries(allowed), ...violations.map(({ file, code }) => [file, code] as const)];
    for (const [file, code] of files) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), `${code}\n`);
    }
    const args = ['--type-aware', '--format=json', 'src', 'test'];
    const run = spawnSync(join(ROOT, 'node_modules', '.bin', 'oxlint'), args, { cwd: dir, encoding: 'utf8' });
    const report = JSON.parse(run.stdout) as { diagnostics: { filename: string; code: string }[] };
    found = report.diagnostics.map(({ filename, code }) => ({ file: filename, rule: code }));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test.each(violations)('refuse $name', ({ file, rule }) => {
    expect(found).toContainEqual({ file, rule });
  });

  test.each(Object.keys(allowed))('let %s be', (file) => {
    expect(found.filter((diagnostic) => diagnostic.file === file)).toEqual([]);
  });
});
