/** What a request wants of a pod's kubelet: its options read and checked, its container found. Pure. */
import { type FieldError, forbidden, invalid } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import { badRequest, invalidError } from '../api/status.ts';
import { list, type Part } from '../kinds/strategies/common.ts';
import { parseTime, wholeSeconds } from '../schema/time.ts';
import { integer, isTrue } from './options.ts';
import type { ExecOptions, LogOptions } from './kubelet.ts';

/** PodLogOptions of a query; `now` is milliseconds since 1970. @throws 400 for what can't be read, 422 for what makes no sense. */
export function logOptions(query: URLSearchParams, name: string, now: number): LogOptions {
  const sinceSeconds = integer(query.get('sinceSeconds'));
  const sinceTime = timeOf(query.get('sinceTime'));
  const tailLines = integer(query.get('tailLines'));
  const limitBytes = integer(query.get('limitBytes'));
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0) {
    errors.push(invalid('tailLines', tailLines, 'must be greater than or equal to 0'));
  }
  if (limitBytes !== undefined && limitBytes < 1) {
    errors.push(invalid('limitBytes', limitBytes, 'must be greater than 0'));
  }
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    // How upstream prints a path without a name.
    errors.push(forbidden('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    errors.push(invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  }
  // Behind the gate PodLogsQuerySplitStreams, which is off.
  if (query.has('stream')) errors.push(forbidden('stream', 'may not be specified'));
  if (errors.length > 0) throw invalidError({ group: '', name: 'PodLogOptions' }, name, errors);
  const sinceMs = sinceSeconds === undefined ? sinceTime : now - sinceSeconds * 1000;
  return {
    container: query.get('container') ?? '',
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    stream: 'All',
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(sinceMs !== undefined && { sinceMs }),
  };
}

/** A metav1.Time in a query, of which kubelets get whole seconds; without a value it is the beginning of time. */
function timeOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (text === '' || text === 'null') return 0;
  const moment = parseTime(text);
  if (moment instanceof Error) throw badRequest(moment.message);
  return Date.parse(wholeSeconds(moment));
}

/** PodExecOptions or PodAttachOptions of a query. */
export interface StreamOptions extends Omit<ExecOptions, 'command'> {
  stdout: boolean;
  stderr: boolean;
}

/** Which streams are wanted. @throws 400 when none is. */
export function streamOptions(query: URLSearchParams): StreamOptions {
  const wanted = (name: string) => isTrue(query.get(name));
  const tty = wanted('tty');
  const options = {
    container: query.get('container') ?? '',
    stdin: wanted('stdin'),
    stdout: wanted('stdout'),
    // A terminal has one output.
    stderr: wanted('stderr') && !tty,
    tty,
  };
  const { stdin, stdout, stderr } = options;
  if (!stdin && !stdout && !stderr) throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  return options;
}

/** The program and its arguments: `command=sh&command=-c&command=…`. @throws 400 without one. */
export function commandOf(query: URLSearchParams): ExecOptions['command'] {
  const [program, ...rest] = query.getAll('command');
  if (!program) throw badRequest('you must specify a command: command=PROGRAM&command=ARGUMENT…');
  return [program, ...rest];
}

/** All of a pod's containers, in the order in which upstream's errors name them. */
const namesOf = (spec: Part): string[] =>
  ['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) =>
    list(spec[field]).map(({ name }) => name as string),
  );

/** The container that a request is about (`pkg/registry/core/pod/strategy.go`). @throws 400 unless it is clear which one. */
export function containerOf({ metadata, spec = {} }: KubeObject, asked: string): string {
  const { name: pod = '' } = metadata;
  if (asked) {
    if (!namesOf(spec).includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${pod}`);
    return asked;
  }
  const containers = list(spec.containers);
  const [only] = containers;
  if (only && containers.length === 1) return only['name'];
  const choice = containers.length > 0 ? `, choose one of: [${namesOf(spec).join(' ')}]` : '';
  throw badRequest(`a container name must be specified for pod ${pod}${choice}`);
}

/** @throws 400 when there is no log of the container, or of its run before, as its status tells (kubelet `validateContainerLogStatus`). */
export function requireLog({ metadata, status = {} }: KubeObject, container: string, previous: boolean): void {
  const what = `container "${container}" in pod "${metadata.name ?? ''}"`;
  const found = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']
    .flatMap((field) => list(status[field]))
    .find(({ name }) => name === container);
  if (!found) throw badRequest(`${what} is not available`);
  const state: Part = found['state'] ?? {};
  const last: Part = found['lastState'] ?? {};
  if (previous) {
    if (!last['terminated']) throw badRequest(`previous terminated ${what} not found`);
    return;
  }
  if (state['running'] || state['terminated'] || last['terminated']) return;
  const reason: string | undefined = state['waiting']?.reason;
  const why = reason && (WAITING.get(reason) ?? reason);
  throw badRequest(`${what} is waiting to start${why ? `: ${why}` : ' - no logs yet'}`);
}

/** The commonest reasons in words. */
const WAITING = new Map([
  ['ErrImagePull', "image can't be pulled"],
  ['ImagePullBackOff', 'trying and failing to pull image'],
]);
