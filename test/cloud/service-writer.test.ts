import { describe, expect, test } from 'vitest';
import { APPLIED_ANNOTATION } from '../../src/cloud/applied.ts';
import { ServiceWriter } from '../../src/cloud/service-writer.ts';
import type { EventRecorder } from '../../src/kube/events.ts';
import type { Condition } from '../../src/kube/objects.ts';
import { ApiError } from '../../src/kube/request.ts';
import { fakeClient, webService } from './support/service.ts';

const PATH = '/api/v1/namespaces/shop/services/web';
const FINALIZER = 'sluice.dev/load-balancer';
const now = () => new Date('2026-02-03T04:05:06.789Z');
const gone = new ApiError('PATCH', PATH, 404, { reason: 'NotFound' });
const conflict = new ApiError('PATCH', PATH, 409, { reason: 'Conflict' });
const none = { digest: '', loadBalancerAttributes: [], targetGroupAttributes: [], tags: [] };

function writer(answer?: unknown) {
  const { client, sent } = fakeClient(() => answer ?? { written: true });
  const events: unknown[][] = [];
  const recorder = { record: (...args: unknown[]) => void events.push(args) } as unknown as EventRecorder;
  return { writer: new ServiceWriter(client, recorder, now), sent, events };
}

const annotated = (record: string) => ({ annotations: { [APPLIED_ANNOTATION]: record } });

describe('hold', () => {
  // what | the Service’s metadata | applied | the patch, besides the resourceVersion it was read at
  test.each<[string, object, object, object]>([
    [
      'a new Service gets the finalizer beside those it has',
      { finalizers: ['other'] },
      {},
      { finalizers: ['other', FINALIZER] },
    ],
    [
      'and a record if there are keys',
      {},
      { tags: ['a'] },
      { finalizers: [FINALIZER], ...annotated('{"digest":"","tags":["a"]}') },
    ],
    [
      'a record that changed',
      { finalizers: [FINALIZER], ...annotated('{"digest":"a"}') },
      { digest: 'b' },
      annotated('{"digest":"b"}'),
    ],
    [
      'one that is taken back',
      { finalizers: [FINALIZER], ...annotated('{"digest":"a"}') },
      {},
      annotated('{"digest":""}'),
    ],
  ])('%s', async (_name, metadata, applied, patch) => {
    const { writer: w, sent } = writer();
    expect(await w.hold(webService({ metadata }), { ...none, ...applied })).toEqual({ written: true });
    expect(sent).toEqual([
      {
        method: 'PATCH',
        path: PATH,
        body: { metadata: { ...patch, resourceVersion: '7' } },
        contentType: 'application/merge-patch+json',
      },
    ]);
  });

  test.each<[string, object, object]>([
    ['finalizer and record', { finalizers: [FINALIZER], ...annotated('{"digest":"a"}') }, { digest: 'a' }],
    ['finalizer, and nothing to record', { finalizers: [FINALIZER] }, {}],
  ])('nothing is sent where all is there: %s', async (_name, metadata, applied) => {
    const { writer: w, sent } = writer();
    const service = webService({ metadata });
    expect(await w.hold(service, { ...none, ...applied })).toBe(service);
    expect(sent).toEqual([]);
  });

  test('a conflict is the caller’s', async () => {
    await expect(writer(conflict).writer.hold(webService(), none)).rejects.toBe(conflict);
  });
});

describe('letGo', () => {
  test('takes our finalizers, LBC’s and those named off, and the record, and leaves the rest', async () => {
    const { writer: w, sent } = writer();
    const finalizers = ['a', FINALIZER, 'service.k8s.aws/resources', 'b', 'up'];
    await w.letGo(webService({ metadata: { finalizers } }), ['up']);
    const body = { metadata: { finalizers: ['a', 'b'], ...annotated(null as never), resourceVersion: '7' } };
    expect(sent).toMatchObject([{ path: PATH, body, contentType: 'application/merge-patch+json' }]);
  });

  test('a Service that is gone is let go; a conflict is not', async () => {
    await writer(gone).writer.letGo(webService());
    await expect(writer(conflict).writer.letGo(webService())).rejects.toBe(conflict);
  });
});

