import { describe, expect, test } from 'vitest';
import {
  type Negotiated,
  negotiate,
  negotiateDiscovery,
  notAcceptableMessage,
  type Offer,
} from '../../../src/cluster/wire/negotiate.ts';
import { ACCEPTS, DISCOVERY_ACCEPTS } from './accepts.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const table = (version = 'v1') => `application/json;as=Table;v=${version};g=meta.k8s.io`;

/** What kube-apiserver answers to each of these is asked in the real test. */
describe('negotiation', () => {
  test.each<[accept: string | undefined, wanted: Negotiated | undefined, offer?: Offer]>([
    [undefined, { type: 'json' }],
    ['', { type: 'json' }],
    ['*/*', { type: 'json' }],
    ['application/yaml', { type: 'yaml' }],
    [`${PROTOBUF},application/json`, { type: 'protobuf' }],
    [`${PROTOBUF}, */*`, { type: 'protobuf' }],
    [`${PROTOBUF},application/json`, { type: 'json' }, { types: ['json', 'yaml'] }],
    [PROTOBUF, undefined, { types: ['json', 'yaml'] }],
    ['application/json;q=0.5,application/yaml', { type: 'yaml' }],
    ['*/*,application/yaml', { type: 'yaml' }],
    ['text/html,*/*;q=0.8', { type: 'json' }],
    ['text/html', undefined],
    ['*', undefined],
    ['*', { type: 'json' }, { route: false }],
    ['application/*', undefined],
    ['application/*', { type: 'json' }, { route: false }],
    ['application/json;pretty=1', { type: 'json', pretty: true }],
    [`${table()},application/json`, { type: 'json', as: 'Table', version: 'v1' }],
    [table('v1beta1'), { type: 'json', as: 'Table', version: 'v1beta1' }],
    [table('v2'), undefined],
    [`${table()},application/json`, { type: 'json' }, { transforms: false }],
    [`${PROTOBUF};as=Table;v=v1;g=meta.k8s.io,application/json`, { type: 'json' }],
    [
      `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`,
      { type: 'protobuf', as: 'PartialObjectMetadata', version: 'v1' },
    ],
    ['application/json;stream=watch', { type: 'json', stream: 'watch' }],
    ['application/yaml;stream=watch,application/json', { type: 'json' }],
    ['application/yaml', undefined, { watch: true }],
    ['application/yaml,application/json', undefined, { watch: true }],
    [PROTOBUF, { type: 'protobuf' }, { watch: true }],
    ['application/json;sv=v1', { type: 'json' }],
    ['application/json;sv=v1', undefined, { transforms: false }],
  ])('%s gives %o of %o', (accept, wanted, offer) => {
    expect(negotiate(accept, offer)).toEqual(wanted);
  });

  test.each<[accept: string, offer: Offer, message: string]>([
    [
      'text/html',
      {},
      `406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, ${PROTOBUF}`,
    ],
    [
      'text/html',
      { list: true },
      `406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, ${PROTOBUF}, ` +
        `application/json;stream=watch, ${PROTOBUF};stream=watch`,
    ],
    [table('v2'), {}, `only the following media types are accepted: application/json, application/yaml, ${PROTOBUF}`],
    [
      'application/yaml',
      { watch: true },
      `only the following media types are accepted: application/json;stream=watch, ${PROTOBUF};stream=watch`,
    ],
  ])('%s of %o is refused with words', (accept, offer, message) => {
    expect(negotiate(accept, offer)).toBeUndefined();
    expect(notAcceptableMessage(accept, offer)).toBe(message);
  });

  test.each(
    DISCOVERY_ACCEPTS.map((accept) => [accept, accept.includes('apidiscovery') && accept.includes('v=v2;')] as const),
  )('discovery: %s', (accept, aggregated) => {
    expect(negotiateDiscovery(accept) !== undefined).toBe(aggregated);
  });

  test('no header is too strange', () => {
    for (const accept of [
      ...ACCEPTS,
      ';',
      ',',
      '/',
      '//',
      '=',
      ';=;',
      'a/b;q',
      '*/*;q=',
      '\u{1f600}',
      ','.repeat(9999),
    ]) {
      expect(() => negotiate(accept, { watch: true })).not.toThrow();
      expect(() => notAcceptableMessage(accept)).not.toThrow();
    }
  });
});
