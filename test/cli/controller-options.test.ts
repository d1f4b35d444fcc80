import { expect, test } from 'vitest';
import { controllerSpec } from '../../src/cli/controller.ts';
import type { ControllerOptions } from '../../src/cli/options/controller.ts';
import { variablesOf } from '../../src/cli/option.ts';
import { type Environment, parseCommand } from '../../src/cli/parse.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';

const defaults: ControllerOptions = {
  clusterName: 'demo',
  loadBalancerClasses: ['sluice.dev/nlb'],
  classless: false,
  awsRequestTimeoutMs: 10_000,
  defaultScheme: 'internal',
  nodeSgRuleBudget: 40,
  concurrency: 20,
  driftPeriodMs: 600_000,
  awsRateLimits: 'auto',
  leaderElect: true,
  leaderElectNamespace: 'kube-system',
  leaseName: 'sluice-controller',
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2000,
  metricsAddress: { port: 8080 },
  healthAddress: { port: 8081 },
  logLevel: 'info',
  logFormat: 'auto',
};

/** The configuration of `sluice controller` with these words (split at spaces) and variables, or the line it ends with. */
function read(words: string | string[], env: Environment = {}): unknown {
  const argv = typeof words === 'string' ? words.split(' ').filter(Boolean) : words;
  try {
    const parsed = parseCommand(controllerSpec, argv, env);
    return parsed.help ?? (parsed.help === undefined && parsed.config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

const demo = '--cluster-name demo ';

test('defaults: absent options are absent, not undefined', () => {
  expect(read(demo)).toStrictEqual(defaults);
});

test.each<[string, Environment, Partial<ControllerOptions>]>([
  ['--cluster-name=a=b', {}, { clusterName: 'a=b' }],
  ['--cluster-name a --cluster-name b', {}, { clusterName: 'b' }],
  [`${demo}--kubeconfig /k`, {}, { kubeconfig: '/k' }],
  [`${demo}--region us-gov-west-1 --vpc-id vpc-0abc`, {}, { region: 'us-gov-west-1', vpcId: 'vpc-0abc' }],
  [`${demo}--load-balancer-class a,example.com/B_c`, {}, { loadBalancerClasses: ['a', 'example.com/B_c'] }],
  [`${demo}--load-balancer-class a --load-balancer-class b,a`, {}, { loadBalancerClasses: ['a', 'b'] }],
  [`${demo}--classless`, {}, { classless: true }],
  [`${demo}--classless=true --classless=false`, {}, { classless: false }],
  [`--classless ${demo}`, {}, { classless: true }],
  [`${demo}--no-leader-elect`, {}, { leaderElect: false }],
  [`${demo}--leader-elect=false`, {}, { leaderElect: false }],
  [`${demo}--no-leader-elect --leader-elect`, {}, { leaderElect: true }],
  [
    `${demo}--drift-period 1h30m --aws-request-timeout 2.5s`,
    {},
    { driftPeriodMs: 5_400_000, awsRequestTimeoutMs: 2500 },
  ],
  [`${demo}--concurrency 100 --node-sg-rule-budget 1000`, {}, { concurrency: 100, nodeSgRuleBudget: 1000 }],
  [`${demo}--metrics-address 0 --health-address=`, {}, { metricsAddress: 'off', healthAddress: 'off' }],
  [`${demo}--health-address [::1]:9`, {}, { healthAddress: { host: '::1', port: 9 } }],
  [`${demo}--default-scheme internet-facing`, {}, { defaultScheme: 'internet-facing' }],
  [`${demo}--aws-rate-limits off`, {}, { awsRateLimits: 'off' }],
  [
    `${demo}--leader-elect-lease-duration 4s --leader-elect-renew-deadline 3s --leader-elect-retry-period 500ms`,
    {},
    { leaseDurationMs: 4000, renewDeadlineMs: 3000, retryPeriodMs: 500 },
  ],
  ['', { SLUICE_CLUSTER_NAME: 'env' }, { clusterName: 'env' }],
  [demo, { SLUICE_CLUSTER_NAME: 'env' }, {}],
  [`${demo}--no-classless`, { SLUICE_CLASSLESS: 'true' }, {}],
  [demo, { SLUICE_CLASSLESS: 'true', SLUICE_LEADER_ELECT: 'false' }, { classless: true, leaderElect: false }],
  [demo, { SLUICE_LOAD_BALANCER_CLASS: 'a, b' }, { loadBalancerClasses: ['a', 'b'] }],
  [demo, { SLUICE_CONCURRENCY: '', AWS_REGION: '' }, {}],
  [demo, { AWS_DEFAULT_REGION: 'eu-west-2' }, { region: 'eu-west-2' }],
  [demo, { AWS_DEFAULT_REGION: 'eu-west-2', AWS_REGION: 'eu-west-1' }, { region: 'eu-west-1' }],
  [demo, { AWS_REGION: 'eu-west-1', SLUICE_REGION: 'eu-north-1' }, { region: 'eu-north-1' }],
  [`${demo}--region eu-south-1`, { SLUICE_REGION: 'eu-north-1' }, { region: 'eu-south-1' }],
  [demo, { KUBECONFIG: '/a:/b' }, { kubeconfig: '/a:/b' }],
  [demo, { POD_NAMESPACE: 'net' }, { leaderElectNamespace: 'net' }],
  // What Kubernetes puts into every pod of a namespace with a Service named sluice.
  [demo, { SLUICE_SERVICE_HOST: '10.0.0.1', SLUICE_PORT: 'tcp://10.0.0.1:80' }, {}],
])('%s %j', (words, env, expected) => {
  expect(read(words, env)).toStrictEqual({ ...defaults, ...expected });
});

test.each<[string | string[], Environment, string]>([
  ['', {}, '--cluster-name is missing: pass --cluster-name NAME or set SLUICE_CLUSTER_NAME'],
  ['--cluster-name', {}, '--cluster-name needs a value: --cluster-name NAME'],
  ['--cluster-name --classless', {}, '--cluster-name needs a value before --classless: --cluster-name NAME'],
  ['--cluster-name=', {}, '--cluster-name: "" is empty; give the name of this cluster'],
  [['--cluster-name', 'a b'], {}, '--cluster-name: "a b" holds a space or a control character'],
  [['--cluster-name', 'a\nb'], {}, '--cluster-name: "a\\nb" holds a space or a control character'],
  [`--cluster-name ${'x'.repeat(101)}`, {}, `--cluster-name: "${'x'.repeat(101)}" is longer than 100 characters`],
  ['--cluser-name demo', {}, 'unknown flag "--cluser-name"; did you mean --cluster-name?'],
  ['--cluster_name=demo', {}, 'unknown flag "--cluster_name"; did you mean --cluster-name?'],
  ['-region x', {}, 'unknown flag "-region"; did you mean --region?'],
  [`${demo}--no-region`, {}, 'unknown flag "--no-region"; did you mean --region?'],
  [`${demo}--endpoint-url http://x`, {}, 'unknown flag "--endpoint-url"; sluice controller --help lists all'],
  [`${demo}-x`, {}, 'unknown flag "-x"; sluice controller --help lists all'],
  [`${demo}extra`, {}, 'unexpected argument "extra"; only flags can be given'],
  [`${demo}-- --classless`, {}, 'unexpected argument "--classless"; only flags can be given'],
  [`${demo}--leader-elect false`, {}, 'unexpected argument "false"; write --leader-elect=false'],
  [`${demo}--classless=yes`, {}, '--classless: "yes" is neither true nor false'],
  [demo, { SLUICE_CLASSLESS: '1' }, 'SLUICE_CLASSLESS: "1" is neither true nor false'],
  [`${demo}--concurrency 0`, {}, '--concurrency: "0" is not a whole number from 1 to 100'],
  [`${demo}--concurrency 101`, {}, '--concurrency: "101" is not a whole number from 1 to 100'],
  [`${demo}--concurrency 1e1`, {}, '--concurrency: "1e1" is not a whole number from 1 to 100'],
  [`${demo}--concurrency -5`, {}, '--concurrency: "-5" is not a whole number from 1 to 100'],
  [demo, { SLUICE_CONCURRENCY: 'ten' }, 'SLUICE_CONCURRENCY: "ten" is not a whole number from 1 to 100'],
  [`${demo}--node-sg-rule-budget 1001`, {}, '--node-sg-rule-budget: "1001" is not a whole number from 1 to 1000'],
  [`${demo}--drift-period 10`, {}, '--drift-period: "10" has no unit; 10s are seconds, 10m minutes'],
  [`${demo}--drift-period 999ms`, {}, '--drift-period: "999ms" is shorter than the least, 1s'],
  [`${demo}--drift-period 241h`, {}, '--drift-period: "241h" is longer than the most, 240h'],
  [`${demo}--drift-period soon`, {}, '--drift-period: "soon" is not a duration such as 90s, 10m or 1h30m'],
  [
    `${demo}--region eu-central-1a`,
    {},
    '--region: "eu-central-1a" is an availability zone; its region is eu-central-1',
  ],
  [demo, { AWS_REGION: 'EU west' }, 'AWS_REGION: "EU west" is not an AWS region such as eu-central-1'],
  [`${demo}--vpc-id subnet-0abc`, {}, '--vpc-id: "subnet-0abc" is not a VPC id (vpc-…)'],
  [
    `${demo}--load-balancer-class=`,
    {},
    '--load-balancer-class: "" is not a load balancer class such as sluice.dev/nlb',
  ],
  [
    `${demo}--load-balancer-class a,b/c/d`,
    {},
    '--load-balancer-class: "a,b/c/d" holds "b/c/d", which is not a load balancer class such as sluice.dev/nlb',
  ],
  [`${demo}--default-scheme public`, {}, '--default-scheme: "public" is not one of internal, internet-facing'],
  [`${demo}--aws-rate-limits on`, {}, '--aws-rate-limits: "on" is not one of auto, aws, off'],
  [`${demo}--log-level trace`, {}, '--log-level: "trace" is not one of debug, info, warn, error'],
  [`${demo}--log-format text`, {}, '--log-format: "text" is not one of auto, json, pretty'],
  [`${demo}--metrics-address 8080`, {}, '--metrics-address: "8080" is not host:port, :port, [IPv6]:port or 0 (off)'],
  [
    demo,
    { POD_NAMESPACE: 'Kube' },
    'POD_NAMESPACE: "Kube" is not a DNS label (up to 63 of a-z, 0-9 and -, neither first nor last a -)',
  ],
  [
    `${demo}--leader-elect-renew-deadline 15s`,
    {},
    '--leader-elect-renew-deadline: "15s" is not shorter than --leader-elect-lease-duration\'s default, 15s',
  ],
  [
    `${demo}--leader-elect-retry-period 3s --leader-elect-renew-deadline 3s`,
    {},
    '--leader-elect-retry-period: "3s" is not shorter than --leader-elect-renew-deadline, 3s',
  ],
  [
    demo,
    { SLUICE_LEADER_ELECT_LEASE_DURATION: '5s' },
    '--leader-elect-renew-deadline\'s default: "10s" is not shorter than SLUICE_LEADER_ELECT_LEASE_DURATION, 5s',
  ],
])('%s %j → %s', (words, env, line) => {
  expect(read(words, env)).toBe(line);
});

test('a long wrong value is cut, so that the line stays one', () => {
  expect(read([...demo.trim().split(' '), '--log-level', 'y'.repeat(5000)])).toBe(
    `--log-level: "${'y'.repeat(120)}…" is not one of debug, info, warn, error`,
  );
});

test('--help names every flag, its variables and its default, whatever else is wrong', () => {
  const help = String(read('--help --concurrency x'));
  for (const option of Object.values(controllerSpec.options)) {
    expect(help).toMatch(new RegExp(`^ {2}--(\\[no-\\])?${option.flag}( \\S+)?$`, 'm'));
    const fallback = option.fallback === undefined ? [] : [`default ${option.fallback}`];
    for (const part of [...variablesOf(option), ...fallback]) expect(help).toContain(part);
  }
  expect(help.split('\n').filter((line) => line.length > 100)).toEqual([]);
});

test('no two options share a flag or a variable', () => {
  const options = Object.values(controllerSpec.options);
  const names = options.flatMap((option) => [`--${option.flag}`, ...variablesOf(option)]);
  expect(new Set(names).size).toBe(names.length);
});
