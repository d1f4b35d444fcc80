import type { Case, Json, Step } from './case.ts';
import { Random } from './random.ts';
import type { Ranges } from './ranges.ts';

/**
 * Cases that nobody wrote: a Service is created and then changed a few times in every way there is, with values that are
 * mostly valid, so that most requests get past the first check. The i-th case of a seed doesn't depend on how many there are.
 */
export function generatedCases(seed: number, count: number, ranges: Ranges): Case[] {
  return Array.from({ length: count }, (_, i) => generatedCase(seed, i, ranges));
}

function generatedCase(seed: number, index: number, ranges: Ranges): Case {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const dual = ranges.cidrs.length > 1;
  const steps: Step[] = [{ verb: 'create', body: manifest(random, dual), ...options(random) }];
  const changes = 1 + Math.floor(random.next() * 4);
  for (let i = 0; i < changes; i++) steps.push(change(random, dual));
  steps.push({ verb: 'get' });
  return { name: `seed ${seed}, case ${index}`, steps };
}

function change(random: Random, dual: boolean): Step {
  const kind = random.pick([
    'put',
    'put',
    'edit',
    'edit',
    'edit',
    'merge',
    'merge',
    'strategic',
    'json',
    'apply',
    'status',
    'get',
  ]);
  switch (kind) {
    case 'put':
      return { verb: 'update', body: manifest(random, dual), ...options(random) };
    case 'edit':
      return { verb: 'update', onto: true, body: { spec: partial(random, dual) }, ...options(random) };
    case 'merge':
      return { verb: 'patch', patch: 'merge', body: { spec: partial(random, dual) }, ...options(random) };
    case 'strategic':
      return { verb: 'patch', patch: 'strategic', body: { spec: partial(random, dual) }, ...options(random) };
    case 'json':
      return { verb: 'patch', patch: 'json', body: operations(random, dual), ...options(random) };
    case 'apply': {
      const query = { fieldManager: random.pick(['first', 'second']), force: random.pick(['true', 'false']) };
      return { verb: 'apply', body: manifest(random, dual), query };
    }
    case 'status':
      return { verb: 'patch', patch: 'merge', status: true, body: statusOf(random) };
    default:
      return { verb: 'get' };
  }
}

const options = (random: Random): Partial<Step> =>
  random.chance(0.06)
    ? { query: random.pick([{ dryRun: 'All' }, { fieldManager: 'first' }, { fieldValidation: 'Strict' }]) }
    : {};

function manifest(random: Random, dual: boolean): Json {
  const spec: Json = {};
  for (const field of Object.keys(FIELDS))
    if (random.chance(ODDS[field] ?? 0.12)) spec[field] = FIELDS[field]?.(random, dual);
  if (random.chance(0.8)) tidy(spec, random);
  return { apiVersion: 'v1', kind: 'Service', metadata: metadataOf(random), spec };
}

