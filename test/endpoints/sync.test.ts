/** What one sync sends, and what it makes of refusals. */
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, test } from 'vitest';
import { EndpointsSync } from '../../src/endpoints/endpoints-sync.ts';
import { createEndpointsMetrics } from '../../src/endpoints/metrics.ts';
import { MirrorSync } from '../../src/endpoints/mirror-sync.ts';
import { indexSlices, OwnedSlices } from '../../src/endpoints/owned-slices.ts';
import { OwnWrites } from '../../src/endpoints/own-writes.ts';
import type { EndpointPod } from '../../src/endpoints/pod.ts';
import { SliceSync } from '../../src/endpoints/slice-sync.ts';
import { Topology } from '../../src/endpoints/topology.ts';
import { followServices } from '../../src/endpoints/watch.ts';
import type { EventRecorder } from '../../src/kube/events.ts';
import type { Endpoints, EndpointSlice, Service } from '../../src/kube/objects.ts';
import { ApiError, type KubeClient } from '../../src/kube/request.ts';
import { Store } from '../../src/kube/store.ts';
import { nodes, pod, podsOf, service, slice } from './make.ts';

const KEY = 'ns/web';
const MIRRORING = 'endpointslicemirroring-controller.k8s.io';

/** An API server that answers every write, or refuses those that `refuse` names. */
class Server {
  readonly sent: string[] = [];
  readonly events: string[] = [];
  refuse: (request: string) => ApiError | undefined = () => undefined;
  #version = 100;

  readonly client = {
    request: async (method: string, path: string, options?: { body?: { metadata?: object } }) => {
      const request = `${method} ${path
        .split('/')
        .slice(path.startsWith('/apis') ? 6 : 5)
        .join('/')}`;
      this.sent.push(request);
      const refusal = this.refuse(request);
      if (refusal) throw refusal;
      const version = String(++this.#version);
      const metadata = { name: `made-${version}`, namespace: 'ns', uid: `u${version}`, ...options?.body?.metadata };
      return { ...options?.body, metadata: { ...metadata, resourceVersion: version } };
    },
  } as unknown as KubeClient;

  readonly recorder = {
    record: ({ kind }: { kind: string }, type: string, reason: string, message: string) => {
      this.events.push(`${kind} ${type} ${reason}: ${message}`);
    },
  } as unknown as EventRecorder;
}

const refused = (status: number, reason: string, cause?: string) =>
  new ApiError('POST', '/', status, {
    reason,
    message: 'no',
    ...(cause && { details: { causes: [{ reason: cause }] } }),
  });

let server: Server;
let slices: Store<EndpointSlice>;
let endpoints: Store<Endpoints>;
let current: Service | undefined;
let pods: EndpointPod[];

beforeEach(() => {
  server = new Server();
  slices = new Store();
  indexSlices(slices);
  slices.replace([]);
  endpoints = new Store();
  endpoints.replace([]);
  current = service();
  pods = [pod('web')];
});

const owned = (manager: string) =>
  new OwnedSlices({ client: server.client, store: slices, manager, onForeignChange: () => {} });

function sliceSync(): SliceSync {
  return new SliceSync({
    serviceOf: () => current,
    podsOf: () => pods,
    nodeOf: (name) => nodes().find(({ metadata }) => metadata.name === name),
    slices: owned('endpointslice-controller.k8s.io'),
    topology: new Topology(),
    events: server.recorder,
    metrics: createEndpointsMetrics(new Registry(), 100).slices,
    maxEndpointsPerSlice: 100,
  });
}

describe('a sync of slices', () => {
  test('writes once, and then nothing', async () => {
    const sync = sliceSync();
    await sync.sync(KEY);
    await sync.sync(KEY);
    expect(server.sent).toEqual(['POST endpointslices']);
  });

  test('creates come before updates and deletes', async () => {
    pods = podsOf(101);
    const stale = { ...slice('stale', []), metadata: { ...slice('stale', []).metadata, ownerReferences: [] } };
    slices.replace([slice('one', []), stale]);
    await sliceSync().sync(KEY);
    expect(server.sent).toEqual(['POST endpointslices', 'PUT endpointslices/one', 'DELETE endpointslices/stale']);
  });

  test('a family that the Service gave up goes', async () => {
    current = service({ ipFamilies: ['IPv4', 'IPv6'] });
    const sync = sliceSync();
    await sync.sync(KEY);
    current = service();
    await sync.sync(KEY);
    expect(server.sent).toEqual(['POST endpointslices', 'POST endpointslices', 'DELETE endpointslices/made-102']);
  });

  test.each<[string, () => Service | undefined]>([
    ['that is gone', () => undefined],
    ['without a selector', () => service({ selector: {} })],
    ['of type ExternalName', () => service({ type: 'ExternalName' })],
  ])('nothing is written for a Service %s', async (_, of) => {
    current = of();
    slices.replace([slice('one', [])]);
    await sliceSync().sync(KEY);
    expect(server.sent).toEqual([]);
  });

  test('nothing is created for a Service that is being deleted', async () => {
    current = service({}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    await sliceSync().sync(KEY);
    expect(server.sent).toEqual([]);
  });

  test('in a namespace that ends nothing is tried again', async () => {
    server.refuse = () => refused(403, 'Forbidden', 'NamespaceTerminating');
    await sliceSync().sync(KEY);
    expect(server.events).toEqual([]);
  });

  test('any other refusal is an event and another try', async () => {
    server.refuse = () => refused(403, 'Forbidden');
    const message = 'failed to create EndpointSlice for Service ns/web: POST /: 403 Forbidden: no';
    await expect(sliceSync().sync(KEY)).rejects.toThrow(message);
    expect(server.events).toEqual([
      `Service Warning FailedToUpdateEndpointSlices: Error updating Endpoint Slices for Service ns/web: ${message}`,
    ]);
  });

  test('a pod whose node is missing: the others are written, and it is tried again when a node comes', async () => {
    pods = [pod('web'), pod('lost', { node: 'gone' })];
    const sync = sliceSync();
    await expect(sync.sync(KEY)).rejects.toThrow('skipping Pod lost for Service ns/web: Node gone Not Found');
    expect([server.sent, [...sync.waitingForNodes]]).toEqual([['POST endpointslices'], [KEY]]);
    pods = [pod('web')];
    await sync.sync(KEY);
    expect([...sync.waitingForNodes]).toEqual([]);
  });
});

describe('a sync of Endpoints', () => {
  const sync = () =>
    new EndpointsSync({
      client: server.client,
      serviceOf: () => current,
      podsOf: () => pods,
      endpoints,
      own: new OwnWrites(endpoints, () => {}),
      events: server.recorder,
    });

  test('creates, updates, and writes nothing that is right', async () => {
    const one = sync();
    await one.sync(KEY);
    await one.sync(KEY);
    pods = [];
    await one.sync(KEY);
    expect(server.sent).toEqual(['POST endpoints', 'PUT endpoints/web']);
  });

  test('with the Service they go, and it is no failure if they have gone', async () => {
    current = undefined;
    server.refuse = () => refused(404, 'NotFound');
    await sync().sync(KEY);
    expect(server.sent).toEqual(['DELETE endpoints/web']);
  });

  test('what turns out not to be there is created', async () => {
    const one = sync();
    await one.sync(KEY);
    pods = [];
    server.refuse = (request) => (request.startsWith('PUT') ? refused(404, 'NotFound') : undefined);
    await expect(one.sync(KEY)).rejects.toThrow('404');
    await one.sync(KEY);
    expect(server.sent).toEqual(['POST endpoints', 'PUT endpoints/web', 'POST endpoints']);
    expect(server.events).toEqual([
      'Endpoints Warning FailedToUpdateEndpoint: Failed to update endpoint ns/web: POST /: 404 NotFound: no',
    ]);
  });

  test('in a namespace that ends nothing is tried again', async () => {
    server.refuse = () => refused(403, 'Forbidden', 'NamespaceTerminating');
    await sync().sync(KEY);
    expect(server.events).toEqual([]);
  });
});

describe('a sync of mirrored slices', () => {
  const byHand: Endpoints = {
    metadata: { name: 'web', namespace: 'ns', uid: 'e', resourceVersion: '1' },
    subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80, protocol: 'TCP' }] }],
  };
  const sync = () =>
    new MirrorSync({
      serviceOf: () => current,
      endpoints,
      slices: owned(MIRRORING),
      events: server.recorder,
      metrics: createEndpointsMetrics(new Registry(), 100).mirroring,
      most: 1000,
    });

  test.each<[string, () => void]>([
    ['the Endpoints are deleted', () => endpoints.replace([])],
    ['the Service is deleted', () => void (current = undefined)],
    ['the Service has a selector now', () => void (current = service())],
    [
      'the Endpoints are not to be mirrored',
      () => {
        const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
        endpoints.replace([{ ...byHand, metadata: { ...byHand.metadata, labels, resourceVersion: '2' } }]);
      },
    ],
  ])('the slice goes when %s', async (_, change) => {
    current = service({ selector: {} });
    endpoints.replace([byHand]);
    const one = sync();
    await one.sync(KEY);
    await one.sync(KEY);
    change();
    await one.sync(KEY);
    await one.sync(KEY);
    expect(server.sent).toEqual(['POST endpointslices', 'DELETE endpointslices/made-101']);
  });
});

