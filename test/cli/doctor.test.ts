import { expect, test } from 'vitest';
import { doctor, doctorSpec } from '../../src/cli/doctor.ts';
import { controllerOptions } from '../../src/cli/options/controller.ts';
import { doctorOptions } from '../../src/cli/options/doctor.ts';
import { type Environment, parseCommand } from '../../src/cli/parse.ts';
import type { DoctorPlane } from '../../src/cli/planes.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';

function parse(words: string, env: Environment = {}) {
  const parsed = parseCommand(doctorSpec, words.split(' ').filter(Boolean), env);
  if (parsed.help !== undefined) throw new Error('help');
  return parsed.config;
}

function read(words: string, env: Environment = {}): unknown {
  try {
    return parse(words, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

const demo = '--cluster-name demo ';

test('defaults', () => {
  expect(read(demo)).toStrictEqual({
    clusterName: 'demo',
    loadBalancerClasses: ['sluice.dev/nlb'],
    classless: false,
    awsRequestTimeoutMs: 10_000,
    defaultScheme: 'internal',
    nodeSgRuleBudget: 40,
    leaderElect: true,
    leaderElectNamespace: 'kube-system',
    leaseName: 'sluice-controller',
    timeoutMs: 30_000,
    output: 'text',
  });
});

test.each<[string, Environment, object]>([
  [`${demo}-o json`, {}, { output: 'json' }],
  [`${demo}-o=json`, {}, { output: 'json' }],
  [`-o json ${demo}`, {}, { output: 'json' }],
  [`${demo}--output json`, {}, { output: 'json' }],
  [`${demo}--output=json -o text`, {}, { output: 'text' }],
  [demo, { SLUICE_OUTPUT: 'json' }, { output: 'json' }],
  [`${demo}--service-account lb/sluice.x`, {}, { serviceAccount: 'lb/sluice.x' }],
  [demo, { POD_NAMESPACE: 'lb' }, { leaderElectNamespace: 'lb' }],
  [`${demo}--timeout 90s --classless`, {}, { timeoutMs: 90_000, classless: true }],
])('%s %j', (words, env, expected) => {
  expect(read(words, env)).toMatchObject(expected);
});

test.each<[string, string]>([
  ['', '--cluster-name is missing: pass --cluster-name NAME or set SLUICE_CLUSTER_NAME'],
  [`${demo}-o yaml`, '--output: "yaml" is not one of text, json'],
  [`${demo}-o`, '--output needs a value: --output FORMAT'],
  [`${demo}-o --classless`, '--output needs a value before --classless: --output FORMAT'],
  [`${demo}-p json`, 'unknown flag "-p"; sluice doctor --help lists all'],
  [`${demo}--service-account sluice`, '--service-account: "sluice" is not NAMESPACE/NAME of a service account'],
  [`${demo}--timeout 10`, '--timeout: "10" has no unit; 10s are seconds, 10m minutes'],
  [`${demo}web`, 'unexpected argument "web"; only flags can be given'],
])('%s → %s', (words, line) => {
  expect(read(words)).toBe(line);
});

test('help shows the short flag', () => {
  const { help } = parseCommand(doctorSpec, ['-h'], {});
  expect(help).toContain('  -o, --output FORMAT\n      text for people, or json');
});

test('what it shares with the controller is the controller’s own option', () => {
  const shared = Object.entries(doctorOptions).filter(([key]) => key in controllerOptions && key !== 'clusterName');
  expect(shared.length).toBeGreaterThan(9);
  for (const [key, option] of shared) expect(option).toBe(controllerOptions[key as keyof typeof controllerOptions]);
});

test.each([
  ['text', true, 0],
  ['json', true, 0],
  ['text', false, 1],
  ['json', false, 1],
] as const)('%s, healthy %s: exit code %d', async (output, healthy, code) => {
  const report = { clusterName: 'demo', healthy, checks: [] };
  const out: string[] = [];
  const seen: Parameters<DoctorPlane['runDoctor']>[] = [];
  const plane: DoctorPlane = {
    runDoctor: async (...call) => {
      seen.push(call);
      return report;
    },
    renderText: (given) => `text ${given.healthy}\n`,
    renderJson: (given) => `json ${given.healthy}\n`,
  };
  const io = { env: {}, out: (text: string) => out.push(text), err: () => {} };
  expect(await doctor(parse(`${demo}-o ${output}`), { io, load: async () => plane })).toBe(code);
  expect(out).toEqual([`${output} ${healthy}\n`]);
  expect(seen[0]?.[0]).toMatchObject({ clusterName: 'demo' });
  expect(seen[0]?.[1].aborted).toBe(false);
  expect(process.listenerCount('SIGTERM')).toBe(0);
});
