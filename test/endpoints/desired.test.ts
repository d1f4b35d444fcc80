import { describe, expect, test } from 'vitest';
import { desiredEndpoints, endpointKey } from '../../src/endpoints/desired.ts';
import { endpointsChanged, type EndpointPod } from '../../src/endpoints/pod.ts';
import type { IpFamily, Service } from '../../src/kube/objects.ts';
import { node, nodes, pod, type PodOptions, service } from './make.ts';

const known = new Map([...nodes(), node('node-bare')].map((each) => [each.metadata.name, each]));

function endpointsOf(ofService: Service, pods: EndpointPod[], family: IpFamily = 'IPv4') {
  const { groups, missing } = desiredEndpoints(ofService, pods, (name) => known.get(name), family);
  const endpoints = [...groups.values()].flatMap((group) => [...group.endpoints.values()]);
  return { endpoints, missing: missing.map(({ metadata }) => metadata.name), groups };
}

test('an endpoint says which pod it is, where, and how it is', () => {
  expect(endpointsOf(service(), [pod('web')]).endpoints).toEqual([
    {
      addresses: ['10.1.0.1'],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', namespace: 'ns', name: 'web', uid: 'uid-web' },
      nodeName: 'node-a',
      zone: 'a',
    },
  ]);
});

describe('conditions: ready, serving, terminating', () => {
  const publish = { publishNotReadyAddresses: true };
  test.each<[string, PodOptions, Partial<Service['spec']>, [boolean, boolean, boolean]]>([
    ['ready', {}, {}, [true, true, false]],
    ['not ready', { ready: false }, {}, [false, false, false]],
    ['ends, and still serves', { terminating: true }, {}, [false, true, true]],
    ['ends, and serves no more', { terminating: true, ready: false }, {}, [false, false, true]],
    ['published, not ready', { ready: false }, publish, [true, false, false]],
    ['published, ends', { terminating: true }, publish, [true, true, true]],
    ['published, ends and serves no more', { terminating: true, ready: false }, publish, [true, false, true]],
  ])('%s', (_, options, spec, [ready, serving, terminating]) => {
    const [endpoint] = endpointsOf(service(spec), [pod('web', options)]).endpoints;
    expect(endpoint?.conditions).toEqual({ ready, serving, terminating });
  });
});

describe('which pods have endpoints', () => {
  test.each<[string, PodOptions, boolean]>([
    ['one that runs', {}, true],
    ['one that is pending, with an address', { phase: 'Pending', ready: false }, true],
    ['one without an address', { ips: [] }, false],
    ['one that succeeded', { phase: 'Succeeded', ready: false }, false],
    ['one that failed, whatever it says of itself', { phase: 'Failed', ready: true }, false],
  ])('%s', (_, options, has) => {
    expect(endpointsOf(service(), [pod('web', options)]).endpoints.length > 0).toBe(has);
  });
});

describe('the node of a pod', () => {
  test('without a zone there is none in the endpoint', () => {
    const [endpoint] = endpointsOf(service(), [pod('web', { node: 'node-bare' })]).endpoints;
    expect(endpoint).toMatchObject({ nodeName: 'node-bare' });
    expect(endpoint).not.toHaveProperty('zone');
  });

  test('a pod whose node is missing is left out, and reported', () => {
    const { endpoints, missing } = endpointsOf(service(), [pod('lost', { node: 'gone' }), pod('web')]);
    expect(endpoints.map(({ targetRef }) => targetRef?.name)).toEqual(['web']);
    expect(missing).toEqual(['lost']);
  });

  test('unless the Service publishes whatever there is', () => {
    const published = service({ publishNotReadyAddresses: true });
    const { endpoints, missing } = endpointsOf(published, [pod('lost', { node: 'gone' })]);
    expect(endpoints).toMatchObject([{ nodeName: 'gone' }]);
    expect(missing).toEqual([]);
  });

  test('so is one that has an address but no node', () => {
    expect(endpointsOf(service(), [pod('web', { node: undefined })]).missing).toEqual(['web']);
  });

  test('pods in the network of their node share its address and stay apart', () => {
    const { endpoints } = endpointsOf(service(), [pod('one'), pod('two')]);
    expect(endpoints.map(({ addresses }) => addresses)).toEqual([['10.1.0.1'], ['10.1.0.1']]);
  });
});

