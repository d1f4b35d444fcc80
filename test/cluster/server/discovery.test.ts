import { describe, expect, test } from 'vitest';
import { requestInfo } from '../../../src/cluster/auth/request-info.ts';
import { findResource, SERVED } from '../../../src/cluster/registry/kinds.ts';
import { aggregated, groupList, resourceList } from '../../../src/cluster/server/discovery.ts';
import { eventEncoder } from '../../../src/cluster/server/encode.ts';
import { healthPaths, healthText } from '../../../src/cluster/server/health.ts';
import { isReviewRoute, routeOf } from '../../../src/cluster/server/routes.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- documents of several forms
type Document = any;

describe('discovery', () => {
  test('the old documents and the aggregated one tell the same', () => {
    const told: string[] = [];
    for (const group of [...(aggregated(true) as Document).items, ...(aggregated(false) as Document).items]) {
      const { name = '' } = group.metadata;
      for (const { version, resources } of group.versions) {
        for (const one of resources) {
          told.push(`${name}/${version}/${one.resource} ${one.scope === 'Namespaced'} ${one.verbs.join()}`);
          for (const part of one.subresources ?? []) {
            told.push(
              `${name}/${version}/${one.resource}/${part.subresource} ${one.scope === 'Namespaced'} ${part.verbs.join()}`,
            );
          }
        }
      }
    }
    const groups = (groupList() as Document).groups;
    const old = [{ name: '', versions: [{ version: 'v1' }] }, ...groups].flatMap(({ name, versions }: Document) =>
      versions.flatMap(({ version }: Document) =>
        (resourceList(name, version) as Document).resources.map(
          (one: Document) => `${name}/${version}/${one.name} ${one.namespaced} ${one.verbs.join()}`,
        ),
      ),
    );
    expect(new Set(told)).toEqual(new Set(old));
    expect(told).toHaveLength(old.length);
  });

  test('kinds of the own group version go without it, others are named', () => {
    const [core] = (aggregated(true) as Document).items;
    const pods = core.versions[0].resources.find((one: Document) => one.resource === 'pods');
    expect(pods.responseKind).toEqual({ group: '', version: '', kind: 'Pod' });
    const kinds = pods.subresources.map((one: Document) => [one.subresource, one.responseKind]);
    expect(Object.fromEntries(kinds)).toMatchObject({
      status: { group: '', version: '', kind: 'Pod' },
      eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
    });
  });
});

