import { describe, expect, test } from 'vitest';
import { nextWait } from '../../../src/cluster/nodes/backoff.ts';
import { ConfigMissing, containerEnv, type Sources } from '../../../src/cluster/nodes/environment.ts';
import { expand } from '../../../src/cluster/nodes/expand.ts';
import type { Container, EnvVar } from '../../../src/cluster/nodes/pod.ts';
import { afterResult, initialState, type ProbeKind } from '../../../src/cluster/nodes/probe-state.ts';
import { servicesEnv } from '../../../src/cluster/nodes/service-env.ts';

test.each([
  ['plain', 'plain'],
  ['$(A)/$(B)', '1/two'],
  ['$(MISSING)', '$(MISSING)'],
  ['$$(A)', '$(A)'],
  ['$A $', '$A $'],
  ['$(A', '$(A'],
])('expands %s', (text, expected) => {
  expect(
    expand(
      text,
      new Map([
        ['A', '1'],
        ['B', 'two'],
      ]),
    ),
  ).toBe(expected);
});

describe('waits between runs', () => {
  const times = { baseMs: 10, mostMs: 60 };
  test('none, then the base, then twice as long up to the most', () => {
    const waits: number[] = [];
    let wait: number | undefined;
    for (let run = 0; run < 6; run++) waits.push((wait = nextWait(wait, 1, times)));
    expect(waits).toEqual([0, 10, 20, 40, 60, 60]);
  });
  test('one that ran well for long begins anew', () => {
    expect(nextWait(40, 121, times)).toBe(0);
    expect(nextWait(40, 120, times)).toBe(60);
  });
});

describe('a probe', () => {
  const verdicts = (kind: ProbeKind, results: string, successThreshold: number, failureThreshold: number): string => {
    let state = initialState(kind);
    return [...results]
      .map((result) => {
        state = afterResult(state, result === '+', { successThreshold, failureThreshold });
        return state.verdict ? 'y' : 'n';
      })
      .join('');
  };
  test.each<[ProbeKind, string, number, number, string]>([
    ['readiness', '+-+--+', 1, 1, 'ynynny'],
    ['readiness', '+--+---+', 1, 3, 'yyyyyyny'],
    ['readiness', '++-+++', 3, 1, 'nnnnny'],
    ['liveness', '---', 1, 3, 'yyn'],
    ['startup', '--+', 1, 5, 'nny'],
  ])('%s %s (success %i, failure %i): %s', (kind, results, success, failure, expected) => {
    expect(verdicts(kind, results, success, failure)).toBe(expected);
  });
});

