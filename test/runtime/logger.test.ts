import { PassThrough } from 'node:stream';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { errorLine } from '../../src/runtime/log-fields.ts';
import { createLogger, type Logger, type LoggerOptions } from '../../src/runtime/logger.ts';

function capture(options: Partial<LoggerOptions> = {}): { logger: Logger; lines: () => string[] } {
  const stream = new PassThrough();
  const logger = createLogger({ level: 'info', stream, ...options });
  return {
    logger,
    lines: () =>
      String(stream.read() ?? '')
        .split('\n')
        .slice(0, -1),
  };
}

function logged(log: (logger: Logger) => void, options: Partial<LoggerOptions> = {}): Record<string, unknown> {
  const { logger, lines } = capture(options);
  log(logger);
  const all = lines();
  expect(all).toHaveLength(1);
  return JSON.parse(all[0] ?? '') as Record<string, unknown>;
}

test('a line is JSON: timestamp, level, message, then the fields in their order', () => {
  const event = logged((logger) =>
    logger.info('created', { service: 'ns/web', calls: 7, dry: false, none: undefined }),
  );
  expect(Object.keys(event)).toEqual(['timestamp', 'level', 'message', 'service', 'calls', 'dry']);
  expect(event).toMatchObject({ level: 'info', message: 'created', service: 'ns/web', calls: 7, dry: false });
  expect(new Date(String(event['timestamp'])).toISOString()).toBe(event['timestamp']);
});

test('children add their fields to every line, and the parent stays without', () => {
  const { logger, lines } = capture();
  const child = logger.child({ service: 'ns/web', attempt: 1 });
  child.child({ step: 'listener' }).warn('slow', { attempt: 2 });
  logger.info('plain');
  const [first = '', second = ''] = lines();
  expect(JSON.parse(first)).toMatchObject({ level: 'warn', service: 'ns/web', step: 'listener', attempt: 2 });
  expect(Object.keys(JSON.parse(second))).toEqual(['timestamp', 'level', 'message']);
});

test.each([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['error', ['error']],
] as const)('level %s logs %j', (level, expected) => {
  const { logger, lines } = capture({ level });
  for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each]('x');
  expect(lines().map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
});

test('an error in a field keeps its name, message, code and causes, and the message of the line is not glued to it', () => {
  const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED', request: { big: 'object' } });
  const error = new Error('apply failed', { cause });
  const event = logged((logger) => logger.error('reconcile', { error, message: 'mine', level: 'high' }));
  expect(event).toMatchObject({
    level: 'error',
    message: 'reconcile',
    message_: 'mine',
    level_: 'high',
    error: { name: 'Error', message: 'apply failed', cause: { message: 'connect refused', code: 'ECONNREFUSED' } },
  });
  expect(JSON.stringify(event)).not.toMatch(/stack|request/);
});

test('an AWS error shows its request id and status, not its response', () => {
  const error = Object.assign(new Error('Rate exceeded'), {
    name: 'ThrottlingException',
    $fault: 'client',
    $metadata: { requestId: 'r-1', httpStatusCode: 400, attempts: 3 },
    $response: { headers: { authorization: 'x' } },
  });
  expect(logged((logger) => logger.warn('aws', { error }))['error']).toEqual({
    name: 'ThrottlingException',
    message: 'Rate exceeded',
    requestId: 'r-1',
    httpStatus: 400,
    attempts: 3,
  });
});

test('stacks show at level debug, and always for programming errors', () => {
  const stackOf = (error: Error, level: 'info' | 'debug'): unknown => {
    const event = logged((logger) => logger.error('x', { error }), { level });
    return (event['error'] as { stack?: string }).stack;
  };
  expect(stackOf(new Error('a'), 'info')).toBeUndefined();
  expect(stackOf(new Error('a'), 'debug')).toContain('logger.test.ts');
  expect(stackOf(new TypeError('a'), 'info')).toContain('logger.test.ts');
});

