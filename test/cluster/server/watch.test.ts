import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { ask } from './ask.ts';
import { startOurs } from './table.ts';
import { BEGINNINGS, watchAll, WATCHES } from './watches.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startOurs();
});
afterAll(() => cluster?.close());

/** kube-apiserver tells the same in answers.real.test.ts. */
describe('what a watch tells', () => {
  let told: Awaited<ReturnType<typeof watchAll>>;
  beforeAll(async () => {
    told = await watchAll(cluster, 'watched', 50);
  });

  test.each(BEGINNINGS.map(({ path, events }, index) => [path, index, events] as const))('%s', (_, index, events) => {
    expect(told.beginnings[index]).toEqual(events);
  });
  test.each(WATCHES.map(({ path, events }, index) => [path, index, events] as const))('%s', (_, index, events) => {
    expect(told.live[index]).toEqual(events);
    expect(told.later[index]).toEqual(events);
  });
});

describe('versions that are forgotten', () => {
  const cms = '/api/v1/namespaces/default/configmaps';
  let before: string;
  let token: string;
  beforeAll(async () => {
    for (const name of ['a', 'b', 'c']) await ask(cluster, `POST ${cms}`, { body: { metadata: { name } } });
    const { body } = await ask(cluster, `GET ${cms}?limit=1`);
    before = body.metadata.resourceVersion;
    token = body.metadata.continue;
    await ask(cluster, `DELETE ${cms}/b`);
    cluster.compact();
  });

  test('a watch of one ends with an event that says 410', async () => {
    const { status, text } = await ask(cluster, `GET ${cms}?watch=1&resourceVersion=${before}`);
    const { type, object } = JSON.parse(text);
    expect([status, type, object.code, object.reason]).toEqual([200, 'ERROR', 410, 'Expired']);
    expect(object.message).toBe(`too old resource version: ${before} (${Number(before) + 1})`);
  });

  test('an exact list of one is answered with 410', async () => {
    const { status, body } = await ask(cluster, `GET ${cms}?resourceVersion=${before}&resourceVersionMatch=Exact`);
    expect([status, body.message]).toEqual([410, 'The resourceVersion for the provided list is too old.']);
  });

  test('the next page of one is answered with 410 and a token that goes on at the present', async () => {
    const { status, body } = await ask(cluster, `GET ${cms}?limit=1&continue=${token}`);
    expect([status, body.reason]).toEqual([410, 'Expired']);
    const next = await ask(cluster, `GET ${cms}?continue=${body.metadata.continue}`);
    expect(next.body.items.map((one: { metadata: { name: string } }) => one.metadata.name)).toEqual(['c']);
  });
});
