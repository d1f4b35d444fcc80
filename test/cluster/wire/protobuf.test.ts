import { describe, expect, test } from 'vitest';
import type { JsonObject, KubeObject } from '../../../src/cluster/api/object.ts';
import { StatusError } from '../../../src/cluster/api/status.ts';
import { kindSchema, structSchema } from '../../../src/cluster/schema/schema.ts';
import { readMessage } from '../../../src/cluster/wire/decode.ts';
import {
  decodeObject,
  encodeBody,
  encodeList,
  encodeObject,
  encodeWatchEvent,
} from '../../../src/cluster/wire/protobuf.ts';
import { Reader } from '../../../src/cluster/wire/reader.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const CORE = 'io.k8s.api.core.v1';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const PROPS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

/** The message of a struct that is no kind. */
const message = (name: string, value: JsonObject): string => hex(encodeBody(value as KubeObject, structSchema(name)));

/** What a message of a struct holds, read as if it were an object. */
function read(name: string, bytes: string): JsonObject {
  const raw = unhex(bytes);
  const envelope = encodeObject({ kind: 'X', apiVersion: 'v1' } as KubeObject, structSchema(name), raw);
  return decodeObject(envelope, () => structSchema(name));
}

function problem(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError && error.code === 400) return error.message;
    throw error;
  }
  return 'none';
}

