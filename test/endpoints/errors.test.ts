import { expect, test } from 'vitest';
import { isOvertaken, SyncError } from '../../src/endpoints/errors.ts';
import { ApiError } from '../../src/kube/errors.ts';

const refused = (status: number) => new ApiError('PUT', '/x', status, { message: 'no' });
const wrapped = (status: number) => new SyncError([new Error('failed to update', { cause: refused(status) })]);

test.each([
  ['what has gone', refused(404), true],
  ['what has changed', wrapped(409), true],
  ['what has gone, told at length', wrapped(404), true],
  ['what is not allowed', wrapped(403), false],
  ['no answer', new Error('reset'), false],
])('a sync overtaken by %s', (_what, error, expected) => {
  expect(isOvertaken(error)).toBe(expected);
});
