/** Rules for Events of both kinds (kubernetes `pkg/apis/core/validation/events.go`). */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { isQualifiedName } from '../../validation/names.ts';
import type { Strategy } from '../kind.ts';
import { all, immutable, type Part } from './common.ts';
import { toStoredEvent } from './events.ts';
import { updatedMeta, wholeMeta } from './metadata.ts';

const MOST_NOTE = 1024;
const MOST_TEXT = 128;
const NAMESPACED = { namespaced: true } as const;

/** What every event must be; `event` is in its stored form. */
function validateAny(event: KubeObject, controllerField: string): FieldError[] {
  const about: string = event['involvedObject']?.namespace ?? '';
  const { namespace = '' } = event.metadata;
  const path = 'involvedObject.namespace';
  const mismatch = [invalid(path, about, 'does not match event.namespace')];
  if (!event['eventTime']) {
    // An old event: without a namespace it is about something that has none.
    const matches = about === '' ? namespace === '' || namespace === 'default' : namespace === about;
    return matches ? [] : mismatch;
  }
  const { reportingComponent: controller = '', reportingInstance: instance = '', action = '', reason = '' } = event;
  const errors = about === '' && namespace !== 'default' && namespace !== 'kube-system' ? mismatch : [];
  if (!controller) errors.push(required(controllerField));
  errors.push(...all(controllerField, controller, isQualifiedName(controller)));
  const text = (field: string, value: string, most: number, mustBe: boolean) => {
    if (mustBe && !value) errors.push(required(field));
    if (Buffer.byteLength(value) > most) errors.push(invalid(field, '', `can have at most ${most} characters`));
  };
  text('reportingInstance', instance, MOST_TEXT, true);
  text('action', action, MOST_TEXT, true);
  text('reason', reason, MOST_TEXT, true);
  text('message', event['message'] ?? '', MOST_NOTE, false);
  return errors;
}

/** core/v1: nothing more, as it always was. */
export const CORE_EVENT: Strategy = {
  validateCreate: (event) => validateAny(event, 'reportingComponent'),
  validateUpdate: (event) => validateAny(event, 'reportingComponent'),
};

function validateSeries({ series }: KubeObject): FieldError[] {
  if (!series) return [];
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) errors.push(invalid('series.count', '', 'should be at least 2'));
  if (!series.lastObservedTime) errors.push(required('series.lastObservedTime'));
  return errors;
}

function validateNew(event: KubeObject): FieldError[] {
  const { type = '', source = {} } = event;
  const errors = validateSeries(event);
  const unset = (field: string, isSet: unknown) => {
    if (isSet) errors.push(invalid(field, '', 'needs to be unset'));
  };
  if (!event['eventTime']) errors.push(required('eventTime'));
  if (type !== 'Normal' && type !== 'Warning') errors.push(invalid('type', '', `has invalid value: ${type}`));
  unset('firstTimestamp', event['firstTimestamp']);
  unset('lastTimestamp', event['lastTimestamp']);
  unset('count', event['count']);
  unset('source', source.component || source.host);
  return errors;
}

/** Fields of an event that never change, by their names in the stored form and in messages. */
const FIXED: readonly (readonly [string, string])[] = [
  ['involvedObject', 'involvedObject'],
  ['reason', 'reason'],
  ['message', 'message'],
  ['source', 'source'],
  ['firstTimestamp', 'firstTimestamp'],
  ['lastTimestamp', 'lastTimestamp'],
  ['count', 'count'],
  ['reason', 'reason'],
  ['type', 'type'],
  ['eventTime', 'eventTime'],
  ['action', 'action'],
  ['related', 'related'],
  ['reportingComponent', 'reportingController'],
  ['reportingInstance', 'reportingInstance'],
];

const REFERENCE = {
  kind: 'Kind',
  namespace: 'Namespace',
  name: 'Name',
  uid: 'UID',
  apiVersion: 'APIVersion',
  resourceVersion: 'ResourceVersion',
  fieldPath: 'FieldPath',
};
const SOURCE = { component: 'Component', host: 'Host' };

/** As upstream's internal type has it. */
function printed(field: string, value: unknown): unknown {
  if (field === 'count') return value ?? 0;
  const names = field === 'source' ? SOURCE : REFERENCE;
  if (field === 'source' || field === 'involvedObject' || (field === 'related' && value)) {
    const given = (value ?? {}) as Part;
    return Object.fromEntries(Object.entries(names).map(([json, name]) => [name, given[json] ?? '']));
  }
  return value ?? (/Timestamp|related|eventTime/.test(field) ? null : '');
}

/** events.k8s.io/v1: messages name the stored form's fields, as upstream's do. */
export const NEW_EVENT: Strategy = {
  validateCreate: (event) => {
    const stored = toStoredEvent(event);
    return [...validateAny(stored, 'reportingController'), ...wholeMeta(event, NAMESPACED), ...validateNew(stored)];
  },
  validateUpdate: (event, old) => {
    const [stored, before] = [toStoredEvent(event), toStoredEvent(old)];
    const series = JSON.stringify(stored['series'] ?? null) !== JSON.stringify(before['series'] ?? null);
    return [
      ...validateAny(stored, 'reportingController'),
      ...updatedMeta(event, old),
      ...(series ? validateSeries(stored) : []),
      ...FIXED.flatMap(([field, path]) => {
        const [now, then] = [stored, before].map((one: Part) => printed(field, one[field]));
        return immutable(now, then, path);
      }),
    ];
  },
};
