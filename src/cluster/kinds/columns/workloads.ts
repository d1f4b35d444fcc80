/** Tables of `apps` and `batch` (kubernetes `pkg/printers/internalversion/printers.go`). */
import type { KubeObject } from '../../api/object.ts';
import type { Column } from '../columns.ts';
import { AGE, boolean, containerColumns, count, describe, field, integer, NAME, text, wide } from './column.ts';
import { formatLabels, formatSelector, humanDuration, selectorText, since, timeOf } from './format.ts';

const templateContainers = containerColumns((object) => object['spec']?.template?.spec?.containers ?? []);

const selector = wide(text('Selector', (object) => formatSelector(object['spec']?.selector)));

/** `1/3` */
const readyOfDesired = text('Ready', (object) => {
  return `${object['status']?.readyReplicas ?? 0}/${object['spec']?.replicas ?? 0}`;
});

/** `deployment.apps/web` of the owner that is the controller. */
function controllerText(object: KubeObject): string {
  const owner = object.metadata.ownerReferences?.find((one) => one.controller);
  if (!owner) return '<none>';
  const [group = '', version] = owner.apiVersion.split('/');
  const kind = version === undefined ? owner.kind : `${owner.kind}.${group}`;
  return kind ? `${kind.toLowerCase()}/${owner.name}` : owner.name;
}

/** The first that holds, in this order; the rest of a job's conditions is not shown. */
function jobStatus(job: KubeObject): string {
  const conditions: { type: string; status: string }[] = job['status']?.conditions ?? [];
  const holds = (type: string) => conditions.find((one) => one.type === type)?.status === 'True';
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  if (holds('SuccessCriteriaMet')) return 'SuccessCriteriaMet';
  return 'Running';
}

function jobCompletions(job: KubeObject): string {
  const { completions, parallelism = 0 } = job['spec'] ?? {};
  const succeeded: number = job['status']?.succeeded ?? 0;
  if (completions !== undefined) return `${succeeded}/${completions}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: KubeObject, now: number): string {
  const { startTime, completionTime } = job['status'] ?? {};
  if (!startTime) return '';
  return humanDuration((completionTime ? timeOf(completionTime) : now) - timeOf(startTime));
}

function suspended({ spec }: KubeObject): string {
  if (spec?.suspend === undefined) return '<unset>';
  return spec.suspend ? 'True' : 'False';
}

export const WORKLOAD_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  'apps/Deployment': describe('apps/Deployment', [
    NAME,
    readyOfDesired,
    text('Up-to-date', count('status', 'updatedReplicas')),
    text('Available', count('status', 'availableReplicas')),
    AGE,
    ...templateContainers,
    wide(text('Selector', (object) => selectorText(object['spec']?.selector) ?? '<invalid>')),
  ]),
  'apps/ReplicaSet': describe('apps/ReplicaSet', [
    NAME,
    integer('Desired', count('spec', 'replicas')),
    integer('Current', count('status', 'replicas')),
    integer('Ready', count('status', 'readyReplicas')),
    AGE,
    ...templateContainers,
    selector,
  ]),
  'apps/DaemonSet': describe('apps/DaemonSet', [
    NAME,
    integer('Desired', count('status', 'desiredNumberScheduled')),
    integer('Current', count('status', 'currentNumberScheduled')),
    integer('Ready', count('status', 'numberReady')),
    integer('Up-to-date', count('status', 'updatedNumberScheduled')),
    integer('Available', count('status', 'numberAvailable')),
    text('Node Selector', (object) => formatLabels(object['spec']?.template?.spec?.nodeSelector)),
    AGE,
    ...templateContainers,
    selector,
  ]),
  'apps/StatefulSet': describe('apps/StatefulSet', [NAME, readyOfDesired, AGE, ...templateContainers]),
  'apps/ControllerRevision': describe('apps/ControllerRevision', [
    NAME,
    text('Controller', controllerText),
    text('Revision', count('revision')),
    AGE,
  ]),
  'batch/Job': describe('batch/Job', [
    NAME,
    text('Status', jobStatus),
    text('Completions', jobCompletions),
    text('Duration', jobDuration),
    AGE,
    ...templateContainers,
    selector,
  ]),
  'batch/CronJob': describe('batch/CronJob', [
    NAME,
    text('Schedule', field('spec', 'schedule')),
    text('Timezone', (object) => object['spec']?.timeZone ?? '<none>'),
    boolean('Suspend', suspended),
    integer('Active', (object) => object['status']?.active?.length ?? 0),
    text('Last Schedule', ({ status }: KubeObject, now) => {
      return status?.lastScheduleTime ? since(status.lastScheduleTime, now) : '<none>';
    }),
    AGE,
    ...containerColumns((object) => object['spec']?.jobTemplate?.spec?.template?.spec?.containers ?? []),
    wide(text('Selector', (object) => formatSelector(object['spec']?.jobTemplate?.spec?.selector))),
  ]),
};
