/**
 * Events have two kinds: core/v1 Event, which is what is stored, and events.k8s.io/v1 Event, which is the same object
 * with other names (kubernetes `pkg/apis/events/v1/conversion.go`). Pure.
 */
import type { KubeObject } from '../../api/object.ts';

/** events.k8s.io's name of a field, and core's. */
const NAMES: readonly (readonly [string, string])[] = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];

const TO_STORED: ReadonlyMap<string, string> = new Map(NAMES);
const FROM_STORED: ReadonlyMap<string, string> = new Map(NAMES.map(([theirs, stored]) => [stored, theirs]));

function renamed(event: KubeObject, apiVersion: string, names: ReadonlyMap<string, string>): KubeObject {
  const out: KubeObject = { kind: 'Event', apiVersion, metadata: event.metadata };
  for (const [key, value] of Object.entries(event)) {
    if (key !== 'apiVersion' && key !== 'kind' && key !== 'metadata') out[names.get(key) ?? key] = value;
  }
  return out;
}

/** An events.k8s.io/v1 Event as core/v1; a core/v1 Event stays what it is. */
export const toStoredEvent = (event: KubeObject): KubeObject =>
  event.apiVersion === 'v1' ? event : complete(renamed(event, 'v1', TO_STORED), ['involvedObject', 'source']);

/** A core/v1 Event as events.k8s.io/v1; such an Event stays what it is. */
export const fromStoredEvent = (event: KubeObject): KubeObject => {
  if (event.apiVersion === 'events.k8s.io/v1') return event;
  const shown = renamed(event, 'events.k8s.io/v1', FROM_STORED);
  // What core/v1 writes although it is empty.
  for (const field of ['reportingController', 'reportingInstance']) if (shown[field] === '') delete shown[field];
  return shown;
};

/** core/v1 always writes these structs, times and texts. */
function complete(event: KubeObject, structs: readonly string[]): KubeObject {
  for (const one of structs) event[one] ??= {};
  event['firstTimestamp'] ??= null;
  event['lastTimestamp'] ??= null;
  event['eventTime'] ??= null;
  event['reportingComponent'] ??= '';
  event['reportingInstance'] ??= '';
  return event;
}
