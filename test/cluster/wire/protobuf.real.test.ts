import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject, KubeObject } from '../../../src/cluster/api/object.ts';
import { apiVersion, type Kind } from '../../../src/cluster/kinds/kind.ts';
import { KINDS } from '../../../src/cluster/kinds/table.ts';
import { normalise } from '../../../src/cluster/schema/decode.ts';
import { kindSchema, type StructSchema, structSchema } from '../../../src/cluster/schema/schema.ts';
import { negotiate, negotiateDiscovery, notAcceptableMessage } from '../../../src/cluster/wire/negotiate.ts';
import {
  DISCOVERY_SCHEMAS,
  decodeObject,
  encodeBody,
  encodeList,
  encodeObject,
  encodeWatchEvent,
} from '../../../src/cluster/wire/protobuf.ts';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { createSamples, done } from '../kinds/columns-create.ts';
import { SAMPLES } from '../kinds/columns-objects.ts';
import { kindOf, pathOf, root } from '../kinds/columns-table.ts';
import { ACCEPTS, DISCOVERY_ACCEPTS } from './accepts.ts';
import { RICH } from './rich.ts';
import { ask, frames, PROTOBUF, type RawAnswer } from './wire-requests.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const STATUS = structSchema(`${META}.Status`);
const schemaOf = ({ group, version, kind }: Kind, list = ''): StructSchema => kindSchema(group, version, kind + list);
const ROWS = KINDS.map((kind) => [`${kind.group}/${kind.kind}`, kind] as const);
const pathOfObject = (kind: Kind, { metadata }: KubeObject) =>
  `${root(kind)}${metadata.namespace ? `/namespaces/${metadata.namespace}` : ''}/${kind.resource}/${metadata.name}`;

/** Ports and addresses that are taken already are not asked for again. */
const FRESH_SERVICE = {
  type: 'ClusterIP',
  clusterIP: 'None',
  selector: { b: '2', a: '1' },
  ports: [{ name: 'a', port: 80, targetPort: 'web' }],
  publishNotReadyAddresses: true,
};

/** An answer without what differs between any two writes. */
const neutral = (text: string): string =>
  text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID')
    .replaceAll(/"(creationTimestamp|time)":"[^"]+"/g, '"$1":"TIME"')
    .replaceAll(/"resourceVersion":"\d+"/g, '"resourceVersion":"0"');

