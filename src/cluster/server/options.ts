/** Options in a query or a body, with upstream's checks (apimachinery `pkg/apis/meta/v1/validation`). Pure. */
import { type FieldError, forbidden, goQuote, invalid, notSupported, required, tooLong } from '../api/field-error.ts';
import { badRequest, invalidError } from '../api/status.ts';
import type { DeleteOptions } from '../registry/deletion.ts';

/** A boolean in a query: present without a value counts as true, as in upstream's conversion. */
export const isTrue = (value: string | null): boolean =>
  value !== null && value !== '0' && value.toLowerCase() !== 'false';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** Of a create, update or patch. */
export interface WriteQuery {
  dryRun: boolean;
  /** '' when the query has none. */
  fieldManager: string;
  fieldValidation: FieldValidation;
  force: boolean;
}

const META = 'meta.k8s.io';

function checkDryRun(values: readonly string[]): FieldError[] {
  return values.every((one) => one === 'All') ? [] : [notSupported('dryRun', values, ['All'])];
}

function checkManager(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > 128) errors.push(tooLong('fieldManager', 128));
  let position = 0;
  for (const one of manager) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(one)) {
      const code = (one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalid('fieldManager', manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(one);
  }
  return errors;
}

/** Reads and checks the query of a write; `kind` is CreateOptions, UpdateOptions or PatchOptions. */
export function writeQuery(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  apply = false,
): WriteQuery {
  const dryRun = query.getAll('dryRun');
  const manager = query.get('fieldManager') ?? '';
  const validation = query.get('fieldValidation') ?? '';
  const errors: FieldError[] = [];
  if (kind === 'PatchOptions') {
    if (apply && !manager) errors.push(required('fieldManager', 'is required for apply patch'));
    if (!apply && query.has('force')) errors.push(forbidden('force', 'may not be specified for non-apply patch'));
  }
  errors.push(...checkManager(manager), ...checkDryRun(dryRun));
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(validation)) {
    errors.push(notSupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']));
  }
  if (errors.length > 0) throw invalidError({ group: META, name: kind }, '', errors);
  return {
    dryRun: dryRun.length > 0,
    fieldManager: manager,
    fieldValidation: (validation || 'Warn') as FieldValidation,
    force: isTrue(query.get('force')),
  };
}

/** Who writes, when the query does not say: the user agent up to its slash. */
export const managerOf = (manager: string, userAgent: string | undefined): string =>
  manager || (userAgent ?? '').split('/')[0]?.slice(0, 128) || 'unknown';

const UNSAFE = 'ignoreStoreReadErrorWithClusterBreakingPotential';

/** DeleteOptions of a body or, without one, of a query. */
export function deleteOptions(
  body: unknown,
  query: URLSearchParams,
  { collection = false } = {},
): { options: DeleteOptions; dryRun: boolean } {
  const given = (body ?? fromQuery(query)) as Record<string, unknown>;
  const options: DeleteOptions = {};
  const { gracePeriodSeconds, preconditions, propagationPolicy, orphanDependents, dryRun } = given;
  const unsafe = given[UNSAFE] === true;
  if (typeof gracePeriodSeconds === 'number') options.gracePeriodSeconds = gracePeriodSeconds;
  if (typeof propagationPolicy === 'string') options.propagationPolicy = propagationPolicy;
  if (typeof orphanDependents === 'boolean') options.orphanDependents = orphanDependents;
  if (typeof preconditions === 'object' && preconditions !== null) options.preconditions = preconditions;
  const dry = Array.isArray(dryRun) ? dryRun.map(String) : [];
  const errors: FieldError[] = [];
  if (options.orphanDependents !== undefined && options.propagationPolicy !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(invalid('propagationPolicy', options.propagationPolicy, detail));
  }
  const policies = ['Foreground', 'Background', 'Orphan'];
  if (options.propagationPolicy !== undefined && !policies.includes(options.propagationPolicy)) {
    errors.push(notSupported('propagationPolicy', options.propagationPolicy, [...policies, 'nil']));
  }
  errors.push(...checkDryRun(dry));
  if (unsafe) {
    options[UNSAFE] = true;
    const together = (['propagationPolicy', 'orphanDependents', 'gracePeriodSeconds', 'preconditions'] as const).filter(
      (one) => options[one] !== undefined,
    );
    if (collection)
      errors.push(invalid(UNSAFE, true, 'is not allowed with DELETECOLLECTION, try again after removing the option'));
    else errors.push(...together.map((one) => invalid(UNSAFE, true, `cannot be set together with .${one}`)));
  }
  if (errors.length > 0) throw invalidError({ group: META, name: 'DeleteOptions' }, '', errors);
  return { options, dryRun: dry.length > 0 };
}

function fromQuery(query: URLSearchParams): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  const grace = integer(query.get('gracePeriodSeconds'));
  if (grace !== undefined) given['gracePeriodSeconds'] = grace;
  if (query.has('propagationPolicy')) given['propagationPolicy'] = query.get('propagationPolicy');
  if (query.has('orphanDependents')) given['orphanDependents'] = isTrue(query.get('orphanDependents'));
  if (query.has('dryRun')) given['dryRun'] = query.getAll('dryRun');
  if (query.has(UNSAFE)) given[UNSAFE] = isTrue(query.get(UNSAFE));
  return given;
}

