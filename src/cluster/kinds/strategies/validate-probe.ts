/** Probes and lifecycle hooks (kubernetes `pkg/apis/core/validation`). */
import { type FieldError, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import { notNegative } from '../../validation/metadata.ts';
import { isHttpHeaderName, isPortName, isPortNumber } from '../../validation/names.ts';
import { all, list, type Part, texts } from './common.ts';

const SCHEMES = ['HTTP', 'HTTPS'];

const validatePort = (port: number | string, path: string): FieldError[] =>
  all(path, port, typeof port === 'number' ? isPortNumber(port) : isPortName(port));

function validateHttpGet(action: Part, path: string): FieldError[] {
  const { scheme = '', port = 0, path: url = '' } = action;
  return [
    ...(url ? [] : [required(`${path}.path`)]),
    ...validatePort(port, `${path}.port`),
    ...(SCHEMES.includes(scheme) ? [] : [notSupported(`${path}.scheme`, scheme, SCHEMES)]),
    ...list(action['httpHeaders']).flatMap(({ name = '' }) => all(`${path}.httpHeaders`, name, isHttpHeaderName(name))),
  ];
}

type HandlerCheck = (action: Part, path: string, grace: number | undefined) => FieldError[];

/** What a probe or a hook may do, in the order in which upstream looks. */
const HANDLERS: readonly (readonly [string, HandlerCheck])[] = [
  ['exec', (action, path) => (texts(action['command']).length > 0 ? [] : [required(`${path}.command`)])],
  ['httpGet', validateHttpGet],
  ['tcpSocket', (action, path) => validatePort(action['port'] ?? 0, `${path}.port`)],
  ['grpc', (action, path) => validatePort(action['port'] ?? 0, `${path}.port`)],
  ['sleep', validateSleep],
];

function validateSleep({ seconds = 0 }: Part, path: string, grace: number | undefined): FieldError[] {
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return [];
  const words = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
  return [invalid(path, seconds, words)];
}

/** Exactly one thing to do. */
function validateHandler(handler: Part, path: string, grace: number | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let found = false;
  for (const [name, check] of HANDLERS) {
    const action = handler[name] as Part | undefined;
    if (!action) continue;
    if (found) errors.push(forbidden(`${path}.${name}`, 'may not specify more than 1 handler type'));
    else errors.push(...check(action, `${path}.${name}`, grace));
    found = true;
  }
  return found ? errors : [required(path, 'must specify a handler type')];
}

const NUMBERS = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'];

function validateProbe(probe: Part, path: string, grace: number | undefined): FieldError[] {
  const own = probe['terminationGracePeriodSeconds'];
  const errors = [
    ...validateHandler(probe, path, grace),
    ...NUMBERS.flatMap((name) => notNegative(`${path}.${name}`, probe[name] ?? 0)),
  ];
  if (typeof own === 'number' && own <= 0) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, own, 'must be greater than 0'));
  }
  return errors;
}

/** The probes and hooks of a container. `grace` is the pod's period in seconds. */
export function validateLifecycleAndProbes(container: Part, path: string, grace: number | undefined): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  const errors: FieldError[] = [];
  for (const hook of ['postStart', 'preStop']) {
    if (lifecycle?.[hook]) errors.push(...validateHandler(lifecycle[hook], `${path}.lifecycle.${hook}`, grace));
  }
  const once = (probe: Part, place: string) => [
    ...validateProbe(probe, place, grace),
    ...(probe['successThreshold'] === 1
      ? []
      : [invalid(`${place}.successThreshold`, probe['successThreshold'] ?? 0, 'must be 1')]),
  ];
  if (livenessProbe) errors.push(...once(livenessProbe, `${path}.livenessProbe`));
  if (readinessProbe) {
    const place = `${path}.readinessProbe`;
    errors.push(...validateProbe(readinessProbe, place, grace));
    const own = readinessProbe.terminationGracePeriodSeconds;
    if (typeof own === 'number') {
      errors.push(invalid(`${place}.terminationGracePeriodSeconds`, own, 'must not be set for readinessProbes'));
    }
  }
  if (startupProbe) errors.push(...once(startupProbe, `${path}.startupProbe`));
  return errors;
}