/** By hand from the .proto files. The real test compares whole objects with kube-apiserver's bytes. */
describe('messages', () => {
  test.each<[title: string, struct: string, value: JsonObject, bytes: string]>([
    ['zero values of what is no pointer', `${CORE}.ServicePort`, {}, '0a00 1200 1800 2206 0800 1000 1a00 2800'],
    ['a pointer to a zero value', `${CORE}.ClientIPConfig`, { timeoutSeconds: 0 }, '0800'],
    ['a pointer that is nil', `${CORE}.ClientIPConfig`, {}, ''],
    ['null', `${CORE}.ClientIPConfig`, { timeoutSeconds: null }, ''],
    ['an int32 below zero', `${CORE}.ClientIPConfig`, { timeoutSeconds: -1 }, '08ffffffffffffffffff01'],
    ['a number of two bytes', `${CORE}.ClientIPConfig`, { timeoutSeconds: 300 }, '08ac02'],
    ['a number as IntOrString', `${CORE}.TCPSocketAction`, { port: 80 }, '0a06 0800 1050 1a00 1200'],
    ['a text as IntOrString', `${CORE}.TCPSocketAction`, { port: 'ab' }, '0a08 0801 1000 1a02 6162 1200'],
    ['a list', `${CORE}.Capabilities`, { add: ['a', ''], drop: [] }, '0a0161 0a00'],
    ['numbers are not packed', `${CORE}.LinuxContainerUser`, { supplementalGroups: [1, 2] }, '0800 1000 1801 1802'],
    [
      'a map by the order of its keys',
      `${META}.LabelSelector`,
      { matchLabels: { '9': '', '10': 'x' } },
      '0a07 0a023130 120178 0a05 0a0139 1200',
    ],
    [
      'keys are ordered by their UTF-8',
      `${META}.LabelSelector`,
      { matchLabels: { 𝒳: '', '\ue000': '' } },
      '0a07 0a03ee8080 1200 0a08 0a04f09d92b3 1200',
    ],
    ['an inlined struct', `${CORE}.SecretKeySelector`, { name: 'n', key: 'k' }, '0a03 0a016e 12016b'],
    ['amounts', `${CORE}.ResourceRequirements`, { limits: { cpu: '1500m' } }, '0a0e 0a03637075 1207 0a0531353030 6d'],
    [
      'bytes of a map',
      `${CORE}.Secret`,
      { metadata: {}, data: { a: 'AP8=', b: '' } },
      '0a10 0a00 1200 1a00 2200 2a00 3200 3800 4200 1207 0a0161 120200ff 1205 0a0162 1200 1a00',
    ],
    ['bytes that are nil', `${PROPS}.WebhookClientConfig`, {}, ''],
    ['bytes', `${PROPS}.WebhookClientConfig`, { caBundle: 'AA==' }, '120100'],
    ['a time', `${CORE}.ContainerStateRunning`, { startedAt: '1970-01-01T00:01:00Z' }, '0a04 083c 1000'],
    ['no time', `${CORE}.ContainerStateRunning`, { startedAt: null }, '0a00'],
    ["Go's zero time", `${CORE}.ContainerStateRunning`, { startedAt: '0001-01-01T00:00:00Z' }, '0a00'],
    [
      'a time before 1970',
      `${CORE}.ContainerStateRunning`,
      { startedAt: '1969-12-31T23:59:59Z' },
      '0a0d 08ffffffffffffffffff01 1000',
    ],
    [
      'microseconds',
      `${CORE}.EventSeries`,
      { lastObservedTime: '1970-01-01T00:00:01.000002Z' },
      '0800 1205 0801 10d00f',
    ],
    [
      'microseconds before 1970',
      `${CORE}.EventSeries`,
      { lastObservedTime: '1969-12-31T23:59:59.000001Z' },
      '0800 120e 08ffffffffffffffffff01 10e807',
    ],
    [
      'a list of its own type in a map',
      'io.k8s.api.authorization.v1.SubjectAccessReviewSpec',
      { extra: { k: ['a', 'b'] } },
      '1a00 2a0b 0a016b 1206 0a0161 0a0162 3200',
    ],
    [
      'free-form JSON as Go writes it',
      'io.k8s.api.apps.v1.ControllerRevision',
      { data: { b: '<', '10': 1 } },
      `0a10 0a00 1200 1a00 2200 2a00 3200 3800 4200 1217 0a15 ${hex(Buffer.from('{"10":1,"b":"\\u003c"}'))} 1800`,
    ],
  ])('%s', (_title, struct, value, bytes) => {
    expect(message(struct, value)).toBe(bytes.replaceAll(' ', ''));
  });

  test.each<[number, string]>([
    [2 ** 31, '8080808008'],
    [2 ** 32 - 1, 'ffffffff0f'],
    [2 ** 32, '8080808010'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
    [Number.MIN_SAFE_INTEGER, '81808080808080f0ff01'],
    // What the largest int64 is as a double.
    [2 ** 63, 'ffffffffffffffff7f'],
    [-(2 ** 63), '80808080808080808001'],
  ])('%d as an int64', (value, bytes) => {
    const name = `${CORE}.SleepAction`;
    expect(message(name, { seconds: value })).toBe(`08${bytes}`);
    expect(read(name, `08${bytes}`)['seconds']).toBe(value);
  });
});

describe('objects', () => {
  const service = kindSchema('', 'v1', 'Service');

  test('the envelope', () => {
    const bytes = encodeObject({ apiVersion: 'v1', kind: 'Pod', metadata: {} }, service, Uint8Array.of(1, 2, 3));
    expect(hex(bytes)).toBe(`6b387300${'0a09 0a027631 1203506f64'.replaceAll(' ', '')}1203010203${'1a002200'}`);
  });

  test('a list of what is encoded is the list encoded', () => {
    const items = [3, 200, 20_000].map((size) => ({ metadata: { name: 'n'.repeat(size) } }) as unknown as KubeObject);
    const metadata = { resourceVersion: '7', continue: 'c', remainingItemCount: 0 };
    const whole = { apiVersion: 'v1', kind: 'ServiceList', metadata, items } as unknown as KubeObject;
    const bodies = items.map((item) => encodeBody(item, service));
    expect(hex(encodeList('v1', 'ServiceList', metadata, bodies))).toBe(
      hex(encodeObject(whole, kindSchema('', 'v1', 'ServiceList'))),
    );
  });

  test.each([3, 200, 70_000])('a frame of a watch, %d bytes', (size) => {
    const frame = Buffer.from(encodeWatchEvent('ADDED', new Uint8Array(size).fill(9)));
    expect(frame.readUInt32BE()).toBe(frame.length - 4);
    const event = read(`${META}.WatchEvent`, hex(frame.subarray(4, 11)));
    expect(event['type']).toBe('ADDED');
    expect(frame.subarray(-size).every((byte) => byte === 9)).toBe(true);
  });

  test('texts of every length and alphabet survive', () => {
    const texts = ['', 'a'.repeat(63), 'é'.repeat(63), 'a'.repeat(63) + '𝒳', 'b'.repeat(70_000), '\ufeffbom', '\0'];
    for (const text of texts) {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: text || 'n' }, data: { k: text } };
      const schema = kindSchema('', 'v1', 'ConfigMap');
      expect(decodeObject(encodeObject(object, schema), () => schema)).toEqual(object);
    }
  });

  test('a large object does not disturb the next', () => {
    const small = hex(encodeBody({ metadata: { name: 'n' } } as KubeObject, service));
    encodeBody({ metadata: { name: 'n'.repeat(3_000_000) } } as KubeObject, service);
    expect(hex(encodeBody({ metadata: { name: 'n' } } as KubeObject, service))).toBe(small);
  });
});