describe('the environment of a container', () => {
  const sources: Sources = {
    configMap: (name) =>
      name === 'cm' ? { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: { K: 'v', L: 'w' } } : undefined,
    secret: (name) =>
      name === 's' ? { apiVersion: 'v1', kind: 'Secret', metadata: {}, data: { P: 'cHc=' } } : undefined,
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'n', uid: 'u', labels: { app: 'x' }, annotations: { 'a/b': 'c' } },
      spec: { containers: [], serviceAccountName: 'default' },
    },
    podIPs: ['10.244.1.2', 'fd00::2'],
    hostIPs: ['10.0.1.1'],
    nodeName: 'node-1',
    allocatable: { cpu: '4', memory: '8Gi' },
  };
  const given = (env: EnvVar[], more: Partial<Container> = {}) =>
    Object.fromEntries(containerEnv({ name: 'a', image: 'x', env, ...more }, sources, new Map([['BASE', 'b']])));
  const field = (fieldPath: string): EnvVar => ({ name: 'X', valueFrom: { fieldRef: { fieldPath } } });

  test('values refer to what came before', () => {
    expect(given([{ name: 'A', value: '$(BASE)1' }, { name: 'B', value: '$(A)2' }, { name: 'C' }])).toEqual({
      BASE: 'b',
      A: 'b1',
      B: 'b12',
      C: '',
    });
  });
  test.each([
    ['metadata.name', 'p'],
    ['metadata.namespace', 'n'],
    ['metadata.uid', 'u'],
    ["metadata.labels['app']", 'x'],
    ["metadata.annotations['a/b']", 'c'],
    ['spec.nodeName', 'node-1'],
    ['spec.serviceAccountName', 'default'],
    ['status.podIP', '10.244.1.2'],
    ['status.podIPs', '10.244.1.2,fd00::2'],
    ['status.hostIP', '10.0.1.1'],
  ])('%s is %s', (path, expected) => {
    expect(given([field(path)])['X']).toBe(expected);
  });
  test.each([
    ['limits.cpu', undefined, { limits: { cpu: '500m' } }, '1'],
    ['limits.cpu', '1m', { limits: { cpu: '500m' } }, '500'],
    ['limits.memory', '1Mi', {}, '8192'],
    ['requests.memory', '1Ki', { requests: { memory: '1Mi' } }, '1024'],
  ])('%s in units of %s', (resource, divisor, resources, expected) => {
    const variable: EnvVar = { name: 'X', valueFrom: { resourceFieldRef: { resource, ...(divisor && { divisor }) } } };
    expect(given([variable], { resources })['X']).toBe(expected);
  });
  test('from ConfigMaps and Secrets', () => {
    const env = given([{ name: 'P', valueFrom: { secretKeyRef: { name: 's', key: 'P' } } }], {
      envFrom: [{ configMapRef: { name: 'cm' } }, { prefix: 'S_', secretRef: { name: 's' } }],
    });
    expect(env).toEqual({ BASE: 'b', K: 'v', L: 'w', S_P: 'pw', P: 'pw' });
  });
  test('what is not there keeps the container waiting, unless it is optional', () => {
    const key = (name: string, key: string, optional = false): EnvVar => ({
      name: 'X',
      valueFrom: { configMapKeyRef: { name, key, optional } },
    });
    expect(() => given([key('cm', 'Z')])).toThrow(new ConfigMissing("couldn't find key Z in configmap n/cm"));
    expect(() => given([key('no', 'Z')])).toThrow(new ConfigMissing('configmap "no" not found'));
    expect(() => given([], { envFrom: [{ secretRef: { name: 'no' } }] })).toThrow('secret "no" not found');
    expect(given([key('no', 'Z', true)])).not.toHaveProperty('X');
  });
});

describe('variables of Services', () => {
  const service = (name: string, namespace: string, clusterIP: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { clusterIP, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  });
  const apiServer = { host: '10.0.0.1', port: 6443 };
  const services = [
    service('my-web', 'n', '10.96.0.5'),
    service('other', 'm', '10.96.0.6'),
    service('headless', 'n', 'None'),
    service('kubernetes', 'default', '10.96.0.1'),
  ];
  test('those of its namespace, and the API server', () => {
    const env = servicesEnv(services, { namespace: 'n', links: true, apiServer });
    expect(Object.fromEntries([...env].filter(([key]) => key.startsWith('MY_WEB')))).toEqual({
      MY_WEB_SERVICE_HOST: '10.96.0.5',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_SERVICE_PORT_HTTP: '80',
      MY_WEB_PORT: 'tcp://10.96.0.5:80',
      MY_WEB_PORT_80_TCP: 'tcp://10.96.0.5:80',
      MY_WEB_PORT_80_TCP_PROTO: 'tcp',
      MY_WEB_PORT_80_TCP_PORT: '80',
      MY_WEB_PORT_80_TCP_ADDR: '10.96.0.5',
    });
    expect(env.get('KUBERNETES_SERVICE_HOST')).toBe('10.0.0.1');
    expect([...env.keys()].some((key) => key.startsWith('OTHER') || key.startsWith('HEADLESS'))).toBe(false);
  });
  test('without links only the API server', () => {
    const env = servicesEnv(services, { namespace: 'n', links: false, apiServer });
    expect([...env.keys()].every((key) => key.startsWith('KUBERNETES_'))).toBe(true);
  });
});
