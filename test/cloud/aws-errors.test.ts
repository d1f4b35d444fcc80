import { describe, expect, test } from 'vitest';
import {
  describeError,
  errorCode,
  isDuplicate,
  isInUse,
  isNotFound,
  isThrottle,
  isUncertain,
} from '../../src/cloud/aws/errors.ts';
import { awsError } from './support/aws.ts';

const plain = (name: string, more: object = {}) => Object.assign(new Error('text'), { name, ...more });

test.each([
  [
    'ELBv2 has a Code',
    plain('DuplicateLoadBalancerNameException', { Code: 'DuplicateLoadBalancerName' }),
    'DuplicateLoadBalancerName',
  ],
  ['EC2 only a name', plain('InvalidGroup.Duplicate'), 'InvalidGroup.Duplicate'],
  ['a modelled name without Code', plain('ThrottlingException'), 'Throttling'],
  ['not an Error', 'text', ''],
  ['nothing', undefined, ''],
])('the code of an error: %s', (_name, error, code) => {
  expect(errorCode(error)).toBe(code);
});

describe('what codes mean', () => {
  const kinds = { throttle: isThrottle, notFound: isNotFound, inUse: isInUse, duplicate: isDuplicate };
  test.each<[string, keyof typeof kinds | undefined]>([
    ['Throttling', 'throttle'],
    ['RequestLimitExceeded', 'throttle'],
    ['TooManyRequests', 'throttle'],
    ['LoadBalancerNotFound', 'notFound'],
    ['TargetGroupNotFound', 'notFound'],
    ['ListenerNotFound', 'notFound'],
    ['InvalidGroup.NotFound', 'notFound'],
    ['InvalidPermission.NotFound', 'notFound'],
    ['ResourceInUse', 'inUse'],
    ['DependencyViolation', 'inUse'],
    ['InvalidGroup.InUse', 'inUse'],
    ['DuplicateTargetGroupName', 'duplicate'],
    ['DuplicateListener', 'duplicate'],
    ['InvalidGroup.Duplicate', 'duplicate'],
    ['InvalidPermission.Duplicate', 'duplicate'],
    ['OperationNotPermitted', undefined],
    ['AccessDenied', undefined],
    ['TooManyTargets', undefined],
    ['ValidationError', undefined],
  ])('%s is %s', (code, kind) => {
    const found = Object.entries(kinds).filter(([, is]) => is(awsError(code)));
    expect(found.map(([name]) => name)).toEqual(kind ? [kind] : []);
  });

  test('429 is throttling whatever its code', () => {
    expect(isThrottle(awsError('Whatever', 429))).toBe(true);
    expect(isThrottle(undefined)).toBe(false);
  });
});

test.each([
  ['no answer', plain('TimeoutError'), true],
  ['a server error', awsError('InternalFailure', 500), true],
  ['unavailable', awsError('ServiceUnavailable', 503), true],
  ['a refusal', awsError('ValidationError', 400), false],
  ['throttled', awsError('Throttling', 400), false],
  ['forbidden', awsError('AccessDenied', 403), false],
])('%s: uncertain whether it was done: %s', (_name, error, expected) => {
  expect(isUncertain(error)).toBe(expected);
});

test.each([
  ['code, message, request', awsError('Throttling', 400, 'Rate exceeded'), 'Throttling: Rate exceeded (request req-1)'],
  ['no request', plain('TypeError'), 'TypeError: text'],
  ['one line', awsError('X', 400, ' a\n  b\t c '), 'X: a b c (request req-1)'],
  ['at most 300 characters', awsError('X', 400, 'y'.repeat(999)), `X: ${'y'.repeat(300)} (request req-1)`],
  ['not an Error', 'text', 'text'],
])('described: %s', (_name, error, text) => {
  expect(describeError(error)).toBe(text);
});