test('aggregate errors show each', () => {
  const error = new AggregateError([new Error('one'), new Error('two')], 'all failed');
  expect(logged((logger) => logger.error('x', { error }))['error']).toMatchObject({
    message: 'all failed',
    errors: [{ message: 'one' }, { message: 'two' }],
  });
});

test('no secret gets out: not in the message, a field, a nested field, an error, its cause or its stack', () => {
  const secret = 'wJalrXUtnFEMIK7MDENG';
  const { logger, lines } = capture({ level: 'debug' });
  logger
    .child({ headers: { Authorization: `Bearer ${secret}`, accept: 'json' } })
    .error(`called with Bearer ${secret}`, {
      credentials: { accessKeyId: secret, secretAccessKey: secret },
      url: `https://sts/?X-Amz-Signature=${secret}`,
      list: [{ sessionToken: secret }],
      map: new Map([['x-amz-security-token', secret]]),
      error: new Error(`password=${secret}`, {
        cause: Object.assign(new Error(`token: ${secret}`), { token: secret }),
      }),
      tokens: 12,
    });
  const [line = ''] = lines();
  expect(line).not.toContain(secret);
  expect(JSON.parse(line)).toMatchObject({
    headers: { Authorization: '[redacted]', accept: 'json' },
    credentials: '[redacted]',
    tokens: 12,
  });
});

test('whatever is logged by mistake makes a line: cycles, bigints, functions, buffers, throwing getters, deep and long', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  const deep = JSON.parse('{"a":'.repeat(50) + '1' + '}'.repeat(50)) as unknown;
  const shared = { a: 1 };
  const event = logged((logger) =>
    logger.info('odd', {
      cycle,
      deep,
      big: 10n,
      run: () => {},
      bytes: Buffer.from('abc'),
      date: new Date(0),
      set: new Set([1]),
      many: Array.from({ length: 150 }, () => 0),
      twice: [shared, shared],
      nothing: null,
      get broken() {
        return {
          get inside(): never {
            throw new Error('no');
          },
        };
      },
    }),
  );
  expect(event).toMatchObject({
    cycle: { self: '[circular]' },
    big: '10',
    run: '[function]',
    bytes: '[3 bytes]',
    date: '1970-01-01T00:00:00.000Z',
    set: [1],
    twice: [{ a: 1 }, { a: 1 }],
    nothing: null,
    broken: '[unreadable: no]',
  });
  expect(JSON.stringify(event['deep'])).toContain('[deeper]');
  expect(event['many']).toHaveLength(101);
});

test('pretty is one line for people; escape sequences from a cluster do not reach the terminal', () => {
  const { logger, lines } = capture({ pretty: true });
  logger.warn('held \u001b[31mback\nnow', { service: 'ns/web', reason: 'two words', esc: '\u001b[2J', c1: '\u009b2J' });
  const [line = '', ...rest] = lines();
  expect(rest).toEqual([]);
  expect(line).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}held \\u001b\[31mback\\nnow {2}service=ns\/web {2}reason="two words"/,
  );
  expect(inspect(line)).not.toMatch(/\\x1B|\\x9B/);
});

test('pretty by itself on a terminal only', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  createLogger({ level: 'info', stream: terminal }).info('x');
  expect(String(terminal.read())).toContain('INFO');
  createLogger({ level: 'info', stream: terminal, pretty: false }).info('x');
  expect(JSON.parse(String(terminal.read()))).toMatchObject({ message: 'x' });
});

test.each([
  [new Error('a', { cause: new Error('b') }), 'a: b'],
  [new Error('a: b', { cause: new Error('b') }), 'a: b'],
  [new Error('two\n  lines'), 'two lines'],
  [new AggregateError([new Error('v4 refused'), new Error('v6 refused')]), 'v4 refused, v6 refused'],
  [new Error(''), 'Error'],
  ['text', 'text'],
  [undefined, ''],
  [new Error('password=hunter22'), 'password=[redacted]'],
])('an error in one line: %o', (error, expected) => {
  expect(errorLine(error)).toBe(expected);
});

test('a cause that is its own cause ends', () => {
  const error = new Error('round');
  error.cause = error;
  expect(errorLine(error)).toBe('round');
});
