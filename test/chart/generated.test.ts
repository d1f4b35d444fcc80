/** The chart's schema, its documentation and the flags are one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONTROLLER_EXCEPTIONS, controllerFlags, releaseFlags, valueName } from '../../scripts/chart.ts';
import { rulesTemplate } from '../../scripts/chart-rules.ts';
import { controllerOptions } from '../../src/cli/options/controller.ts';
import type { Option } from '../../src/cli/option.ts';
import { KUBE_PERMISSIONS, type KubePermission } from '../../src/cloud/kube-permissions.ts';
import { CHART } from '../tools/helm.ts';

const valuesText = readFileSync(join(CHART, 'values.yaml'), 'utf8');

interface Schema {
  description?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  items?: Schema;
  enum?: unknown[];
  pattern?: string;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}
const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
const controllerSchema = schema.properties?.['controller']?.properties ?? {};

test('every flag of the controller is a value, but those that the chart decides', () => {
  for (const { flag, help } of Object.values(controllerOptions)) {
    const excepted = Object.hasOwn(CONTROLLER_EXCEPTIONS, flag);
    expect([flag, controllerSchema[valueName(flag)]?.description]).toEqual([flag, excepted ? undefined : help]);
  }
  expect(releaseFlags().every((option) => controllerFlags().some(({ flag }) => flag === option.flag))).toBe(true);
});

test('every value is in values.yaml: set, or as a comment', () => {
  const undocumented: string[] = [];
  const look = (given: Record<string, unknown>, { properties = {} }: Schema, path: string) => {
    for (const [key, inner] of Object.entries(properties)) {
      if (!(key in given) && !new RegExp(`^ *# ${key}:`, 'm').test(valuesText)) undocumented.push(path + key);
      look((given[key] ?? {}) as Record<string, unknown>, inner, `${path}${key}.`);
    }
  };
  look(parse(valuesText) as Record<string, unknown>, schema, '');
  // Helm's own.
  expect(undocumented).toEqual(['global']);
});

/** What schema and flag both decide; durations have bounds that a pattern can't have. */
const kinds = controllerFlags().map((option): [string, Option, Schema] => [
  option.flag,
  option,
  controllerSchema[valueName(option.flag)]!,
]);

test.for(kinds)('--%s takes what its schema lets through', ([, option, one]) => {
  const takes = (value: unknown) => {
    const text = Array.isArray(value) ? value.join(',') : String(value);
    const result = option.schema.safeParse(text);
    return result.success || /shorter than|longer than|availability zone/.test(result.error.issues[0]?.message ?? '');
  };
  fc.assert(fc.property(valuesOf(one), takes), { numRuns: 200, seed: 1 });
});

function valuesOf({ type, enum: words, pattern, minimum, maximum, maxLength, items }: Schema): fc.Arbitrary<unknown> {
  if (words) return fc.constantFrom(...words.map((word) => (word === false ? 'off' : word)));
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min: minimum!, max: maximum! });
  if (type === 'array') return fc.array(valuesOf(items!), { minLength: 1, maxLength: 3 });
  const texts = fc.stringMatching(new RegExp(pattern!));
  return maxLength === undefined ? texts : texts.filter((text) => text.length <= maxLength);
}

test.for<[string, unknown[]]>([
  ['region', ['eu-central-1', 'us-gov-west-1']],
  ['vpc-id', ['vpc-0abc']],
  ['load-balancer-class', ['sluice.dev/nlb', 'a', `${'a'.repeat(63)}.b/${'C'.repeat(63)}`]],
  ['aws-request-timeout', ['1.5s', '.5s', '1h2m3s', '100ms', '5µs', '5μs', '1.s']],
  ['leader-elect-lease-name', ['a', 'a.b-c', 'a'.repeat(63)]],
])('the schema of --%s refuses nothing that the flag takes', ([flag, texts]) => {
  const [, , one] = kinds.find(([name]) => name === flag)!;
  const { pattern = '' } = one.items ?? one;
  for (const text of texts) expect(text).toMatch(new RegExp(pattern));
});

test('patterns are ones that Helm can read: no lookaround, no back reference', () => {
  const patterns = [...JSON.stringify(schema).matchAll(/"pattern":"((?:[^"\\]|\\.)*)"/g)].map(([, pattern]) => pattern);
  expect(patterns.length).toBeGreaterThan(5);
  for (const pattern of patterns) expect(pattern).not.toMatch(/\(\?[=!<]|\\\\[1-9]/);
});

test('a permission that no template would have is an error', () => {
  const strange: KubePermission = { ...KUBE_PERMISSIONS[0]!, scope: 'kube-system' };
  expect(() => rulesTemplate([...KUBE_PERMISSIONS, strange])).toThrow(
    'list services (controller, kube-system, always)',
  );
});