describe('families', () => {
  const dual = pod('web', { ips: ['10.1.0.1', 'fd00:1::0001'] });
  test.each<[IpFamily, string[], string[][]]>([
    ['IPv4', ['10.1.0.1', 'fd00:1::1'], [['10.1.0.1']]],
    ['IPv6', ['10.1.0.1', 'fd00:1::1'], [['fd00:1::1']]],
    ['IPv6', ['10.1.0.1'], []],
    ['IPv4', ['010.001.000.001'], [['10.1.0.1']]],
  ])('%s of %j', (family, ips, addresses) => {
    const { endpoints } = endpointsOf(service(), [pod('web', { ips })], family);
    expect(endpoints.map((each) => each.addresses)).toEqual(addresses);
  });

  test('addresses are written in one way', () => {
    expect(dual.ipv6).toEqual(['fd00:1::1']);
  });
});

describe('hostnames', () => {
  test.each<[string, PodOptions, string | undefined]>([
    ['of the Service that is the subdomain', { hostname: 'one', subdomain: 'web' }, 'one'],
    ['not of another', { hostname: 'one', subdomain: 'other' }, undefined],
    ['not without a name', { subdomain: 'web' }, undefined],
  ])('%s', (_, options, hostname) => {
    expect(endpointsOf(service(), [pod('web', options)]).endpoints[0]?.hostname).toBe(hostname);
  });
});

describe('named ports are those of each pod', () => {
  const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'http' }] });
  const portsOf = (pods: EndpointPod[]) =>
    [...endpointsOf(named, pods).groups.values()].map(({ ports, endpoints }) => [
      ports.map(({ port }) => port),
      endpoints.size,
    ]);
  const at = (name: string, containerPort: number) => pod(name, { ports: [{ name: 'http', containerPort }] });

  test('pods with one number are together', () => {
    expect(portsOf([at('a', 8080), at('b', 8080)])).toEqual([[[8080], 2]]);
  });

  test('pods with different numbers are apart', () => {
    expect(portsOf([at('a', 8080), at('b', 9090), at('c', 8080)])).toEqual([
      [[8080], 2],
      [[9090], 1],
    ]);
  });

  test('pods without the port are endpoints without ports', () => {
    expect(portsOf([pod('a', { ports: [] })])).toEqual([[[], 1]]);
  });
});

test('what makes an endpoint the same: addresses, hostname, the pod by name', () => {
  const [endpoint] = endpointsOf(service(), [pod('web')]).endpoints;
  const same = {
    ...endpoint!,
    conditions: {},
    zone: 'z',
    nodeName: 'n',
    targetRef: { ...endpoint!.targetRef, uid: 'u' },
  };
  expect(endpointKey(same)).toBe(endpointKey(endpoint!));
  expect(endpointKey({ ...endpoint!, hostname: 'h' })).not.toBe(endpointKey(endpoint!));
  expect(endpointKey({ ...endpoint!, addresses: ['10.1.0.2'] })).not.toBe(endpointKey(endpoint!));
});

describe('a change of a pod that its Services must know', () => {
  test.each<[string, PodOptions, PodOptions, boolean]>([
    ['nothing', {}, {}, false],
    ['when it became ready', { since: '2026-01-01T00:00:10Z' }, { since: '2026-01-01T00:00:11Z' }, false],
    ['labels: membership says which Services', {}, { labels: { app: 'other' } }, false],
    ['readiness', {}, { ready: false }, true],
    ['it is being deleted', {}, { terminating: true }, true],
    ['it ended, and says nothing of readiness', { ready: false }, { ready: false, phase: 'Failed' }, false],
    ['an address', { ips: [] }, { ips: ['10.1.0.1'] }, true],
    ['another address', { ips: ['10.1.0.1'] }, { ips: ['10.1.0.2'] }, true],
    ['a second family', { ips: ['10.1.0.1'] }, { ips: ['10.1.0.1', 'fd00::1'] }, true],
    ['its node', { node: undefined }, { node: 'node-a' }, true],
  ])('%s', (_, before, after, changed) => {
    expect(endpointsChanged(pod('web', before), pod('web', after))).toBe(changed);
  });
});

test('pods of one workload share what they have in common', () => {
  const [one, two] = [pod('one'), pod('two', { ips: ['10.1.0.2'] })];
  expect(one.ports).toBe(two.ports);
  expect(one.metadata.labels).toBe(two.metadata.labels);
});
