/** CronJobs (kubernetes `pkg/apis/batch/validation`). */
import { type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { notNegative } from '../../validation/metadata.ts';
import type { Strategy } from '../kind.ts';
import { dropGated } from './pod-gates.ts';
import type { Part } from './common.ts';
import { cronProblem } from './cron.ts';
import { dropScheduling, validateJobSpec } from './job.ts';
import { createdMeta, updatedMeta } from './metadata.ts';
import { jobWarnings } from './workload-rules.ts';
import { cronJobDefaults } from './workload-defaults.ts';

const CONCURRENCY = ['Allow', 'Forbid', 'Replace'];
/** A job of a CronJob has eleven characters more in its name. */
const MOST_CRON_NAME = 52;
const ZONE_PART = /^[A-Za-z._0-9+-]{1,14}$/;

function validateTimeZone(zone: unknown): FieldError[] {
  const path = 'spec.timeZone';
  if (typeof zone !== 'string') return [];
  if (zone === '') return [invalid(path, zone, 'timeZone must be nil or non-empty string')];
  const strange = zone
    .split('/')
    .some((part) => part === '.' || part === '..' || part.startsWith('-') || !ZONE_PART.test(part));
  if (strange) return [invalid(path, zone, `unknown time zone ${zone}`)];
  const errors: FieldError[] = [];
  if (zone.toLowerCase() === 'local') {
    const words = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    errors.push(invalid(path, zone, words));
  }
  if (!isTimeZone(zone)) errors.push(invalid(path, zone, `unknown time zone ${zone}`));
  return errors;
}

function isTimeZone(zone: string): boolean {
  if (zone === 'Local') return true;
  try {
    Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function validateSchedule(schedule: string, timeZone: unknown, old: string | undefined): FieldError[] {
  const path = 'spec.schedule';
  const wrong = cronProblem(schedule);
  const errors = wrong === undefined ? [] : [invalid(path, schedule, wrong)];
  if (!schedule.includes('TZ')) return errors;
  if (!old?.includes('TZ')) {
    errors.push(invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  } else if (typeof timeZone === 'string') {
    errors.push(invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  }
  return errors;
}

function validateCronJob({ spec = {} }: KubeObject, old: KubeObject | undefined): FieldError[] {
  const { schedule = '', timeZone, concurrencyPolicy: policy = '', jobTemplate } = spec;
  const job: Part = jobTemplate?.spec ?? {};
  const path = 'spec.jobTemplate.spec';
  const errors = schedule ? validateSchedule(schedule, timeZone, old?.['spec']?.schedule) : [];
  errors.push(...notNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds ?? 0));
  if (timeZone !== old?.['spec']?.timeZone) errors.push(...validateTimeZone(timeZone));
  if (!policy) errors.push(required('spec.concurrencyPolicy'));
  else if (!CONCURRENCY.includes(policy)) errors.push(notSupported('spec.concurrencyPolicy', policy, CONCURRENCY));
  errors.push(...validateJobSpec(job, path));
  if (job['selector']) errors.push(invalid(`${path}.selector`, job['selector'], '`selector` will be auto-generated'));
  if (job['manualSelector']) errors.push(notSupported(`${path}.manualSelector`, true, ['nil', 'false']));
  errors.push(
    ...notNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit ?? 0),
    ...notNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit ?? 0),
  );
  return schedule ? errors : [...errors, required('spec.schedule')];
}

function dropFromTemplate(spec: Part | undefined, old: Part | undefined): void {
  dropScheduling(spec, old);
  dropGated(spec?.['template'], old?.['template']);
}

const TIME_ZONES =
  'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';

export const CRON_JOB: Strategy = {
  defaults: cronJobDefaults,
  prepareForCreate: (job) => dropFromTemplate(job['spec']?.jobTemplate?.spec, undefined),
  prepareForUpdate: (job, old) => dropFromTemplate(job['spec']?.jobTemplate?.spec, old['spec']?.jobTemplate?.spec),
  validateCreate: (job) => {
    const { name = '' } = job.metadata;
    const long = name.length > MOST_CRON_NAME;
    return [
      ...createdMeta(job),
      ...validateCronJob(job, undefined),
      ...(long ? [invalid('metadata.name', name, 'must be no more than 52 characters')] : []),
    ];
  },
  validateUpdate: (job, old) => [...updatedMeta(job, old), ...validateCronJob(job, old)],
  warnings: (job, old) => [
    ...jobWarnings(job, old, job['spec']?.jobTemplate?.spec ?? {}, 'spec.jobTemplate.spec'),
    ...(old && String(job['spec']?.schedule ?? '').includes('TZ') ? [TIME_ZONES] : []),
  ],
};
