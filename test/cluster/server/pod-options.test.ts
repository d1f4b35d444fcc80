import { describe, expect, test } from 'vitest';
import {
  commandOf,
  containerOf,
  logOptions,
  requireLog,
  streamOptions,
} from '../../../src/cluster/server/pod-options.ts';

/** What it gives, or the text of its error. */
function outcome<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    return (error as Error).message;
  }
}

/** Refusals are in pod-parts.ts, which kube-apiserver answers too. */
describe('options of a log', () => {
  const NOW = Date.parse('2026-01-01T00:01:00Z');
  const none = { container: '', follow: false, previous: false, timestamps: false, stream: 'All' };

  test.each([
    ['', {}],
    [
      'container=c&follow=true&previous=1&timestamps',
      { container: 'c', follow: true, previous: true, timestamps: true },
    ],
    ['follow=false&previous=0&timestamps=FALSE', {}],
    ['tailLines=0&limitBytes=1', { tailLines: 0, limitBytes: 1 }],
    ['sinceSeconds=10', { sinceMs: Date.parse('2026-01-01T00:00:50Z') }],
    ['sinceTime=2026-01-01T01:00:00.999%2B01:00', { sinceMs: Date.parse('2026-01-01T00:00:00Z') }],
    ['sinceTime=', { sinceMs: 0 }],
    ['insecureSkipTLSVerifyBackend=true&pretty=false', {}],
  ])('%s', (query, options) => {
    expect(logOptions(new URLSearchParams(query), 'p', NOW)).toEqual({ ...none, ...options });
  });
});

describe('options of exec', () => {
  const none = { container: '', stdin: false, stdout: false, stderr: false, tty: false };

  test.each([
    ['stdout=true&stderr=1', { stdout: true, stderr: true }],
    ['stdin=true&stdout=false&container=c', { stdin: true, container: 'c' }],
    // A terminal has no error output of its own.
    ['stdin=1&stdout=1&stderr=1&tty=1', { stdin: true, stdout: true, tty: true }],
    ['stderr=1&tty=1', 'you must specify at least 1 of stdin, stdout, stderr'],
    ['', 'you must specify at least 1 of stdin, stdout, stderr'],
  ])('%s', (query, options) => {
    const expected = typeof options === 'string' ? options : { ...none, ...options };
    expect(outcome(() => streamOptions(new URLSearchParams(query)))).toEqual(expected);
  });

  test.each([
    ['command=sh&command=-c&command=exit%203', ['sh', '-c', 'exit 3']],
    ['command=ls&command=', ['ls', '']],
    ['', 'you must specify a command: command=PROGRAM&command=ARGUMENT…'],
    ['command=', 'you must specify a command: command=PROGRAM&command=ARGUMENT…'],
  ])('%s', (query, command) => {
    expect(outcome(() => commandOf(new URLSearchParams(query)))).toEqual(command);
  });
});

const pod = (spec: object, status?: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec,
  ...(status && { status }),
});

test.each([
  [{ containers: [{ name: 'a' }] }, '', 'a'],
  // An init container is none to choose from by itself.
  [{ containers: [{ name: 'a' }], initContainers: [{ name: 'i' }] }, '', 'a'],
  [{ containers: [{ name: 'a' }], initContainers: [{ name: 'i' }] }, 'i', 'i'],
  [{ containers: [{ name: 'a' }], ephemeralContainers: [{ name: 'e' }] }, 'e', 'e'],
  [{ containers: [{ name: 'a' }] }, 'b', 'container b is not valid for pod p'],
  [{ containers: [] }, '', 'a container name must be specified for pod p'],
  [
    { containers: [{ name: 'a' }, { name: 'b' }], ephemeralContainers: [{ name: 'e' }] },
    '',
    'a container name must be specified for pod p, choose one of: [a b e]',
  ],
])('the container of %j, asked for %j', (spec, asked, expected) => {
  expect(outcome(() => containerOf(pod(spec), asked))).toBe(expected);
});

describe('whether there is a log', () => {
  const ended = { terminated: { exitCode: 1 } };
  const waiting = (reason?: string) => ({ waiting: { reason } });
  const WAITS = 'container "c" in pod "p" is waiting to start';

  test.each<[state: object, previous: boolean, error: string | undefined]>([
    [{ state: { running: {} } }, false, undefined],
    [{ state: ended }, false, undefined],
    // Between two runs there is the log of the one before.
    [{ state: waiting('CrashLoopBackOff'), lastState: ended }, false, undefined],
    [{ state: waiting('ContainerCreating') }, false, `${WAITS}: ContainerCreating`],
    [{ state: waiting('ErrImagePull') }, false, `${WAITS}: image can't be pulled`],
    [{ state: waiting('ImagePullBackOff') }, false, `${WAITS}: trying and failing to pull image`],
    [{ state: waiting() }, false, `${WAITS} - no logs yet`],
    [{}, false, `${WAITS} - no logs yet`],
    [{ state: { running: {} }, lastState: ended }, true, undefined],
    [{ state: ended }, true, 'previous terminated container "c" in pod "p" not found'],
  ])('%j, previous: %j', (state, previous, error) => {
    for (const field of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']) {
      const status = { [field]: [{ name: 'other' }, { name: 'c', ...state }] };
      expect(outcome(() => requireLog(pod({}, status), 'c', previous))).toBe(error);
    }
  });

  test('no word of the container', () => {
    const error = 'container "c" in pod "p" is not available';
    expect(outcome(() => requireLog(pod({}), 'c', false))).toBe(error);
    expect(outcome(() => requireLog(pod({}, { containerStatuses: [] }), 'c', true))).toBe(error);
  });
});
