import { expect, test } from 'vitest';
import { type Moment, parseMicroTime, parseTime } from '../../../src/cluster/schema/time.ts';

const show = (time: Moment | Error): string =>
  time instanceof Error
    ? time.message
    : `${new Date(time.ms).toISOString().slice(0, 23)}${String(time.nanos).padStart(6, '0')}Z`;

const LAYOUT = '"2006-01-02T15:04:05Z07:00"';
const MICRO = '"2006-01-02T15:04:05.000000Z07:00"';

// All expectations are what Go's time.Parse answers.
test.each([
  ['2020-01-01T3:04:05Z', '2020-01-01T03:04:05.000000000Z'],
  ['2020-01-01T03:04:05,1Z', '2020-01-01T03:04:05.100000000Z'],
  ['2020-01-01T03:04:05.123456789123Z', '2020-01-01T03:04:05.123456789Z'],
  ['2020-01-01T03:04:05.123456+01:00', '2020-01-01T02:04:05.123456000Z'],
  ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000000000Z'],
  ['', `parsing time "" as ${LAYOUT}: cannot parse "" as "2006"`],
  ['2020-01-01', `parsing time "2020-01-01" as ${LAYOUT}: cannot parse "" as "T"`],
  ['2020-1-01T00:00:00Z', `parsing time "2020-1-01T00:00:00Z" as ${LAYOUT}: cannot parse "1-01T00:00:00Z" as "01"`],
  ['2020-13-01T00:00:00Z', 'parsing time "2020-13-01T00:00:00Z": month out of range'],
  ['2020-02-30T00:00:00Z', 'parsing time "2020-02-30T00:00:00Z": day out of range'],
  ['2020-01-01T24:00:00Z', 'parsing time "2020-01-01T24:00:00Z": hour out of range'],
  ['2020-01-01T00:60:00Z', 'parsing time "2020-01-01T00:60:00Z": minute out of range'],
  ['2020-01-01T00:00:60Z', 'parsing time "2020-01-01T00:00:60Z": second out of range'],
  ['2020-01-01T03:04:05', `parsing time "2020-01-01T03:04:05" as ${LAYOUT}: cannot parse "" as "Z07:00"`],
  ['2020-01-01T03:04:05.Z', `parsing time "2020-01-01T03:04:05.Z" as ${LAYOUT}: cannot parse ".Z" as "Z07:00"`],
  ['2020-01-01T03:04:05+25:00', 'parsing time "2020-01-01T03:04:05+25:00": time zone offset hour out of range'],
  ['2020-01-01T03:04:05Zé', 'parsing time "2020-01-01T03:04:05Z\\xc3\\xa9": extra text: "\\xc3\\xa9"'],
])('%s', (text, expected) => {
  expect(show(parseTime(text))).toBe(expected);
});

test.each([
  ['2020-01-01T03:04:05.123456Z', '2020-01-01T03:04:05.123456000Z'],
  ['2020-01-01T03:04:05Z', `parsing time "2020-01-01T03:04:05Z" as ${MICRO}: cannot parse "Z" as ".000000"`],
  [
    '2020-01-01T03:04:05.1234567Z',
    `parsing time "2020-01-01T03:04:05.1234567Z" as ${MICRO}: cannot parse "7Z" as "Z07:00"`,
  ],
])('with six decimals: %s', (text, expected) => {
  expect(show(parseMicroTime(text))).toBe(expected);
});
