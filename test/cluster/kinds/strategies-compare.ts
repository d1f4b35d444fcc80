import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { apiVersion, type Kind } from '../../../src/cluster/kinds/kind.ts';
import type { ControlPlane, KubeAnswer } from '../../tools/control-plane.ts';
import { type Case, create, kindOf, type Outcome, update } from './strategies-run.ts';

export const NAMESPACE = 'strategies';

function pathOf(kind: Kind, name = ''): string {
  const root = kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`;
  const space = kind.namespaced ? `/namespaces/${NAMESPACE}` : '';
  return `${root}${space}/${kind.resource}${name && `/${name}`}`;
}

const SERVER_SET = ['managedFields', 'resourceVersion', 'creationTimestamp', 'uid', 'generation'] as const;

/** Kinds with maps of resources or keys, whose errors upstream reports in the order of a Go map: any. */
const MAPS = new Set(['/Node', '/Pod', '/ConfigMap', '/Secret', '/ResourceQuota', '/LimitRange', 'batch/Job']);

/** What is left of an answer: the object without what the server itself sets, or the causes. */
function comparable(id: string, outcome: Outcome): unknown {
  if ('causes' in outcome) {
    const causes = outcome.causes.map(withoutTemplates);
    return { causes: MAPS.has(id) ? causes.sort() : causes };
  }
  const object = structuredClone(outcome.object);
  for (const field of SERVER_SET) delete object.metadata[field];
  return object;
}

/** Upstream prints templates as its internal types, whose fields have names of their own: not ours to know. */
const withoutTemplates = (one: unknown): string =>
  JSON.stringify(one)
    .replace(/Invalid value: \{.*\}: field is immutable(","field":"spec\.template")/, 'field is immutable$1')
    .replace(/\\n@@ .*(",)/, '$1');

function outcomeOf({ status, body }: KubeAnswer): Outcome {
  if (status === 200 || status === 201) return { object: body };
  if (status === 422) return { causes: body.details.causes };
  throw new Error(`${status}: ${JSON.stringify(body).slice(0, 2000)}`);
}

/** One step on both sides. */
export interface Step {
  name: string;
  real: unknown;
  ours: unknown;
}

/** Sends a case to kube-apiserver and through our functions; the steps stop where the real server refuses the create. */
export async function compare(
  plane: Pick<ControlPlane, 'request'>,
  id: string,
  one: Case,
  index: number,
): Promise<Step[]> {
  const kind = kindOf(id);
  const { metadata, ...rest } = one.object;
  const given: KubeObject = {
    apiVersion: apiVersion(kind),
    kind: kind.kind,
    metadata: { name: `case-${index}`, ...(kind.namespaced && { namespace: NAMESPACE }), ...metadata },
    ...rest,
  };
  // The control plane runs without the ServiceAccount plugin, which our pods have.
  if (kind.kind === 'Pod') given['spec'].serviceAccountName ??= 'default';
  const first = outcomeOf(await plane.request('POST', pathOf(kind), given));
  const system = 'object' in first ? systemOf(first.object) : { uid: 'uid', creationTimestamp: '2026-01-01T00:00:00Z' };
  const created = create(kind, given, system);
  const steps: Step[] = [{ name: one.name, real: comparable(id, first), ours: comparable(id, created) }];
  if (!('object' in first)) return steps;
  let live = first.object;
  for (const { name, subresource, change } of one.changes ?? []) {
    const changed = structuredClone(live);
    change(changed);
    const path = `${pathOf(kind, live.metadata.name)}${subresource ? `/${subresource}` : ''}`;
    const answer = outcomeOf(await plane.request('PUT', path, changed));
    const own = update(kind, changed, live, subresource);
    steps.push({ name: `${one.name}, then ${name}`, real: comparable(id, answer), ours: comparable(id, own) });
    if ('object' in answer) live = answer.object;
  }
  await plane.request('DELETE', pathOf(kind, live.metadata.name), {
    gracePeriodSeconds: 0,
    propagationPolicy: 'Background',
  });
  return steps;
}

/** What the server itself sets when it makes an object. */
function systemOf({ metadata }: KubeObject): KubeObject['metadata'] {
  const { uid, creationTimestamp, generation, resourceVersion } = metadata;
  return Object.fromEntries(
    Object.entries({ uid, creationTimestamp, generation, resourceVersion }).filter(([, value]) => value !== undefined),
  );
}
