/** Jobs (kubernetes `pkg/apis/batch/validation`, `pkg/registry/batch`). */
import { type FieldError, invalid, keyed, notSupported, required, tooLong } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { notNegative } from '../../validation/metadata.ts';
import { isDns1123Label } from '../../validation/names.ts';
import { hasInvalidLabelValue, validateLabelSelector } from '../../validation/selector.ts';
import type { Strategy } from '../kind.ts';
import { dropGatedTemplate } from './pod-gates.ts';
import { equal, IMMUTABLE, immutable, type Part, struct } from './common.ts';
import { internalForm } from './internal.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './job-policies.ts';
import { validateDomainPrefixedPath } from './ingress.ts';
import { createdMeta, updatedMeta } from './metadata.ts';
import { matchesSelector } from './selector.ts';
import { validatePodTemplate } from './validate-pod-spec.ts';
import { jobDefaults } from './workload-defaults.ts';
import { jobWarnings } from './workload-rules.ts';

const PREFIX = 'batch.kubernetes.io/';
const MOST_PARALLEL = 100_000;
const MOST_MANAGER = 63;
const isSet = (value: unknown): value is number => value !== undefined && value !== null;

/** Labels and a selector that only this job's pods have (`generateSelector`). */
function generateSelector(job: KubeObject): void {
  const spec = struct(job, 'spec');
  if (spec['manualSelector']) return;
  const { name = '', uid = '' } = job.metadata;
  const metadata = struct(struct(spec, 'template'), 'metadata');
  // Labels that the job has from its template grow with the template's.
  const shared = !job.metadata.labels || job.metadata.labels === metadata['labels'];
  metadata['labels'] = {
    'job-name': name,
    [`${PREFIX}job-name`]: name,
    'controller-uid': uid,
    [`${PREFIX}controller-uid`]: uid,
    ...metadata['labels'],
  };
  if (shared) job.metadata.labels = { ...metadata['labels'] };
  const selector = struct(spec, 'selector');
  selector['matchLabels'] = { [`${PREFIX}controller-uid`]: uid, ...selector['matchLabels'] };
}

/** The field of the gate WorkloadWithJob, which is off. */
export function dropScheduling(spec: Part | undefined, old: Part | undefined): void {
  if (spec && !old?.['scheduling']) delete spec['scheduling'];
}

const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
];

function validateIndexed(spec: Part, path: string): FieldError[] {
  const { completions, parallelism, maxFailedIndexes: failed } = spec;
  const errors: FieldError[] = [];
  if (!isSet(completions)) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  if (isSet(parallelism) && parallelism > MOST_PARALLEL) {
    const words = `must be less than or equal to ${MOST_PARALLEL} when completion mode is Indexed`;
    errors.push(invalid(`${path}.parallelism`, parallelism, words));
  }
  if (isSet(completions) && isSet(failed) && failed > completions) {
    errors.push(invalid(`${path}.maxFailedIndexes`, failed, 'must be less than or equal to completions'));
  }
  return errors;
}

const REPLACEMENT = ['Failed', 'TerminatingOrFailed'];

