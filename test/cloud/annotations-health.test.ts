import { describe, expect, test } from 'vitest';
import type { ServiceSpec } from '../../src/kube/objects.ts';
import { NLB, parse } from './annotations-service.ts';

describe('health checks across annotations', () => {
  const http = { 'healthcheck-protocol': 'HTTP' };
  const local: ServiceSpec = { externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 };

  // policy, annotations, suffixes with a problem
  test.each<[ServiceSpec, Record<string, string>, string[]]>([
    // Path and success codes need HTTP, which is the default with Local.
    [{}, { 'healthcheck-path': '/up' }, ['healthcheck-path']],
    [{}, { 'healthcheck-success-codes': '200' }, ['healthcheck-success-codes']],
    [{}, { 'healthcheck-path': '/up', 'healthcheck-protocol': 'tcp' }, ['healthcheck-path']],
    [{}, { 'healthcheck-path': '/up', ...http }, []],
    [{}, { 'healthcheck-path': '/up', 'healthcheck-success-codes': '200', 'healthcheck-protocol': 'https' }, []],
    [{ externalTrafficPolicy: 'Cluster' }, { 'healthcheck-path': '/up' }, ['healthcheck-path']],
    [local, { 'healthcheck-path': '/up' }, []],
    [local, { 'healthcheck-success-codes': '200' }, []],
    [local, { 'healthcheck-path': '/up', 'healthcheck-protocol': 'TCP' }, ['healthcheck-path']],
    // A protocol that can't be read is reported once, and the path is not blamed for it.
    [{}, { 'healthcheck-path': '/up', 'healthcheck-protocol': 'HTPP' }, ['healthcheck-protocol']],
    // The timeout may equal the interval but not exceed it, given or default (10/10; Local 10/6).
    [{}, { 'healthcheck-interval': '5' }, ['healthcheck-interval']],
    [{}, { 'healthcheck-timeout': '11' }, ['healthcheck-timeout']],
    [{}, { 'healthcheck-interval': '5', 'healthcheck-timeout': '5' }, []],
    [{}, { 'healthcheck-interval': '5', 'healthcheck-timeout': '6' }, ['healthcheck-timeout']],
    [{}, { 'healthcheck-interval': '120', 'healthcheck-timeout': '120' }, []],
    [local, { 'healthcheck-interval': '6' }, []],
    [local, { 'healthcheck-interval': '5' }, ['healthcheck-interval']],
    [local, { 'healthcheck-timeout': '10' }, []],
    // One that can't be read is not compared.
    [{}, { 'healthcheck-interval': '1', 'healthcheck-timeout': '60' }, ['healthcheck-interval']],
  ])('%j with %j: %j', (spec, annotations, suffixes) => {
    const { problems } = parse(annotations, spec);
    expect(problems.map(({ field }) => field)).toEqual(suffixes.map((suffix) => `${NLB}${suffix}`));
  });

  test('the remedy for a path on TCP is HTTP', () => {
    expect(parse({ 'healthcheck-path': '/up' }).problems).toEqual([
      {
        field: `${NLB}healthcheck-path`,
        value: '/up',
        message: 'cannot apply: the health check protocol is TCP',
        remedy: `set ${NLB}healthcheck-protocol: HTTP`,
      },
    ]);
  });

  test.each([
    ['/'.padEnd(1024, 'x'), 0],
    ['/'.padEnd(1025, 'x'), 1],
  ])('paths up to 1024 characters: %#', (path, count) => {
    expect(parse({ 'healthcheck-path': path, ...http }).problems).toHaveLength(count);
  });

  test.each([
    ['200', '200'],
    ['200-399', '200-399'],
    ['200,302', '200,302'],
    ['200, 302', '200,302'],
    ['200-299,301,599', '200-299,301,599'],
    ['', undefined],
    ['199', undefined],
    ['200-600', undefined],
    ['399-200', undefined],
    ['2xx', undefined],
    ['200-', undefined],
    ['0', undefined],
  ])('success codes %j → %s', (raw, successCodes) => {
    const { options, problems } = parse({ 'healthcheck-success-codes': raw, ...http });
    expect(options.healthCheck.successCodes).toBe(successCodes);
    expect(problems).toHaveLength(successCodes === undefined ? 1 : 0);
  });
});
