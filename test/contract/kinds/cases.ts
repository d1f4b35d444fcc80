import { apiVersion, type Kind } from '../../../src/cluster/kinds/kind.ts';
import { KINDS } from '../../../src/cluster/kinds/table.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';
import type { Case, Json, Step } from '../services/case.ts';
import { told } from '../services/case.ts';
import { Random } from '../services/random.ts';
import { mutated, type Mutation, mutations } from './mutate.ts';
import { LIMITED, NAMESPACE, type Sample } from './sample.ts';
import { CLUSTER } from './samples-cluster.ts';
import { CORE } from './samples-core.ts';
import { PODS } from './samples-pods.ts';
import { WORKLOADS } from './samples-workloads.ts';

export const SAMPLES: readonly Sample[] = [...CORE, ...PODS, ...WORKLOADS, ...CLUSTER];

/** A case and what it is about, so that a difference can be told by these. */
export interface KindCase extends Case {
  kind: string;
  verb: string;
  field: string;
}

export function kindOf({ kind }: Sample): Kind {
  const found = KINDS.find((one) => `${one.group}/${one.kind}` === kind);
  if (!found) throw new Error(`no kind ${kind}`);
  return found;
}

export function pathOf(kind: Kind, name = ''): string {
  const root = kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`;
  const namespace = kind.kind === 'LimitRange' || kind.kind === 'ResourceQuota' ? LIMITED : NAMESPACE;
  return `${root}${kind.namespaced ? `/namespaces/${namespace}` : ''}/${kind.resource}${name && `/${name}`}`;
}

export const bodyOf = (sample: Sample): Json => {
  const kind = kindOf(sample);
  return { apiVersion: apiVersion(kind), kind: kind.kind, ...sample.object };
};

/** The object with a name that none has yet. */
function unnamed(sample: Sample): Json {
  const { name } = sample.object.metadata;
  const { kind, nameRule } = kindOf(sample);
  const free = nameRule !== 'ip' ? `${name}2` : name.includes(':') ? '2001:db8::99' : '192.0.2.99';
  // A CustomResourceDefinition is called after what it defines.
  return mutated(bodyOf(sample), {
    path: ['metadata', 'name'],
    value: kind === 'CustomResourceDefinition' ? name : free,
  });
}

const DRY = { dryRun: 'All' };

/** A change as a merge patch: a list is replaced whole. */
function mergePatchOf(object: Json, { path, value }: Mutation): Json {
  const index = path.findIndex((key) => typeof key === 'number');
  if (index < 0) return mutated({}, { path, value: value === undefined ? null : value });
  let whole = mutated(object, { path, value });
  for (const key of path.slice(0, index)) whole = whole[key];
  return mutated({}, { path: path.slice(0, index), value: whole });
}

const pointer = (path: Mutation['path']): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Every way in which a mutation can be asked for, as the last step of a case. */
function stepsOf(sample: Sample, live: Json): Record<string, (mutation: Mutation) => Step[]> {
  const kind = kindOf(sample);
  const path = pathOf(kind, sample.object.metadata.name);
  const read: Step = { verb: 'get', path };
  const onto = (at: string, mutation: Mutation): Step[] => [
    read,
    { verb: 'update', path: at, query: DRY, bodyOf: ([seen]) => mutated(seen, mutation) },
  ];
  const patch = (type: 'merge' | 'strategic') => (mutation: Mutation) => [
    { verb: 'patch' as const, patch: type, path, query: DRY, body: mergePatchOf(live, mutation) },
  ];
  return {
    create: (mutation) => [
      { verb: 'create', path: pathOf(kind), query: DRY, body: mutated(unnamed(sample), mutation) },
    ],
    update: (mutation) => onto(path, mutation),
    ...(kind.status && { status: (mutation: Mutation) => onto(`${path}/status`, mutation) }),
    merge: patch('merge'),
    strategic: patch('strategic'),
    json: (mutation) => {
      const { value } = mutation;
      const change = value === undefined ? { op: 'remove' } : { op: 'add', value };
      return [{ verb: 'patch', patch: 'json', path, query: DRY, body: [{ ...change, path: pointer(mutation.path) }] }];
    },
    apply: (mutation) => [
      { verb: 'apply', path, query: { ...DRY, fieldManager: 'first', force: 'true' }, body: mutated(live, mutation) },
    ],
  };
}

/** How often each way is taken. */
const WEIGHTS: Readonly<Record<string, number>> = {
  create: 4,
  update: 3,
  status: 3,
  merge: 1,
  strategic: 1,
  json: 1,
  apply: 1,
};

/** What is left as it is in all samples of a kind. */
const LEFT_OF: Readonly<Record<string, readonly string[]>> = {
  // The tests' kube-apiserver runs without the ServiceAccount plugin.
  '/Pod': ['spec.serviceAccountName', 'spec.serviceAccount'],
  // Too long a name is told in bytes by a rule that only this kind has.
  '/ReplicationController': ['metadata.name'],
  // Names of time zones are case-sensitive where files are, and not in ICU.
  'batch/CronJob': ['spec.timeZone'],
  // docs/cluster.md, "What it does not do".
  'batch/Job': ['status'],
  '/PersistentVolumeClaim': ['status'],
  // One of v1's annotations is a number inside of kube-apiserver.
  'apps/DaemonSet': ['metadata.annotations'],
};

/** `count` mutations of each sample, drawn with `seed`. */
export function casesOf(seed: number, count: number): KindCase[] {
  const random = new Random(seed);
  return SAMPLES.flatMap((sample) => {
    const kind = kindOf(sample);
    const schema = kindSchema(kind.group, kind.version, kind.kind);
    const own = new Set(['apiVersion', 'kind', ...(sample.leave ?? []), ...(LEFT_OF[sample.kind] ?? [])]);
    const left = (field: string) => own.has(field);
    const live = { ...bodyOf(sample), ...(sample.status && { status: sample.status }) };
    const all = [...mutations(live, schema, left)];
    const ofStatus = all.filter(({ field }) => field.startsWith('status'));
    const ways = stepsOf(sample, live);
    const drawn = Object.keys(ways).flatMap((verb) => Array.from({ length: WEIGHTS[verb] ?? 1 }, () => verb));
    return Array.from({ length: count }, () => {
      const verb = random.pick(drawn);
      const mutation = random.pick(verb === 'status' && ofStatus.length > 0 ? ofStatus : all);
      const title = `${sample.kind}${sample.title ? ` (${sample.title})` : ''}`;
      return {
        kind: sample.kind,
        verb,
        field: mutation.field,
        name: `${title}: ${verb}, ${mutation.path.join('.')} is ${told(mutation.value)}`,
        steps: ways[verb]?.(mutation) ?? [],
      };
    });
  });
}