/** An int64 in a query, which a parameter without a value is not. */
export function integer(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`);
  if (BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: value out of range`);
  }
  return Number(text);
}

/** Of a list or a watch. */
export interface ListQuery {
  labelSelector: string;
  fieldSelector: string;
  watch: boolean;
  allowWatchBookmarks: boolean;
  sendInitialEvents: boolean;
  /** '' when absent. */
  resourceVersion: string;
  resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
  /** 0: no limit. */
  limit: number;
  continueToken: string;
  timeoutSeconds: number | undefined;
}

export function listQuery(query: URLSearchParams, watch: boolean): ListQuery {
  const limit = integer(query.get('limit')) ?? 0;
  const timeoutSeconds = integer(query.get('timeoutSeconds'));
  const sendInitial = query.get('sendInitialEvents');
  let match = query.get('resourceVersionMatch') ?? '';
  const resourceVersion = query.get('resourceVersion') ?? '';
  const continueToken = query.get('continue') ?? '';
  let send = sendInitial === null ? undefined : isTrue(sendInitial);
  // An old watch from "any" version gets initial events too; newer clients say so themselves.
  if (watch && send === undefined && match === '' && (resourceVersion === '' || resourceVersion === '0')) {
    send = true;
    match = 'NotOlderThan';
  }
  const errors: FieldError[] = watch
    ? checkWatch(send, match, continueToken)
    : checkList(send, match, continueToken, resourceVersion);
  if (errors.length > 0) throw invalidError({ group: META, name: 'ListOptions' }, '', errors);
  return {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    watch,
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    sendInitialEvents: send ?? false,
    resourceVersion,
    resourceVersionMatch: match as ListQuery['resourceVersionMatch'],
    limit,
    continueToken,
    timeoutSeconds,
  };
}

function checkWatch(send: boolean | undefined, match: string, continueToken: string): FieldError[] {
  const errors: FieldError[] = [];
  const field = 'resourceVersionMatch';
  if (send !== undefined && match !== 'NotOlderThan') {
    errors.push(forbidden(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match) {
    if (send === undefined) {
      errors.push(forbidden(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
    }
    if (match !== 'NotOlderThan') errors.push(notSupported(field, match, ['NotOlderThan']));
    if (continueToken) errors.push(forbidden(field, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  return errors;
}

function checkList(send: boolean | undefined, match: string, continueToken: string, version: string): FieldError[] {
  const errors: FieldError[] = [];
  const field = 'resourceVersionMatch';
  if (match) {
    if (!version) errors.push(forbidden(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (continueToken) errors.push(forbidden(field, 'resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported(field, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && version === '0') {
      errors.push(forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (send !== undefined) errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}
