/** Times, labels, amounts and lists as the cells of tables show them. Pure. */
import { canonicalQuantity } from '../../schema/quantity.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Go's zero time, which stands for none. */
export const ZERO_TIME = Date.parse('0001-01-01T00:00:00Z');
/** A Go duration is 64 bits of nanoseconds; longer ones are cut off there. */
const LONGEST = 9_223_372_036_854;

/** A moment in milliseconds since 1970; the zero time when there is none. */
export function timeOf(time: string | null | undefined): number {
  const ms = time ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? ZERO_TIME : ms;
}

/** A duration of that many milliseconds with two or three figures: `119s`, `5m30s`, `47h`, `3y20d` (apimachinery `util/duration`). */
export function humanDuration(duration: number): string {
  const ms = Math.min(duration, LONGEST);
  const seconds = Math.trunc(ms / SECOND);
  // Clocks may differ by a second.
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(ms / MINUTE);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(ms / HOUR);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return twoUnits(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? twoUnits(years, 'y', days % 365, 'd') : `${years}y`;
}

const twoUnits = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;

/** How long ago a time was; `<unknown>` without one. */
export function since(time: string | null | undefined, now: number): string {
  const ms = timeOf(time);
  return ms === ZERO_TIME ? '<unknown>' : humanDuration(now - ms);
}

/** Labels as `a=b,c=d`, or `<none>`. */
export function formatLabels(labels: Record<string, string> | null | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(',') || '<none>';
}

/** A `metav1.LabelSelector`. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

const LABEL_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function isLabelKey(key: string): boolean {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  if (more.length > 0 || name.length > 63 || !LABEL_NAME.test(name)) return false;
  return prefix === undefined || (prefix.length <= 253 && DNS_SUBDOMAIN.test(prefix));
}

const isLabelValue = (value: string): boolean => value === '' || (value.length <= 63 && LABEL_NAME.test(value));

/** A selector as text, `a=b,c in (d,e),!f`, sorted by key; undefined for one that is not valid. Absent is ''. */
export function selectorText(selector: LabelSelector | null | undefined): string | undefined {
  const terms: { key: string; term: string }[] = [];
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    if (!isLabelKey(key) || !isLabelValue(value)) return undefined;
    terms.push({ key, term: `${key}=${value}` });
  }
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    if (!isLabelKey(key) || !values.every(isLabelValue)) return undefined;
    const term = expressionText(key, operator, values);
    if (term === undefined) return undefined;
    terms.push({ key, term });
  }
  terms.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return terms.map(({ term }) => term).join(',');
}

function expressionText(key: string, operator: string, values: readonly string[]): string | undefined {
  const set = `(${[...values].sort().join(',')})`;
  switch (operator) {
    case 'In':
      return values.length > 0 ? `${key} in ${set}` : undefined;
    case 'NotIn':
      return values.length > 0 ? `${key} notin ${set}` : undefined;
    case 'Exists':
      return values.length === 0 ? key : undefined;
    case 'DoesNotExist':
      return values.length === 0 ? `!${key}` : undefined;
    default:
      return undefined;
  }
}

/** A selector as text; `<none>` for an empty one, `<error>` for one that is not valid. */
export function formatSelector(selector: LabelSelector | null | undefined): string {
  const shown = selectorText(selector);
  return shown === undefined ? '<error>' : shown || '<none>';
}

/** An amount in its one form (`1000m` is `1`); '0' without one, as Go's zero Quantity is written. */
export function formatAmount(amount: string | number | null | undefined): string {
  const shown = canonicalQuantity(String(amount ?? '0'));
  return typeof shown === 'string' ? shown : String(amount);
}

/** An amount that Go holds behind a pointer. */
export const formatAmountPointer = (amount: string | number | null | undefined): string =>
  amount === undefined || amount === null ? '<nil>' : formatAmount(amount);

/** The first three of a list, and how many more there are: `a,b,c + 2 more...`. */
export function firstThree(items: readonly string[]): string {
  const shown = items.slice(0, 3).join(',');
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown;
}

/** `1.2.3.4:80`, `[2001:db8::1]:80` (Go's net.JoinHostPort). */
export const hostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