describeWith(['control-plane'], 'protobuf of kube-apiserver', () => {
  let plane: ControlPlane;
  const get = (path: string, accept: string): Promise<RawAnswer> => ask(plane, 'GET', path, { accept });
  const json = async (path: string, accept = 'application/json'): Promise<KubeObject> =>
    JSON.parse((await get(path, accept)).body.toString());
  const listOf = async (kind: Kind) =>
    (await json(`${root(kind)}/${kind.resource}`)) as KubeObject & { items: KubeObject[] };

  /** Protobuf has no place for the type of a StatefulSet's claims, which kube-apiserver adds to whatever it answers. */
  const untyped = (object: KubeObject): KubeObject => {
    const claims: JsonObject[] | undefined = object['spec']?.volumeClaimTemplates;
    if (!claims) return object;
    const bare = claims.map(({ kind: _kind, apiVersion: _version, ...claim }) => claim);
    return { ...object, spec: { ...object['spec'], volumeClaimTemplates: bare } };
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    await createSamples(plane.request);
    for (const { kind: id, body, status } of RICH) {
      const kind = kindOf(id);
      const { name, namespace } = body.metadata;
      await done(plane.request, 'POST', pathOf(kind, undefined, namespace), body);
      if (status) await done(plane.request, 'PATCH', `${pathOf(kind, name, namespace)}/status`, { status });
    }
  }, 120_000);

  afterAll(() => plane?.stop());

  test.each(ROWS)('%s: objects and lists, byte for byte', async (_id, kind) => {
    const list = await listOf(kind);
    expect(list.items.length).toBeGreaterThan(0);
    const schema = schemaOf(kind);
    for (const item of list.items) {
      const path = pathOfObject(kind, item);
      const object = await json(path);
      const { body, contentType } = await get(path, PROTOBUF);
      // The API server renews leases of its own meanwhile.
      if (decodeObject(body, () => schema).metadata.resourceVersion !== object.metadata.resourceVersion) continue;
      expect(contentType).toBe(PROTOBUF);
      expect(Buffer.from(encodeObject(object, schema)).toString('latin1')).toBe(body.toString('latin1'));
      expect(JSON.stringify(decodeObject(body, () => schema))).toBe(JSON.stringify(untyped(object)));
    }
    const exact = `${root(kind)}/${kind.resource}?resourceVersionMatch=Exact&resourceVersion=${list.metadata.resourceVersion}`;
    const { body } = await get(exact, PROTOBUF);
    const listSchema = schemaOf(kind, 'List');
    const { items } = list;
    expect(Buffer.from(encodeObject(list, listSchema)).equals(body)).toBe(true);
    expect(
      Buffer.from(
        encodeList(
          apiVersion(kind),
          `${kind.kind}List`,
          list.metadata as unknown as JsonObject,
          items.map((item) => encodeBody(item, schema)),
        ),
      ).equals(body),
    ).toBe(true);
    expect(decodeObject(body, () => listSchema)).toEqual({ ...list, items: items.map(untyped) });
  });

  test.each(ROWS)('%s: accepts what is encoded here', async (id, kind) => {
    const schema = schemaOf(kind);
    const write = async (method: string, path: string, sent: KubeObject, contentType: string) => {
      const body = contentType === PROTOBUF ? encodeObject(sent, schema) : JSON.stringify(sent);
      const headers = { 'content-type': contentType, accept: 'application/json' };
      const answer = await ask(plane, method, `${path}?dryRun=All`, headers, body);
      return { status: answer.status, body: JSON.parse(neutral(answer.body.toString())) };
    };
    const both = async (method: string, path: string, sent: KubeObject, code: number) => {
      const answer = await write(method, path, sent, PROTOBUF);
      expect(answer.status, answer.body.message).toBe(code);
      expect(answer).toEqual(await write(method, path, sent, 'application/json'));
    };
    const sample = [...RICH, ...SAMPLES].find((one) => one.kind === id && !one.remove)?.body;
    if (!sample) throw new Error('no sample');
    const path = pathOf(kind, sample.metadata.name, sample.metadata.namespace);
    await both('PUT', path, { ...(await json(path)), apiVersion: apiVersion(kind), kind: kind.kind }, 200);

    // The name of some is not free: they are refused for being there already, as JSON is.
    const fixed = id.endsWith('/IPAddress') || id.endsWith('/CustomResourceDefinition');
    const metadata = fixed ? sample.metadata : { ...sample.metadata, name: 'fresh' };
    const { value } = normalise(
      {
        ...sample,
        ...(id === '/Service' && { spec: FRESH_SERVICE }),
        metadata,
        apiVersion: apiVersion(kind),
        kind: kind.kind,
      },
      schema,
    );
    const collection = pathOf(kind, undefined, sample.metadata.namespace);
    await both('POST', collection, value as unknown as KubeObject, fixed ? 409 : 201);
  });

  /** A filter: all up to the end of the initial events. Whether a second bookmark follows within the second is chance. */
  const initial = <T>(isBookmark: (event: T) => boolean) => {
    let ended = false;
    return (event: T) => {
      if (ended) return false;
      ended = isBookmark(event);
      return true;
    };
  };

  test.each(['/Service', '/Pod', 'coordination.k8s.io/Lease'])('a watch of %s', async (id) => {
    const kind = kindOf(id);
    const path = `${root(kind)}/namespaces/default/${kind.resource}?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    const events = (await get(path, 'application/json')).body
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: KubeObject })
      .filter(initial(({ type }) => type === 'BOOKMARK'));
    const { body, contentType } = await get(path, PROTOBUF);
    expect(contentType).toBe(`${PROTOBUF};stream=watch`);
    expect(events.at(-1)?.type).toBe('BOOKMARK');
    const parts = frames(body).filter(initial((part) => part.includes('BOOKMARK')));
    // Bookmarks of two watches tell of different moments.
    const end = parts.at(-1) as Buffer;
    const told = decodeObject(end.subarray(end.indexOf('k8s\0')), () => schemaOf(kind)).metadata;
    Object.assign(events.at(-1)?.object.metadata as object, { resourceVersion: told.resourceVersion });
    const encoded = events.map(({ type, object }) =>
      Buffer.from(encodeWatchEvent(type, encodeObject(object, schemaOf(kind)))).toString('latin1'),
    );
    expect(encoded).toEqual(parts.map((part) => part.toString('latin1')));
  });

  test('an error in a watch', async () => {
    await plane.compactEtcd();
    const path = '/api/v1/events?watch=1&resourceVersion=1&timeoutSeconds=5';
    const [text, bytes] = [await get(path, 'application/json'), await get(path, PROTOBUF)];
    const { type, object } = JSON.parse(text.body.toString());
    expect([type, object.reason]).toEqual(['ERROR', 'Expired']);
    // Whole, the message names the revision of the moment.
    const words = (part: Uint8Array) =>
      Buffer.from(part)
        .toString('latin1')
        .replaceAll(/\(\d+\)/g, '(0)');
    expect(words(bytes.body)).toBe(words(encodeWatchEvent(type, encodeObject(object, STATUS))));
  });

  test.each(['/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1'])('the discovery document %s', async (path) => {
    const document = await json(path);
    const schema = DISCOVERY_SCHEMAS[document.kind as keyof typeof DISCOVERY_SCHEMAS];
    const { body } = await get(path, PROTOBUF);
    expect(Buffer.from(encodeObject(document, schema)).toString('latin1')).toBe(body.toString('latin1'));
  });

  test.each([
    ['/api/v1/namespaces/default/services/missing', 404],
    ['/api/v1/namespaces/default/services?limit=x', 400],
    ['/api/v1/nowhere', 404],
  ])('the Status of %s', async (path, code) => {
    const [text, bytes] = [await get(path, 'application/json'), await get(path, PROTOBUF)];
    expect([text.status, bytes.status]).toEqual([code, code]);
    if (bytes.contentType !== PROTOBUF) return;
    const status = JSON.parse(text.body.toString());
    expect(Buffer.from(encodeObject(status, STATUS)).toString('latin1')).toBe(bytes.body.toString('latin1'));
    expect(decodeObject(bytes.body, () => STATUS)).toEqual(status);
  });

  test.each([
    ['PartialObjectMetadata', '/api/v1/namespaces/default/services/rich'],
    ['PartialObjectMetadataList', '/api/v1/namespaces/default/services'],
  ])('%s', async (as, path) => {
    const wanted = `;as=${as};g=meta.k8s.io;v=v1`;
    const { body } = await get(path, PROTOBUF + wanted);
    const object = await json(path, `application/json${wanted}`);
    const schema = structSchema(`${META}.${as}`);
    expect(object.kind).toBe(as);
    expect(Buffer.from(encodeObject(object, schema)).toString('latin1')).toBe(body.toString('latin1'));
    // Items of such a list name their type in JSON, for which protobuf has no place.
    const { items, ...rest } = decodeObject(body, () => schema);
    expect(rest).toEqual({ ...object, items: undefined });
    if (items)
      expect(items.map(({ metadata }: KubeObject) => metadata)).toEqual(
        object['items'].map(({ metadata }: KubeObject) => metadata),
      );
  });

  test('what an answer to malformed bytes says', async () => {
    const envelope = (version: string, kind: string, raw: number[]) =>
      Buffer.from([
        ...Buffer.from('k8s\0\x0a'),
        version.length + kind.length + 4,
        0x0a,
        version.length,
        ...Buffer.from(version),
        0x12,
        kind.length,
        ...Buffer.from(kind),
        0x12,
        raw.length,
        ...raw,
      ]);
    const bodies: Buffer[] = [
      Buffer.from(''),
      Buffer.from('{}'),
      Buffer.from('k8s\0'),
      Buffer.from('something longer than thirty bytes'),
      Buffer.from('k8s\0\x0a'),
      Buffer.from('k8s\0\x08\x01'),
      Buffer.from('k8s\0\x0c'),
      Buffer.from('k8s\0\0'),
      envelope('v1', 'ConfigMap', [0x0a]),
      envelope('v1', 'ConfigMap', [0x08, 1]),
      envelope('v1', 'ConfigMap', [0x0a, 5, 1]),
      envelope('v1', 'ConfigMap', [0x0a, 2, 0x28, 1]),
      envelope('v1', 'ConfigMap', [0x77]),
      envelope('v1', 'ConfigMap', [0x73, 0x73]),
      envelope('v1', 'ConfigMap', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]),
      envelope('v1', 'ConfigMap', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
      envelope('v1', 'Foo', []),
      envelope('example.com/v9', 'ConfigMap', []),
    ];
    const expected = { apiVersion: 'v1', kind: 'ConfigMap' };
    const known = (version: string, kind: string) =>
      version === 'v1' && kind === 'ConfigMap' ? kindSchema('', 'v1', 'ConfigMap') : undefined;
    for (const body of bodies) {
      const headers = { 'content-type': PROTOBUF, accept: 'application/json' };
      const answer = await ask(plane, 'POST', '/api/v1/namespaces/default/configmaps?dryRun=All', headers, body);
      const { code, reason, message } = JSON.parse(answer.body.toString());
      let ours: object | undefined;
      try {
        decodeObject(body, known, expected);
      } catch (error) {
        const status = error as { code: number; reason: string; message: string };
        ours = { code: status.code, reason: status.reason, message: status.message };
      }
      expect(ours, body.toString('hex')).toEqual({ code, reason, message });
    }
  });

  test('bytes that name no kind are of the expected one', async () => {
    const object = { metadata: { name: 'unnamed' } } as KubeObject;
    const body = encodeObject({ ...object, apiVersion: '', kind: '' }, kindSchema('', 'v1', 'ConfigMap'));
    const answer = await ask(
      plane,
      'POST',
      '/api/v1/namespaces/default/configmaps',
      { 'content-type': PROTOBUF },
      body,
    );
    expect(answer.status).toBe(201);
    const decoded = decodeObject(body, () => kindSchema('', 'v1', 'ConfigMap'), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
    });
    expect(decoded).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'unnamed' } });
  });

  // Together: every watch takes a second.
  describe.concurrent('content negotiation', () => {
    const NAMESPACES = '/api/v1/namespaces';
    const ENDPOINTS = [
      [`${NAMESPACES}/default/services`, { list: true }],
      [`${NAMESPACES}/default/services/rich`, {}],
      [`${NAMESPACES}/default/services?watch=1&timeoutSeconds=1`, { watch: true }],
      ['/api/v1', { transforms: false }],
      ['/apis/apps/v1', { transforms: false }],
      // Not behind go-restful.
      ['/apis/apps', { transforms: false, route: false }],
    ] as const;
    const TYPES = { json: 'application/json', yaml: 'application/yaml', protobuf: PROTOBUF };

    test.each(ACCEPTS)('%s', async (accept) => {
      for (const [path, offer] of ENDPOINTS) {
        const answer = await get(path, accept);
        const wanted = negotiate(accept, offer);
        const where = `${accept} ${path}`;
        if (!wanted) {
          expect(answer.status, where).toBe(406);
          if (answer.contentType === 'application/json') {
            expect(JSON.parse(answer.body.toString()).message, where).toBe(notAcceptableMessage(accept, offer));
          }
          continue;
        }
        // An object as a list, and the other way round, is refused later.
        const misfit =
          'watch' in offer
            ? false
            : wanted.as && wanted.as !== 'Table' && wanted.as.endsWith('List') !== 'list' in offer;
        expect(answer.status, where).toBe(misfit ? 406 : 200);
        if (misfit) continue;
        const stream = 'watch' in offer && wanted.type !== 'json' ? ';stream=watch' : '';
        expect(answer.contentType, where).toBe(TYPES[wanted.type] + stream);
        if (wanted.type !== 'json' || 'watch' in offer) continue;
        const text = answer.body.toString();
        expect(text.startsWith('{\n'), where).toBe(wanted.pretty ?? false);
        if (!wanted.as) continue;
        const { kind, apiVersion: version } = JSON.parse(text);
        expect([kind, version], where).toEqual([wanted.as, `meta.k8s.io/${wanted.version}`]);
      }
    });

    test.each(DISCOVERY_ACCEPTS)('discovery: %s', async (accept) => {
      const { body, status } = await get('/apis', accept);
      const text = body.toString();
      const aggregated = status === 200 && text.includes('APIGroupDiscoveryList');
      expect(aggregated).toBe(negotiateDiscovery(accept) !== undefined);
      if (aggregated) expect(text.startsWith('{') ? 'json' : 'yaml').toBe(negotiateDiscovery(accept));
    });
  });
});
