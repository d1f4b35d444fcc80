import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/cluster/api/object.ts';
import { DecodeError, normalise } from '../../../src/cluster/schema/decode.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';

const service = kindSchema('', 'v1', 'Service');
const read = (value: JsonObject) => normalise(value, service);

describe('an object is written again as Go would write it', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['nothing', {}, { metadata: {}, spec: {}, status: { loadBalancer: {} } }],
    ['null is absent', { spec: { type: null, ports: null } }, { metadata: {}, spec: {}, status: { loadBalancer: {} } }],
    [
      'zero values are left out where Go leaves them out, and written where it always writes them',
      { spec: { type: '', selector: {}, clusterIPs: [], ports: [{ name: '', nodePort: 0 }] } },
      { metadata: {}, spec: { ports: [{ port: 0, targetPort: 0 }] }, status: { loadBalancer: {} } },
    ],
    [
      'a pointer to a zero value stays',
      { spec: { allocateLoadBalancerNodePorts: false, loadBalancerClass: '' } },
      {
        metadata: {},
        spec: { allocateLoadBalancerNodePorts: false, loadBalancerClass: '' },
        status: { loadBalancer: {} },
      },
    ],
    [
      'a null in a list is an empty item, in a map an empty value',
      { metadata: { labels: { a: null } }, spec: { ports: [null], clusterIPs: [null] } },
      {
        metadata: { labels: { a: '' } },
        spec: { ports: [{ port: 0, targetPort: 0 }], clusterIPs: [''] },
        status: { loadBalancer: {} },
      },
    ],
    [
      'a named and a numbered target port',
      { spec: { ports: [{ targetPort: 'http' }, { targetPort: 80 }] } },
      {
        metadata: {},
        spec: {
          ports: [
            { port: 0, targetPort: 'http' },
            { port: 0, targetPort: 80 },
          ],
        },
        status: { loadBalancer: {} },
      },
    ],
    [
      'times in UTC and whole seconds',
      { metadata: { creationTimestamp: '2026-01-02T03:04:05.678+01:00' } },
      { metadata: { creationTimestamp: '2026-01-02T02:04:05Z' }, spec: {}, status: { loadBalancer: {} } },
    ],
  ])('%s', (_, input, output) => {
    expect(read(input).value).toEqual(output);
  });
});

test('fields without a schema are left out and told by their paths', () => {
  const { value, unknown } = read({ foo: 1, spec: { ports: [{ port: 80, bar: 1 }], baz: {} } });
  expect(unknown).toEqual(['foo', 'spec.ports[0].bar', 'spec.baz']);
  expect(value['spec']).toEqual({ ports: [{ port: 80, targetPort: 0 }] });
});

describe("a wrong type is refused with Go's words", () => {
  test.each<[JsonObject, string]>([
    [{ spec: { ports: [{ port: '80' }] } }, 'string into Go struct field ServicePort.spec.ports.port of type int32'],
    [{ spec: { ports: 'x' } }, 'string into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort'],
    [{ spec: { type: 5 } }, 'number into Go struct field ServiceSpec.spec.type of type v1.ServiceType'],
    [{ spec: { ports: [{ port: 1.5 }] } }, 'number 1.5 into Go struct field ServicePort.spec.ports.port of type int32'],
    [
      { spec: { ports: [{ port: 3e9 }] } },
      'number 3000000000 into Go struct field ServicePort.spec.ports.port of type int32',
    ],
    [{ spec: [] }, 'array into Go struct field Service.spec of type v1.ServiceSpec'],
    [{ metadata: { labels: { a: 1 } } }, 'number into Go struct field ObjectMeta.metadata.labels of type string'],
    [{ metadata: { labels: [] } }, 'array into Go struct field ObjectMeta.metadata.labels of type map[string]string'],
    [
      { spec: { publishNotReadyAddresses: {} } },
      'object into Go struct field ServiceSpec.spec.publishNotReadyAddresses of type bool',
    ],
  ])('%j', (input, words) => {
    expect(() => read(input)).toThrow(new DecodeError(`json: cannot unmarshal ${words}`));
  });

  test('of several the first in the document', () => {
    expect(() => read({ spec: { type: 1 }, metadata: { name: 2 } })).toThrow('spec.type');
    expect(() => read({ metadata: { name: 2 }, spec: { type: 1 } })).toThrow('metadata.name');
  });
});