describe('routes', () => {
  const route = (line: string) => {
    const [method = '', url = ''] = line.split(' ');
    const [path = '', query] = url.split('?');
    const info = requestInfo(method, path, new URLSearchParams(query));
    const kind = info && findResource(info.group, info.version, info.resource);
    const found = info && kind && routeOf(info, kind);
    return found && [found.name, found.subresource, found.methods.join(' ')].join('|');
  };
  test.each<[string, string | undefined]>([
    ['GET /api/v1/pods', '||GET'],
    ['GET /api/v1/namespaces/n/pods', '||GET POST DELETE'],
    ['GET /api/v1/namespaces/n/pods/', '||GET POST DELETE'],
    ['GET /api/v1/namespaces/n/pods?fieldSelector=metadata.name=p', '||GET POST DELETE'],
    ['GET /api/v1/namespaces/n/pods/p', 'p||GET PUT PATCH DELETE'],
    ['GET /api/v1/namespaces/n/pods/p/status', 'p|status|GET PATCH PUT'],
    ['GET /api/v1/namespaces/n/pods/p/status/x', undefined],
    ['GET /api/v1/namespaces/n/pods/p/binding', 'p|binding|POST'],
    ['GET /api/v1/namespaces/n/pods/p/log', 'p|log|GET'],
    ['GET /api/v1/namespaces/n/pods/p/log/x', undefined],
    ['GET /api/v1/namespaces/n/pods/p/proxy/x/y', 'p|proxy|GET PUT PATCH DELETE POST'],
    ['GET /api/v1/namespaces/n/configmaps/p/log', undefined],
    ['GET /api/v1/pods/p', undefined],
    ['GET /api/v1/namespaces', '||GET POST'],
    ['GET /api/v1/namespaces/n', 'n||GET PUT PATCH DELETE'],
    ['GET /api/v1/namespaces/n/status', 'n|status|GET PATCH PUT'],
    ['GET /api/v1/namespaces/n/finalize', 'n|finalize|PUT'],
    ['GET /api/v1/namespaces/n/namespaces', undefined],
    ['GET /api/v1/namespaces/n/nodes', undefined],
    ['GET /api/v1/nodes/n', 'n||GET PUT PATCH DELETE'],
    ['GET /apis/apps/v1/namespaces/n/deployments/d/scale', 'd|scale|GET PATCH PUT'],
    ['GET /api/v1/watch/pods', '||GET'],
    ['GET /api/v1/watch/namespaces/n/pods/p', 'p||GET'],
    ['GET /api/v1/watch/namespaces/n/pods/p/status', undefined],
    ['GET /api/v1/watch/pods/p', undefined],
  ])('%s', (line, expected) => {
    expect(route(line)).toBe(expected);
  });

  test.each<[string, boolean, boolean]>([
    ['/apis/authorization.k8s.io/v1/reviews', false, true],
    ['/apis/authorization.k8s.io/v1/reviews/x', false, false],
    ['/apis/authorization.k8s.io/v1/watch/reviews', false, false],
    ['/apis/authorization.k8s.io/v1/reviews', true, false],
    ['/apis/authorization.k8s.io/v1/namespaces/n/reviews', true, true],
    ['/apis/authorization.k8s.io/v1/namespaces/n/reviews', false, false],
  ])('a review at %s, namespaced: %s', (path, namespaced, expected) => {
    const info = requestInfo('POST', path, new URLSearchParams());
    expect(info && isReviewRoute(info, { resource: 'reviews', namespaced })).toBe(expected);
  });
});

test.each<[string, string | undefined]>([
  ['/livez', 'ok'],
  ['/livez?exclude=ping', 'ok'],
  ['/livez?verbose', '[+]ping ok\n[+]log ok\n[+]etcd ok\nlivez check passed\n'],
  ['/healthz?verbose&exclude=log', '[+]ping ok\n[+]log excluded: ok\n[+]etcd ok\nhealthz check passed\n'],
  [
    '/healthz?verbose&exclude=y&exclude=x',
    '[+]ping ok\n[+]log ok\n[+]etcd ok\nwarn: some health checks cannot be excluded: no matches for "x","y"\nhealthz check passed\n',
  ],
  ['/readyz/shutdown?verbose', 'ok'],
  ['/livez/shutdown', undefined],
  ['/livez/', undefined],
  ['/constructor', undefined],
  ['/version', undefined],
])('health at %s', (url, expected) => {
  const [path = '', query] = url.split('?');
  expect(healthText(path, new URLSearchParams(query))).toBe(expected);
});

test('each path of health answers', () => {
  for (const path of healthPaths()) expect(healthText(path, new URLSearchParams())).toBe('ok');
});

test.each(SERVED.map((kind) => [kind.qualified, kind.apiVersion, kind] as const))(
  'a bookmark of %s %s as a table is a row of nothing but a version',
  (_, __, kind) => {
    const encoder = eventEncoder(kind, { type: 'json', as: 'Table', version: 'v1' }, 'Metadata', () => 0);
    const { object } = JSON.parse(encoder.bookmark(7, true) as string);
    const [row] = object.rows;
    expect([object.metadata, row.object.metadata.resourceVersion]).toEqual([{ resourceVersion: '7' }, '7']);
    // Upstream's IPAddresses have an age that no column is defined for.
    expect(row.cells.length).toBe(object.columnDefinitions.length + (kind.kind === 'IPAddress' ? 1 : 0));
    expect(JSON.stringify(row.cells)).not.toContain('undefined');
  },
);