describe('reading', () => {
  test.each<[title: string, struct: string, bytes: string, value: JsonObject]>([
    ['the last of two values counts', `${CORE}.SleepAction`, '0801 0802', { seconds: 2 }],
    ['messages grow together', `${CORE}.SecretKeySelector`, '0a03 0a0161 12016b 0a00', { name: 'a', key: 'k' }],
    [
      'packed numbers',
      `${CORE}.LinuxContainerUser`,
      '1a02 0102 1803',
      { uid: 0, gid: 0, supplementalGroups: [1, 2, 3] },
    ],
    [
      'fields that nothing knows',
      `${CORE}.SleepAction`,
      '9a0601ff 9806 01 9d06 00000000 9906 0000000000000000 9b06 0801 9c06 0805',
      { seconds: 5 },
    ],
    [
      'an entry without a value',
      `${CORE}.ConfigMap`,
      '1203 0a0161 1a03 0a0162',
      { metadata: {}, data: { a: '' }, binaryData: { b: '' } },
    ],
    ['an entry without anything', `${META}.LabelSelector`, '0a00', { matchLabels: { '': '' } }],
    [
      'amounts become canonical',
      `${CORE}.ResourceRequirements`,
      '0a0e 0a03637075 1207 0a0531303030 6d',
      { limits: { cpu: '1' } },
    ],
    ['an int32 is cut off', `${CORE}.ClientIPConfig`, '08 8180808010', { timeoutSeconds: 1 }],
    [
      'any varint but 0 is true',
      `${CORE}.ServiceAccount`,
      '20 8002',
      { metadata: {}, automountServiceAccountToken: true },
    ],
  ])('%s', (_title, struct, bytes, value) => {
    const { kind: _kind, apiVersion: _version, ...rest } = read(struct, bytes);
    expect(rest).toEqual(value);
  });

  test('a key that means something to JavaScript', () => {
    const schema = structSchema(`${META}.LabelSelector`);
    const text = '{"matchLabels":{"__proto__":"x","constructor":"y"}}';
    const object: JsonObject = {};
    readMessage(new Reader(encodeBody(JSON.parse(text) as KubeObject, schema)), object, schema);
    expect(JSON.stringify(object)).toBe(text);
  });

  test('many messages beside each other are not in each other', () => {
    const ports = Array.from({ length: 700 }, (_, port) => ({ port, targetPort: 0 }));
    const name = `${CORE}.ServiceSpec`;
    expect(read(name, message(name, { ports }))['ports']).toEqual(ports);
  });

  test('what names no kind is of the expected one', () => {
    const schema = kindSchema('', 'v1', 'ConfigMap');
    const known = (version: string, kind: string) => (`${version} ${kind}` === 'v1 ConfigMap' ? schema : undefined);
    const bytes = encodeObject({ apiVersion: '', kind: '', metadata: { name: 'n' } }, schema);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'n' } };
    expect(decodeObject(bytes, known, { apiVersion: 'v1', kind: 'ConfigMap' })).toEqual(object);
    expect(problem(() => decodeObject(bytes, known))).toBe("Object 'Kind' is missing");
  });

  test.each<[title: string, struct: string, bytes: string, words: string]>([
    ['a message that ends early', `${CORE}.SleepAction`, '08', 'unexpected EOF'],
    ['a length beyond the end', `${CORE}.ConfigMap`, '0a7f', 'unexpected EOF'],
    ['a length of the next message', `${CORE}.SecretKeySelector`, '0a02 0a05 1201 6b', 'unexpected EOF'],
    [
      'a length below zero',
      `${CORE}.ConfigMap`,
      '0affffffffffffffffff01',
      'proto: negative length found during unmarshaling',
    ],
    ['a length of 2^62', `${CORE}.ConfigMap`, '0a808080808080808040', 'unexpected EOF'],
    ['a varint of eleven bytes', `${CORE}.SleepAction`, '08 ffffffffffffffffffff01', 'proto: integer overflow'],
    ['field 0', `${CORE}.SleepAction`, '00', 'proto: SleepAction: illegal tag 0 (wire type 0)'],
    ['the end of no group', `${CORE}.SleepAction`, '0c', 'proto: SleepAction: wiretype end group for non-group'],
    ['a group without an end', `${CORE}.SleepAction`, '9b06', 'unexpected EOF'],
    ['another wire type', `${CORE}.ClientIPConfig`, '0a00', 'proto: wrong wireType = 2 for field TimeoutSeconds'],
    ['initials', `${CORE}.PodIP`, '0801', 'proto: wrong wireType = 0 for field IP'],
    ['wire type 7', `${CORE}.SleepAction`, '9f06', 'proto: illegal wireType 7'],
    ['no amount', `${CORE}.ResourceRequirements`, '0a0a 0a03637075 1203 0a0178', 'quantities must match'],
    ['neither a number nor a text', `${CORE}.TCPSocketAction`, '0a02 0802', 'impossible IntOrString.Type'],
    ['year 10000', `${CORE}.ContainerStateRunning`, '0a07 088083d1ffaf07', 'year outside of range [0,9999]'],
    ['no JSON', 'io.k8s.api.apps.v1.ControllerRevision', '1203 0a017b', 'json: RawExtension'],
    ['no number', `${PROPS}.JSONSchemaProps`, '49 000000000000f87f', 'unsupported value: NaN'],
  ])('%s is refused', (_title, struct, bytes, words) => {
    expect(problem(() => read(struct, bytes))).toContain(words);
  });

  test('messages in each other are read to a depth', () => {
    const name = `${PROPS}.JSONSchemaProps`;
    const nested = (depth: number): string => {
      let schema: JsonObject = {};
      for (let level = 0; level < depth; level++) schema = { not: schema };
      return message(name, schema);
    };
    expect(problem(() => read(name, nested(400)))).toBe('none');
    expect(problem(() => read(name, nested(600)))).toContain('more than 500 messages in each other');
  });

  test('JSON in JSON is read to a depth', () => {
    const name = 'io.k8s.api.apps.v1.ControllerRevision';
    const nested = (depth: number) => {
      const raw = Buffer.from('['.repeat(depth) + ']'.repeat(depth));
      const length = Buffer.from([(raw.length & 0x7f) | 0x80, ((raw.length >> 7) & 0x7f) | 0x80, raw.length >> 14]);
      const inner = Buffer.concat([Buffer.of(0x0a), length, raw]);
      const outer = Buffer.from([
        (inner.length & 0x7f) | 0x80,
        ((inner.length >> 7) & 0x7f) | 0x80,
        inner.length >> 14,
      ]);
      return hex(Buffer.concat([Buffer.of(0x12), outer, inner]));
    };
    expect(problem(() => read(name, nested(900)))).toBe('none');
    expect(problem(() => read(name, nested(100_000)))).toContain('exceeded max depth');
  });
});
