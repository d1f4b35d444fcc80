/** The health check annotations, and the defaults that they change. */

import type { Service } from '../kube/objects.ts';
import type { Problem } from '../service/problem.ts';
import { annotationKey, type Suffix } from './annotation-keys.ts';
import { parseInteger, parseList } from './annotation-values.ts';
import type { HealthCheckOptions } from './options.ts';

/**
 * What LBC does when a Service says nothing. With `externalTrafficPolicy: Local` only the proxy of a node knows whether
 * that node has pods, so it is asked. Path and success codes count only if the protocol turns out to be HTTP(S).
 */
export function defaultHealthCheck(service: Service): Required<HealthCheckOptions> {
  if (service.spec.externalTrafficPolicy === 'Local') {
    return {
      protocol: 'HTTP',
      port: service.spec.healthCheckNodePort ?? 'traffic-port',
      path: '/healthz',
      intervalSeconds: 10,
      timeoutSeconds: 6,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      successCodes: '200-399',
    };
  }
  return {
    protocol: 'TCP',
    port: 'traffic-port',
    path: '/',
    intervalSeconds: 10,
    timeoutSeconds: 10,
    healthyThreshold: 3,
    unhealthyThreshold: 3,
    successCodes: '200-399',
  };
}

const MAX_PATH = 1024;
const NUMBERS = [
  ['healthcheck-interval', 'intervalSeconds', 5, 300],
  ['healthcheck-timeout', 'timeoutSeconds', 2, 120],
  ['healthcheck-healthy-threshold', 'healthyThreshold', 2, 10],
  ['healthcheck-unhealthy-threshold', 'unhealthyThreshold', 2, 10],
] as const;
const HTTP_ONLY = [
  ['healthcheck-path', 'path'],
  ['healthcheck-success-codes', 'successCodes'],
] as const;

/** Reads and checks a Service's health check annotations. */
export function parseHealthCheck(service: Service): { healthCheck: HealthCheckOptions; problems: Problem[] } {
  const problems: Problem[] = [];
  const healthCheck: HealthCheckOptions = {};
  const read = (suffix: Suffix) => service.metadata.annotations?.[annotationKey(suffix)];
  const refuse = (suffix: Suffix, value: string, message: string, remedy: string) => {
    problems.push({ field: annotationKey(suffix), value, message, remedy });
  };

  const protocol = read('healthcheck-protocol');
  if (protocol !== undefined) {
    const upper = protocol.toUpperCase();
    if (upper === 'TCP' || upper === 'HTTP' || upper === 'HTTPS') healthCheck.protocol = upper;
    else refuse('healthcheck-protocol', protocol, 'is not a health check protocol', 'use TCP, HTTP or HTTPS');
  }

  const port = read('healthcheck-port');
  if (port !== undefined) {
    const parsed = parsePort(port, service);
    if ('port' in parsed) healthCheck.port = parsed.port;
    else refuse('healthcheck-port', port, parsed.message, parsed.remedy);
  }

  const path = read('healthcheck-path');
  if (path !== undefined) {
    if (!path.startsWith('/')) refuse('healthcheck-path', path, 'does not start with /', `use /${path}`);
    else if ([...path].length > MAX_PATH)
      refuse('healthcheck-path', path, `is longer than ${MAX_PATH} characters`, 'shorten it');
    else healthCheck.path = path;
  }

  for (const [suffix, option, min, max] of NUMBERS) {
    const raw = read(suffix);
    if (raw === undefined) continue;
    const value = parseInteger(raw, min, max);
    if (value === undefined)
      refuse(suffix, raw, `is not a whole number from ${min} to ${max}`, `use one from ${min} to ${max}`);
    else healthCheck[option] = value;
  }

  const codes = read('healthcheck-success-codes');
  if (codes !== undefined) {
    const parsed = parseSuccessCodes(codes);
    if (parsed !== undefined) healthCheck.successCodes = parsed;
    else
      refuse(
        'healthcheck-success-codes',
        codes,
        'is not a list of HTTP codes from 200 to 599',
        'write codes and ranges, such as 200-399 or 200,302',
      );
  }

  // Two checks across annotations. What could not be read was reported already and is not blamed a second time.
  const defaults = defaultHealthCheck(service);
  const protocolKnown = protocol === undefined || healthCheck.protocol !== undefined;
  if (protocolKnown && (healthCheck.protocol ?? defaults.protocol) === 'TCP') {
    for (const [suffix, option] of HTTP_ONLY) {
      if (healthCheck[option] === undefined) continue;
      const remedy = `set ${annotationKey('healthcheck-protocol')}: HTTP`;
      refuse(suffix, read(suffix)!, 'cannot apply: the health check protocol is TCP', remedy);
    }
  }

  // AWS lets a Network Load Balancer's timeout equal the interval, but not exceed it.
  const interval = healthCheck.intervalSeconds ?? defaults.intervalSeconds;
  const timeout = healthCheck.timeoutSeconds ?? defaults.timeoutSeconds;
  const bothKnown = NUMBERS.slice(0, 2).every(([s, option]) => read(s) === undefined || option in healthCheck);
  if (bothKnown && timeout > interval) {
    const named = read('healthcheck-timeout') !== undefined ? 'healthcheck-timeout' : 'healthcheck-interval';
    refuse(
      named,
      read(named)!,
      `makes the timeout (${timeout} s) longer than the interval (${interval} s)`,
      `set ${annotationKey('healthcheck-timeout')} to at most ${interval}, or ${annotationKey('healthcheck-interval')} to at least ${timeout}`,
    );
  }
  return { healthCheck, problems };
}

type ParsedPort = { port: number | string } | Pick<Problem, 'message' | 'remedy'>;

function parsePort(raw: string, service: Service): ParsedPort {
  if (/^\d+$/.test(raw)) {
    const port = parseInteger(raw, 1, 65535);
    return port !== undefined
      ? { port }
      : { message: 'is not a port number', remedy: 'use a number from 1 to 65535, traffic-port or a port name' };
  }
  const names = (service.spec.ports ?? []).flatMap(({ name }) => (name ? [name] : []));
  if (raw === 'traffic-port' || names.includes(raw)) return { port: raw };
  return {
    message: 'is not the name of one of the Service’s ports',
    remedy: `use a number, traffic-port${names.length > 0 ? ` or one of: ${names.join(', ')}` : ' (the ports have no names)'}`,
  };
}

/** The codes without spaces, so that one list is always written one way; undefined if they are not codes. */
function parseSuccessCodes(raw: string): string | undefined {
  const parts = parseList(raw);
  const valid = parts.every((part) => {
    const match = /^(\d{3})(?:-(\d{3}))?$/.exec(part);
    if (!match) return false;
    const low = Number(match[1]);
    const high = Number(match[2] ?? match[1]);
    return low >= 200 && low <= high && high <= 599;
  });
  return parts.length > 0 && valid ? parts.join(',') : undefined;
}
