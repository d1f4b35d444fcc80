/** Is a text a cron schedule? With the words of robfig/cron v3, which is what Kubernetes asks. */
import { goQuote } from '../../api/field-error.ts';

interface Bounds {
  min: number;
  max: number;
  names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];
const DESCRIPTORS = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);
const EVERY = '@every ';
const DURATION = /^[+-]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/;

/** What is wrong with a schedule; undefined when nothing is. */
export function cronProblem(schedule: string): string | undefined {
  const zone = /^(?:CRON_)?TZ=([^ ]*) (.*)$/s.exec(schedule);
  const spec = zone ? (zone[2] ?? '').trim() : schedule;
  if (/^(CRON_)?TZ=/.test(schedule) && !zone) {
    return 'invalid schedule format: runtime error: slice bounds out of range [:-1]';
  }
  if (spec.startsWith('@')) return descriptorProblem(spec);
  const fields = spec.split(/\s+/).filter(Boolean);
  if (fields.length !== FIELDS.length) {
    return `expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(' ')}]`;
  }
  for (const [index, field] of fields.entries()) {
    for (const part of field.split(',').filter(Boolean)) {
      const wrong = rangeProblem(part, FIELDS[index] as Bounds);
      if (wrong) return wrong;
    }
  }
  return undefined;
}

function descriptorProblem(spec: string): string | undefined {
  if (DESCRIPTORS.has(spec)) return undefined;
  if (!spec.startsWith(EVERY)) return `unrecognized descriptor: ${spec}`;
  const text = spec.slice(EVERY.length);
  if (DURATION.test(text)) return undefined;
  return `failed to parse duration ${spec}: time: invalid duration ${goQuote(text)}`;
}

/** A number, or a text about what is none. */
function numberOf(text: string, names: readonly string[], base: number): number | string {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + base;
  if (!/^[+-]?\d+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`;
  }
  const value = Number(text);
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : value;
}

function rangeProblem(expression: string, { min, max, names }: Bounds): string | undefined {
  const [range = '', stepText, ...more] = expression.split('/');
  const ends = range.split('-');
  const [low = '', high] = ends;
  let start: number | string = min;
  let end: number | string = max;
  if (low !== '*' && low !== '?') {
    start = numberOf(low, names, min);
    if (typeof start === 'string') return start;
    if (ends.length > 2) return `too many hyphens: ${expression}`;
    end = high === undefined ? start : numberOf(high, names, min);
    if (typeof end === 'string') return end;
  }
  let step: number | string = 1;
  if (more.length > 0) return `too many slashes: ${expression}`;
  if (stepText !== undefined) {
    step = numberOf(stepText, [], 0);
    if (typeof step === 'string') return step;
    if (ends.length === 1) end = max;
  }
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${expression}`;
  if (end > max) return `end of range (${end}) above maximum (${max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return step === 0 ? `step of range should be a positive number: ${expression}` : undefined;
}
