/** What `kubectl get events` shows (kubernetes `pkg/printers/internalversion/printers.go`, printEvent). */
import type { KubeObject } from '../../api/object.ts';
import { describe, field, named, nameOf, text, wide } from './column.ts';
import { since } from './format.ts';

/** An event of either kind, `v1` or `events.k8s.io/v1`, in the words of `v1`. */
interface Event {
  target: { kind?: string; name?: string; fieldPath?: string };
  source: { component?: string; host?: string };
  message: string;
  firstTimestamp: string | undefined;
  lastTimestamp: string | undefined;
  count: number;
}

function eventOf(object: KubeObject): Event {
  if (object.apiVersion === 'v1') {
    return {
      target: object['involvedObject'] ?? {},
      source: object['source'] ?? {},
      message: object['message'] ?? '',
      firstTimestamp: object['firstTimestamp'] ?? undefined,
      lastTimestamp: object['lastTimestamp'] ?? undefined,
      count: object['count'] ?? 0,
    };
  }
  return {
    target: object['regarding'] ?? {},
    source: object['deprecatedSource'] ?? {},
    message: object['note'] ?? '',
    firstTimestamp: object['deprecatedFirstTimestamp'] ?? undefined,
    lastTimestamp: object['deprecatedLastTimestamp'] ?? undefined,
    count: object['deprecatedCount'] ?? 0,
  };
}

function firstSeen(object: KubeObject, now: number): string {
  return since(eventOf(object).firstTimestamp ?? object['eventTime'], now);
}

function lastSeen(object: KubeObject, now: number): string {
  if (object['series']) return since(object['series'].lastObservedTime, now);
  const { lastTimestamp } = eventOf(object);
  return lastTimestamp ? since(lastTimestamp, now) : firstSeen(object, now);
}

function target(object: KubeObject): string {
  const { kind = '', name = '' } = eventOf(object).target;
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function source(object: KubeObject): string {
  const { component, host } = eventOf(object).source;
  const who = component || object['reportingComponent'] || object['reportingController'] || '';
  const where = host || object['reportingInstance'] || '';
  return where ? `${who}, ${where}` : who;
}

/** Once, when neither the event nor its series counts. */
const times = (object: KubeObject): number =>
  object['series'] ? (object['series'].count ?? 0) : eventOf(object).count || 1;

/** White space as Unicode has it; JavaScript's trim() goes by another list. */
const OUTER_SPACE = /^\p{White_Space}+|\p{White_Space}+$/gu;

export const EVENT_COLUMNS = describe('/Event', [
  text('Last Seen', lastSeen),
  text('Type', field('type')),
  text('Reason', field('reason')),
  text('Object', target),
  wide(text('Subobject', (object) => eventOf(object).target.fieldPath ?? '')),
  wide(text('Source', source)),
  text('Message', (object) => eventOf(object).message.replace(OUTER_SPACE, '')),
  wide(text('First Seen', firstSeen)),
  wide(text('Count', times)),
  wide(named(nameOf)),
]);