describe('which Services a change is about', () => {
  let touched: string[];
  let services: Store<Service>;
  let all: Store<EndpointPod>;

  beforeEach(() => {
    services = new Store();
    services.replace([service(), service({ selector: { app: 'api' } }, { name: 'api', uid: 'api' })]);
    all = new Store();
    all.replace([pod('one')]);
    touched = [];
    followServices({ services, pods: all }, (key, by) => touched.push(`${key} by ${by}`));
  });

  const change = (options: Parameters<typeof pod>[1], version = '2') => {
    touched.length = 0;
    const next = pod('one', options);
    all.upsert({ ...next, metadata: { ...next.metadata, resourceVersion: version } });
    return touched.toSorted();
  };

  test('at first all of them', () => {
    expect(touched).toEqual(['ns/web by service', 'ns/api by service', 'ns/web by pod']);
  });

  test.each<[string, Parameters<typeof pod>[1], string[]]>([
    ['nothing that matters', { since: '2026-02-01T00:00:00Z' }, []],
    ['readiness', { ready: false }, ['ns/web by pod']],
    ['a label that nobody selects', { labels: { app: 'web', more: 'x' } }, []],
    ['a label that another selects', { labels: { app: 'api' } }, ['ns/api by pod', 'ns/web by pod']],
    ['readiness of a pod that nobody selects any more', { labels: {}, ready: false }, ['ns/web by pod']],
  ])('a change of a pod: %s', (_, options, expected) => {
    expect(change(options)).toEqual(expected);
  });

  test('a pod that goes', () => {
    touched.length = 0;
    all.remove(pod('one'));
    expect(touched).toEqual(['ns/web by pod']);
  });

  test('a Service that changes or goes', () => {
    touched.length = 0;
    services.upsert(service({}, { resourceVersion: '2' }));
    services.remove(service());
    expect(touched).toEqual(['ns/web by service', 'ns/web by service']);
    expect(change({ ready: false })).toEqual([]);
  });
});