/** Takes away what doesn't go with the type, so that most creations succeed. */
function tidy(spec: Json, random: Random): void {
  const { type = 'ClusterIP' } = spec;
  const drop = (...fields: string[]) => {
    for (const field of fields) delete spec[field];
  };
  if (spec.clusterIPs?.length) spec.clusterIP = spec.clusterIPs[0];
  else drop('clusterIPs');
  if (spec.clusterIP === 'None') drop('ipFamilies');
  if (type !== 'LoadBalancer') drop('loadBalancerClass', 'allocateLoadBalancerNodePorts', 'loadBalancerSourceRanges');
  if (type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local') drop('healthCheckNodePort');
  if (type === 'ClusterIP' && !spec.externalIPs?.length) drop('externalTrafficPolicy');
  if ((type === 'NodePort' || type === 'LoadBalancer') && spec.clusterIP === 'None') drop('clusterIP', 'clusterIPs');
  if (type === 'ExternalName') {
    spec.externalName = 'example.com';
    drop('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'externalTrafficPolicy');
  } else spec.ports ??= [port(random, undefined)];
  if (type === 'ClusterIP') for (const one of spec.ports ?? []) delete one.nodePort;
  if (spec.clusterIPs?.length > 1) spec.ipFamilyPolicy = 'RequireDualStack';
  if (spec.clusterIPs && spec.clusterIP !== 'None') drop('ipFamilies');
}

/** A few fields, each with a value or gone. */
function partial(random: Random, dual: boolean): Json {
  const fields = Object.keys(FIELDS);
  const count = 1 + Math.floor(random.next() * 3);
  const spec: Json = {};
  for (let i = 0; i < count; i++) {
    const field = random.chance(0.4) ? random.pick(['type', 'ports']) : random.pick(fields);
    spec[field] = random.chance(0.15) ? null : FIELDS[field]?.(random, dual);
  }
  return spec;
}

function operations(random: Random, dual: boolean): Json {
  return Object.entries(partial(random, dual)).map(([field, value]) => {
    const path = `/spec/${field}`;
    if (value === null) return { op: 'remove', path };
    return { op: random.mostly(['add', 'replace'], ['test', 'remove']), path, value };
  });
}

function metadataOf(random: Random): Json {
  const metadata: Json = { name: 'web' };
  if (random.chance(0.15)) metadata.labels = random.pick([{ a: 'b' }, { a: '' }, {}, { 'example.com/a': 'b' }]);
  if (random.chance(0.1)) {
    const key = 'service.beta.kubernetes.io/load-balancer-source-ranges';
    metadata.annotations = random.pick([{ a: 'b' }, { [key]: '10.0.0.0/8' }, { [key]: 'foo' }, { [key]: ' ' }]);
  }
  if (random.chance(0.05)) metadata.finalizers = ['example.com/keep'];
  return metadata;
}

function statusOf(random: Random): Json {
  const ingress = random.mostly<Json>(
    [[], [{ ip: '192.0.2.1' }], [{ hostname: 'lb.example.com' }], [{ ip: '192.0.2.1', ipMode: 'Proxy' }], null],
    [[{ ip: 'foo' }], [{ hostname: '192.0.2.1' }], [{ ipMode: 'VIP' }], [{ ip: '192.0.2.1', ipMode: 'Foo' }]],
  );
  return { status: { loadBalancer: random.chance(0.1) ? null : { ingress } } };
}

type Field = (random: Random, dual: boolean) => Json;

/** How often a manifest has a field; the others 12 in 100. */
const ODDS: Record<string, number> = {
  type: 0.8,
  ports: 0.95,
  selector: 0.7,
  externalName: 0.06,
  sessionAffinity: 0.2,
};

const FIELDS: Record<string, Field> = {
  type: (random) =>
    random.mostly(
      ['ClusterIP', 'NodePort', 'NodePort', 'LoadBalancer', 'LoadBalancer', 'ExternalName'],
      ['Foo', '', null],
      0.04,
    ),
  ports: (random) => {
    const count = random.mostly([1, 1, 1, 2, 2, 3], [0]);
    return Array.from({ length: count }, (_, i) => port(random, count === 1 ? undefined : i));
  },
  selector: (random) => random.mostly<Json>([{ app: 'web' }, { app: 'api' }, {}], [null, { a: '-' }]),
  clusterIP: (random) =>
    random.mostly<Json>(['None', 'None', '10.96.0.10', ''], ['10.97.0.1', 'foo', 'fd00:96::10', null]),
  clusterIPs: (random, dual) =>
    random.mostly<Json>(
      [
        ['None'],
        ['10.96.0.10'],
        [],
        ...(dual ? [['10.96.0.10', 'fd00:96::10'], ['fd00:96::10', '10.96.0.10'], ['fd00:96::10']] : []),
      ],
      [['foo'], ['None', '10.96.0.10'], ['10.96.0.10', '10.96.0.11'], ['fd00:96::10']],
    ),
  ipFamilies: (random, dual) =>
    random.mostly<Json>(
      [['IPv4'], ...(dual ? [['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4'], []] : [])],
      [['IPv6'], ['IPv4', 'IPv4'], ['Foo']],
    ),
  ipFamilyPolicy: (random) =>
    random.mostly<Json>(['SingleStack', 'PreferDualStack', 'RequireDualStack'], ['Foo', null, '']),
  externalTrafficPolicy: (random) => random.mostly<Json>(['Cluster', 'Local', 'Local'], ['Foo', '', null]),
  internalTrafficPolicy: (random) => random.mostly<Json>(['Cluster', 'Local'], ['Foo', null]),
  healthCheckNodePort: (random) => random.mostly<Json>([0, 30010, 30011], [-1, 65536, 29999]),
  allocateLoadBalancerNodePorts: (random) => random.mostly<Json>([true, false, false], [null]),
  loadBalancerClass: (random) => random.mostly<Json>(['example.com/a', 'example.com/b'], ['-', '', null]),
  loadBalancerIP: (random) => random.mostly<Json>(['192.0.2.1'], ['foo', '192.0.2.01']),
  loadBalancerSourceRanges: (random) =>
    random.mostly<Json>([['10.0.0.0/8'], [' 10.0.0.0/8'], []], [['foo'], ['10.0.0.1/8']]),
  externalIPs: (random) =>
    random.mostly<Json>([['192.0.2.7'], ['192.0.2.7', '2001:db8::7'], []], [['foo'], ['127.0.0.1'], ['2001:DB8::7']]),
  externalName: (random) => random.mostly<Json>(['example.com', 'example.com.'], ['a_b', '']),
  sessionAffinity: (random) => random.mostly<Json>(['None', 'ClientIP', 'ClientIP'], ['Foo', '']),
  sessionAffinityConfig: (random) => ({
    clientIP: { timeoutSeconds: random.mostly<Json>([10, 86400], [0, 86401, null]) },
  }),
  trafficDistribution: (random) =>
    random.mostly<Json>(['PreferClose', 'PreferSameZone', 'PreferSameNode'], ['Foo', '']),
  publishNotReadyAddresses: (random) => random.pick([true, false]),
};

/** Named by its number where there are several, as the API wants, mostly. */
function port(random: Random, number: number | undefined): Json {
  const made: Json = { port: random.mostly<Json>([80, 80 + (number ?? 0), 443 + (number ?? 0)], [0, 65536]) };
  if (number !== undefined ? random.chance(0.97) : random.chance(0.2))
    made.name = random.mostly([`p${number ?? 0}`], ['p0', 'P']);
  if (random.chance(0.3)) made.protocol = random.mostly<Json>(['TCP', 'UDP', 'SCTP'], ['tcp', '']);
  if (random.chance(0.25))
    made.nodePort = random.mostly<Json>([0, 30000 + (number ?? 0), 30001, 30002], [29999, 32768]);
  if (random.chance(0.25)) made.targetPort = random.mostly<Json>([8080, 'http', 0], ['-', 65536]);
  if (random.chance(0.1)) made.appProtocol = random.mostly<Json>(['http', 'kubernetes.io/h2c'], ['-']);
  return made;
}