export function validateJobSpec(spec: Part, path: string): FieldError[] {
  const { completionMode: mode, managedBy, podFailurePolicy, podReplacementPolicy: replacement } = spec;
  const errors = COUNTS.flatMap((field) => notNegative(`${path}.${field}`, spec[field] ?? 0));
  if (isSet(spec['maxFailedIndexes']) && !isSet(spec['backoffLimitPerIndex'])) {
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  if (typeof managedBy === 'string') {
    errors.push(...validateDomainPrefixedPath(managedBy, `${path}.managedBy`));
    if (managedBy.length > MOST_MANAGER) errors.push(tooLong(`${path}.managedBy`, MOST_MANAGER));
  }
  if (typeof mode === 'string' && mode !== 'NonIndexed' && mode !== 'Indexed') {
    errors.push(notSupported(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']));
  }
  if (mode === 'Indexed') errors.push(...validateIndexed(spec, path));
  else if (mode === undefined || mode === 'NonIndexed') {
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes']) {
      if (isSet(spec[field])) errors.push(invalid(`${path}.${field}`, spec[field], 'requires indexed completion mode'));
    }
  }
  errors.push(...validateFailurePolicy(spec, path), ...validateSuccessPolicy(spec, path));
  if (typeof replacement === 'string') {
    const place = `${path}.podReplacementPolicy`;
    const allowed = podFailurePolicy ? ['Failed'] : REPLACEMENT;
    if (!allowed.includes(replacement)) errors.push(notSupported(place, replacement, allowed));
  }
  const template = spec['template'] ?? {};
  errors.push(...validatePodTemplate(template, `${path}.template`));
  const restart: string = template.spec?.restartPolicy ?? '';
  const place = `${path}.template.spec.restartPolicy`;
  if (restart === '' || restart === 'Always') errors.push(required(place, 'valid values: "OnFailure", "Never"'));
  else if (restart !== 'OnFailure' && restart !== 'Never') {
    errors.push(notSupported(place, restart, ['OnFailure', 'Never']));
  } else if (podFailurePolicy && restart !== 'Never') {
    errors.push(invalid(place, restart, 'only "Never" is supported when podFailurePolicy is specified'));
  }
  return errors;
}

function validateHasLabel(labels: Part, key: string, wanted: string): FieldError[] {
  const path = keyed('spec.template.metadata.labels', key);
  const words = `must be '${wanted}'`;
  const value = labels[key];
  if (value === undefined) return [required(path, words)];
  return value === wanted ? [] : [invalid(path, labels, words)];
}

function validateGenerated(job: KubeObject): FieldError[] {
  const { spec = {} } = job;
  if (spec.manualSelector || !spec.selector) return [];
  const { name = '', uid = '' } = job.metadata;
  const labels: Part = spec.template?.metadata?.labels ?? {};
  const expected: Record<string, string> = {
    'controller-uid': uid,
    'job-name': name,
    [`${PREFIX}controller-uid`]: uid,
    [`${PREFIX}job-name`]: name,
  };
  const errors = Object.entries(expected).flatMap(([key, wanted]) => validateHasLabel(labels, key, wanted));
  const broken = validateLabelSelector(spec.selector, '').length > 0;
  if (!broken && !matchesSelector(spec.selector, expected)) {
    errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
  }
  return errors;
}

function validateSelector({ spec = {} }: KubeObject, old: KubeObject | undefined): FieldError[] {
  const { selector, template } = spec;
  const options = { allowInvalidValues: hasInvalidLabelValue(old?.['spec']?.selector) };
  const errors = selector ? validateLabelSelector(selector, 'spec.selector', options) : [required('spec.selector')];
  const labels = template?.metadata?.labels;
  if (!selector || (errors.length === 0 && !matchesSelector(selector, labels ?? {}))) {
    const words = '`selector` does not match template `labels`';
    errors.push(invalid('spec.template.metadata.labels', labels ?? null, words));
  }
  return errors;
}

/** Pods of an indexed job are called after it. */
function validateName({ metadata, spec = {} }: KubeObject): FieldError[] {
  const { completionMode, completions } = spec;
  if (completionMode !== 'Indexed' || !(completions > 0)) return [];
  const { name = '' } = metadata;
  const longest = `${name}-${completions - 1}`;
  if (isDns1123Label(longest).length === 0) return [];
  return [invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${longest}`)];
}

function validateCompletions(spec: Part, old: Part): FieldError[] {
  const path = 'spec.completions';
  const { completions } = spec;
  if (spec['completionMode'] !== 'Indexed') return immutable(completions, old['completions'], path);
  if (completions === old['completions'] || !isSet(completions) || completions === spec['parallelism']) return [];
  return [invalid(path, completions, 'can only be modified in tandem with spec.parallelism')];
}

/** What a suspended job that has not started may still change in its template. */
function validateTemplateChange(job: KubeObject, old: KubeObject): FieldError[] {
  const template: Part = job['spec']?.template ?? {};
  let before: Part = old['spec']?.template ?? {};
  if (old['spec']?.suspend && !old['status']?.startTime) {
    const spec: Part = template['spec'] ?? {};
    const own: Part = { ...before['spec'] };
    for (const field of ['nodeSelector', 'tolerations', 'schedulingGates']) own[field] = spec[field];
    const affinity = { ...own['affinity'], nodeAffinity: spec['affinity']?.nodeAffinity };
    const anything = Object.values(affinity).some((one) => one !== undefined);
    own['affinity'] = anything || spec['affinity'] ? affinity : undefined;
    for (const field of ['containers', 'initContainers']) {
      const now = (spec[field] ?? []) as Part[];
      if (now.length !== ((own[field] ?? []) as Part[]).length) continue;
      own[field] = own[field]?.map((one: Part, index: number) => ({ ...one, resources: now[index]?.['resources'] }));
    }
    const { labels, annotations } = template['metadata'] ?? {};
    before = { ...before, metadata: { ...before['metadata'], labels, annotations }, spec: own };
  }
  return equal(template, before)
    ? []
    : [invalid('spec.template', internalForm('PodTemplateSpec', template), IMMUTABLE)];
}

const FIXED = ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'];
/** Of the fixed fields, those that are printed as internal types. */
const INTERNAL: Readonly<Record<string, string>> = {
  podFailurePolicy: '*PodFailurePolicy',
  successPolicy: '*SuccessPolicy',
};

function validateJob(job: KubeObject, old: KubeObject | undefined): FieldError[] {
  return [...validateJobSpec(job['spec'] ?? {}, 'spec'), ...validateSelector(job, old)];
}

function validateJobChange(job: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [job['spec'] ?? {}, old['spec'] ?? {}];
  return [
    ...validateCompletions(spec, before),
    ...immutable(spec.selector, before.selector, 'spec.selector'),
    ...validateTemplateChange(job, old),
    ...FIXED.flatMap((field) => {
      const type = INTERNAL[field];
      const printed = type ? internalForm(type, spec[field]) : (spec[field] ?? null);
      return equal(spec[field], before[field]) ? [] : [invalid(`spec.${field}`, printed, IMMUTABLE)];
    }),
  ];
}

export const JOB: Strategy = {
  defaults: jobDefaults,
  prepareForCreate: (job) => {
    generateSelector(job);
    dropScheduling(job['spec'], undefined);
    dropGatedTemplate(job, undefined);
  },
  prepareForUpdate: (job, old) => {
    dropScheduling(job['spec'], old['spec']);
    dropGatedTemplate(job, old);
  },
  validateCreate: (job) => [
    ...createdMeta(job),
    ...validateGenerated(job),
    ...validateJob(job, undefined),
    ...validateName(job),
  ],
  validateUpdate: (job, old) => [
    ...updatedMeta(job, old),
    ...validateJob(job, old),
    ...validateJobChange(job, old),
    ...validateName(job),
  ],
  validateStatusUpdate: (job, old) => [
    ...updatedMeta(job, old),
    ...['active', 'succeeded', 'failed', 'ready', 'terminating'].flatMap((field) =>
      notNegative(`status.${field}`, job['status']?.[field] ?? 0),
    ),
  ],
  warnings: (job, old) => jobWarnings(job, old, job['spec'] ?? {}, 'spec'),
};