describe('writeStatus', () => {
  const verdict = { type: 'sluice.dev/Synced', status: 'True' as const, reason: 'InSync', message: 'fine' };
  const known = (change: Partial<Condition>): Partial<Condition> => ({
    ...verdict,
    lastTransitionTime: 'before',
    ...change,
  });
  const ingress = [{ hostname: 'h', ports: [{ port: 80, protocol: 'TCP' as const }] }];

  // what | known condition | lastTransitionTime written
  test.each<[string, Partial<Condition>[], string]>([
    ['a new condition', [], '2026-02-03T04:05:06Z'],
    ['another status', [known({ status: 'False' })], '2026-02-03T04:05:06Z'],
    ['another message only', [known({ message: 'other' })], 'before'],
    ['another reason only', [known({ reason: 'Other' })], 'before'],
  ])('%s', async (_name, conditions, lastTransitionTime) => {
    const { writer: w, sent } = writer();
    await w.writeStatus(webService({ conditions }), { conditions: [verdict] });
    expect(sent).toEqual([
      {
        method: 'PATCH',
        path: `${PATH}/status`,
        contentType: 'application/strategic-merge-patch+json',
        body: { metadata: { uid: 'uid-1' }, status: { conditions: [{ ...verdict, lastTransitionTime }] } },
      },
    ]);
  });

  test('only what differs is sent', async () => {
    const { writer: w, sent } = writer();
    const other = { ...verdict, type: 'sluice.dev/Accepted' };
    const service = webService({ conditions: [known({})], metadata: { generation: 3 } });
    await w.writeStatus(service, { ingress, conditions: [verdict, other] });
    const conditions = [{ ...other, lastTransitionTime: '2026-02-03T04:05:06Z', observedGeneration: 3 }];
    expect(sent).toMatchObject([{ body: { status: { conditions, loadBalancer: { ingress } } } }]);
  });

  test.each([
    ['equal', ingress],
    ['with a field that the server set', [{ ...ingress[0], ipMode: 'VIP' }]],
    ['in another order of fields', [{ ports: [{ protocol: 'TCP', port: 80 }], hostname: 'h' }]],
    ['left alone', undefined],
  ])('nothing is sent where nothing differs: ingress %s', async (_name, present) => {
    const { writer: w, sent } = writer();
    const service = webService({ conditions: [known({})] });
    if (present) service.status = { ...service.status, loadBalancer: { ingress: present as never } };
    const wanted = present ? { ingress } : {};
    expect(await w.writeStatus(service, { ...wanted, conditions: [verdict] })).toBe(service);
    expect(sent).toEqual([]);
  });

  test('another hostname, or none at all', async () => {
    for (const wanted of [[{ ...ingress[0], hostname: 'x' }], []]) {
      const { writer: w, sent } = writer();
      await w.writeStatus(webService({ hostname: 'h' }), { ingress: wanted, conditions: [] });
      expect(sent).toMatchObject([{ body: { status: { loadBalancer: { ingress: wanted } } } }]);
    }
  });

  test('long messages are cut, and then equal what was written', async () => {
    const { writer: w, sent } = writer();
    const message = 'x'.repeat(9000);
    await w.writeStatus(webService(), { conditions: [{ ...verdict, message }] });
    expect(sent).toMatchObject([{ body: { status: { conditions: [{ message: 'x'.repeat(4096) }] } } }]);
    await w.writeStatus(webService({ conditions: [known({ message: 'x'.repeat(4096) })] }), {
      conditions: [{ ...verdict, message }],
    });
    expect(sent).toHaveLength(1);
  });
});

describe('clearStatus', () => {
  const conditions = [{ type: 'sluice.dev/Accepted' }, { type: 'theirs' }, { type: 'sluice.dev/Synced' }];

  test('takes our conditions and the hostname off', async () => {
    const { writer: w, sent } = writer();
    await w.clearStatus(webService({ hostname: 'h', conditions }));
    const deleted = ['sluice.dev/Accepted', 'sluice.dev/Synced'].map((type) => ({ $patch: 'delete', type }));
    expect(sent).toMatchObject([{ body: { status: { conditions: deleted, loadBalancer: { ingress: null } } } }]);
  });

  test('the hostname can stay', async () => {
    const { writer: w, sent } = writer();
    await w.clearStatus(webService({ hostname: 'h', conditions }), true);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.body).not.toHaveProperty('status.loadBalancer');
  });

  test('nothing to take off, nothing sent; a Service that is gone is clear', async () => {
    const { writer: w, sent } = writer();
    await w.clearStatus(webService({ conditions: [{ type: 'theirs' }] }));
    expect(sent).toEqual([]);
    const service = webService({ hostname: 'h' });
    expect(await writer(gone).writer.clearStatus(service)).toBe(service);
    await expect(writer(conflict).writer.clearStatus(service)).rejects.toBe(conflict);
  });
});

test('events are about the Service', () => {
  const { writer: w, events } = writer();
  w.event(webService(), 'Warning', 'Reason', 'text');
  const reference = {
    apiVersion: 'v1',
    kind: 'Service',
    namespace: 'shop',
    name: 'web',
    uid: 'uid-1',
    resourceVersion: '7',
  };
  expect(events).toEqual([[reference, 'Warning', 'Reason', 'text']]);
});
