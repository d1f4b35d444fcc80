import type { KubeObject, ManagedFieldsEntry } from '../../../src/cluster/api/object.ts';
import { StatusError } from '../../../src/cluster/api/status.ts';
import { applyScale, trackScale } from '../../../src/cluster/fields/scale.ts';
import { normaliseObject } from '../../../src/cluster/schema/decode.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';
import type { KubeAccess } from '../../tools/control-plane.ts';
import { type Outcome, sendAs } from './oracle.ts';

const ROOT = '/apis/apps/v1/namespaces/default/deployments';

/** A write to a deployment's scale, or to the deployment itself. */
export interface ScaleStep {
  verb: 'apply' | 'merge' | 'put';
  by: string;
  replicas: number;
  force?: boolean;
  /** Of the deployment, not of its scale. */
  whole?: boolean;
}

/** A deployment with two replicas by `creator`. */
export async function createDeployment(access: KubeAccess, name: string): Promise<void> {
  await sendAs(access, 'POST', `${ROOT}?fieldManager=creator`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'x' } },
      template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'app', image: 'app' }] } },
    },
  });
}

const TYPES = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  put: 'application/json',
} as const;

/** Sends a write of a scale and compares the deployment's managedFields with ours; writes to the whole are only sent. */
export async function scaleStep(access: KubeAccess, name: string, step: ScaleStep): Promise<Outcome | undefined> {
  const { verb, by, replicas, force, whole } = step;
  const method = verb === 'put' ? 'PUT' : 'PATCH';
  const query = `?fieldManager=${by}${force ? '&force=true' : ''}`;
  const type = whole ? { apiVersion: 'apps/v1', kind: 'Deployment' } : { apiVersion: 'autoscaling/v1', kind: 'Scale' };
  const applied = { ...type, metadata: { name, ...(whole && { labels: { a: 'b' } }) }, spec: { replicas } };
  const path = `${ROOT}/${name}${whole ? '' : '/scale'}`;
  const live = (await sendAs(access, 'GET', `${ROOT}/${name}`, undefined)).body as KubeObject;
  const before = (await sendAs(access, 'GET', `${ROOT}/${name}/scale`, undefined)).body as KubeObject;
  const answer = await sendAs(
    access,
    method,
    path + query,
    verb === 'merge' ? { spec: { replicas } } : applied,
    TYPES[verb],
  );
  if (whole) return undefined;
  const after: KubeObject = (await sendAs(access, 'GET', `${ROOT}/${name}`, undefined)).body;
  const theirs = answer.status < 400 ? after.metadata.managedFields : answer.body.message;
  return { theirs: shown(theirs), ours: shown(ours(step, live, before, applied)) };
}

function ours(
  step: ScaleStep,
  live: KubeObject,
  before: KubeObject,
  applied: KubeObject,
): ManagedFieldsEntry[] | string | undefined {
  const write = { manager: step.by, now: '2024-01-01T00:00:00Z', apiVersion: 'apps/v1' };
  try {
    if (step.verb === 'apply') {
      return applyScale(live, before, applied, { ...write, force: step.force ?? false }).managedFields;
    }
    const after = { ...before, spec: { ...before['spec'], replicas: step.replicas } };
    return trackScale(live, before, normaliseObject(after, kindSchema('autoscaling', 'v1', 'Scale')), write);
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

const shown = (entries: ManagedFieldsEntry[] | string | undefined) =>
  Array.isArray(entries) ? entries.map((entry) => JSON.stringify(entry)).toSorted() : entries;

const scale = (verb: ScaleStep['verb'], by: string, replicas: number, force = false): ScaleStep => ({
  verb,
  by,
  replicas,
  force,
});

export const SCALES: Record<string, ScaleStep[]> = {
  'one after the other': [
    scale('merge', 's1', 3),
    scale('merge', 's1', 4),
    scale('put', 's2', 5),
    scale('apply', 's3', 6),
    scale('apply', 's3', 6, true),
    scale('apply', 's3', 7),
    scale('merge', 's2', 8),
    { verb: 'apply', by: 'applier', replicas: 9, whole: true, force: true },
    scale('apply', 's3', 9),
    scale('merge', 's2', 9),
    scale('put', 's4', 0),
  ],
  'nothing changes': [
    scale('merge', 's1', 2),
    scale('merge', 's1', 3),
    scale('merge', 's2', 3),
    scale('apply', 's3', 3),
  ],
  'applied first': [
    { verb: 'apply', by: 'applier', replicas: 2, whole: true, force: true },
    scale('merge', 's1', 2),
    scale('apply', 'applier', 2),
    scale('apply', 'applier', 3),
    scale('apply', 'applier', 3, true),
    scale('apply', 'applier', 3),
  ],
};
