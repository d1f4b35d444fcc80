/** What watches see, for the embedded API server and for kube-apiserver alike. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeAccess } from '../../tools/control-plane.ts';
import { ask } from './ask.ts';

const meta = (kind: string) => ({ headers: { accept: `application/json;as=${kind};v=v1;g=meta.k8s.io` } });

interface Watch {
  /** Behind the URL of the namespace; `{rv}` is the version before the changes. */
  path: string;
  headers?: Record<string, string>;
  events: string[];
}

/** `k` of data and the labels are shown: `a:1{x=1}`. */
export const WATCHES: readonly Watch[] = [
  {
    path: 'configmaps?resourceVersion={rv}',
    events: [
      'ADDED a:1{x=1}',
      'MODIFIED a:2{x=1}',
      'MODIFIED a:3{x=2}',
      'MODIFIED a:4{x=2}',
      'MODIFIED a:4{x=1}',
      'MODIFIED old:0{}',
      'ADDED f:{x=1}',
      'MODIFIED f:{x=1}!',
      'DELETED f:{x=1}!',
      'DELETED a:4{x=1}',
      'DELETED old:0{}',
    ],
  },
  {
    // Into the selection, out of it, and into it again; the last state that was selected is what goes.
    path: 'configmaps?resourceVersion={rv}&labelSelector=x=1',
    events: [
      'ADDED a:1{x=1}',
      'MODIFIED a:2{x=1}',
      'DELETED a:2{x=1}',
      'ADDED a:4{x=1}',
      'DELETED old:0{x=1}',
      'ADDED f:{x=1}',
      'MODIFIED f:{x=1}!',
      'DELETED f:{x=1}!',
      'DELETED a:4{x=1}',
    ],
  },
  {
    path: 'configmaps?resourceVersion={rv}&labelSelector=x!=1',
    events: ['ADDED a:3{x=2}', 'MODIFIED a:4{x=2}', 'DELETED a:4{x=2}', 'ADDED old:0{}', 'DELETED old:0{}'],
  },
  {
    path: 'configmaps?resourceVersion={rv}&fieldSelector=metadata.name=old',
    events: ['MODIFIED old:0{}', 'DELETED old:0{}'],
  },
  {
    path: 'configmaps?resourceVersion={rv}&labelSelector=x=2&fieldSelector=metadata.name=old',
    events: [],
  },
  {
    path: 'configmaps?resourceVersion={rv}&labelSelector=x=1&fieldSelector=metadata.name=old',
    headers: meta('PartialObjectMetadata').headers,
    events: ['DELETED old:{x=1} PartialObjectMetadata'],
  },
  {
    path: 'configmaps?resourceVersion={rv}&fieldSelector=metadata.name=old',
    headers: meta('Table').headers,
    events: ['MODIFIED 3 columns old,1', 'DELETED no columns old,1'],
  },
  {
    path: 'pods?resourceVersion={rv}&fieldSelector=status.phase=Running',
    events: ['ADDED p:{} Running', 'DELETED p:{} Running'],
  },
  {
    path: 'pods?resourceVersion={rv}&fieldSelector=status.phase=Pending',
    events: ['ADDED p:{} Pending', 'DELETED p:{} Pending'],
  },
];

/** What is there to begin with, in different ways to ask for it; before any change. */
export const BEGINNINGS: readonly Watch[] = [
  { path: 'configmaps', events: ['ADDED old:0{x=1}'] },
  { path: 'configmaps?resourceVersion=0', events: ['ADDED old:0{x=1}'] },
  { path: 'configmaps?resourceVersion={rv}', events: [] },
  { path: 'configmaps?labelSelector=x=2', events: [] },
  { path: 'configmaps?sendInitialEvents=false&resourceVersionMatch=NotOlderThan', events: [] },
  { path: 'configmaps?sendInitialEvents=true&resourceVersionMatch=NotOlderThan', events: ['ADDED old:0{x=1}'] },
  {
    path: 'configmaps?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    events: ['ADDED old:0{x=1}', 'BOOKMARK k8s.io/initial-events-end=true'],
  },
  {
    path: 'configmaps?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion={rv}&labelSelector=x=2',
    events: ['BOOKMARK k8s.io/initial-events-end=true'],
  },
  {
    path: 'configmaps?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=x=2',
    headers: meta('Table').headers,
    events: ['BOOKMARK 3 columns ,0 k8s.io/initial-events-end=true'],
  },
  { path: 'configmaps?resourceVersion={rv}&allowWatchBookmarks=true', events: [] },
  {
    path: 'configmaps?resourceVersion=99999999&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
    events: ['ERROR 504 Timeout Too large resource version: 99999999'],
  },
];

/**
 * Gives what each watch tells: from before the changes, while they come, and once more when they have come. `quietMs` is
 * how long a server may take to tell something.
 */
export async function watchAll(access: KubeAccess, namespace: string, quietMs: number) {
  const base = `/api/v1/namespaces/${namespace}`;
  const send = (line: string, body?: object) => ask(access, line, body && { body });
  await send('POST /api/v1/namespaces', { metadata: { name: namespace } });
  await send(`POST ${base}/configmaps`, { metadata: { name: 'old', labels: { x: '1' } }, data: { k: '0' } });
  const rv: string = (await send(`GET ${base}/configmaps`)).body.metadata.resourceVersion;
  const watch = async (watches: readonly Watch[], meanwhile: () => Promise<void> = () => Promise.resolve()) => {
    const enough = new AbortController();
    const begun: Promise<void>[] = [];
    const open = watches.map(async ({ path, headers }) => {
      const line = `GET ${base}/${path.replace('{rv}', rv)}${path.includes('?') ? '&' : '?'}watch=true`;
      const { promise, resolve } = Promise.withResolvers<void>();
      begun.push(promise);
      const answer = await ask(access, line, { enough: enough.signal, begun: resolve, ...(headers && { headers }) });
      return answer.text.split('\n').filter(Boolean).map(eventOf);
    });
    // Until all have begun; a request that fails ends the wait.
    await Promise.race([Promise.all(begun), Promise.all(open)]);
    await sleep(quietMs);
    await meanwhile();
    await sleep(quietMs);
    enough.abort();
    return Promise.all(open);
  };
  const beginnings = await watch(BEGINNINGS);
  const live = await watch(WATCHES, () => change(access, base));
  return { beginnings, live, later: await watch(WATCHES) };
}

async function change(access: KubeAccess, base: string): Promise<void> {
  const send = (line: string, body?: object) => ask(access, line, body && { body });
  const post = (path: string, metadata: object, more: object = {}) =>
    send(`POST ${base}/${path}`, { metadata, ...more });
  const patch = (path: string, body: object) => send(`PATCH ${base}/${path}`, body);
  const label = (x: string | null) => ({ metadata: { labels: { x } } });
  await post('configmaps', { name: 'a', labels: { x: '1' } }, { data: { k: '1' } });
  await patch('configmaps/a', { data: { k: '2' } });
  await patch('configmaps/a', { ...label('2'), data: { k: '3' } });
  await patch('configmaps/a', { data: { k: '4' } });
  await patch('configmaps/a', label('1'));
  // Nothing changes: nobody is told.
  await patch('configmaps/a', label('1'));
  await patch('configmaps/old', label(null));
  await post('configmaps', { name: 'f', labels: { x: '1' }, finalizers: ['x.y/z'] });
  await send(`DELETE ${base}/configmaps/f`);
  await patch('configmaps/f', { metadata: { finalizers: null } });
  await send(`DELETE ${base}/configmaps/a`);
  await send(`DELETE ${base}/configmaps/old`);
  await post('pods', { name: 'p' }, { spec: { containers: [{ name: 'a', image: 'a' }] } });
  await patch('pods/p/status', { status: { phase: 'Running' } });
  await patch('pods/p/status', { status: { phase: 'Succeeded' } });
}

interface Shown {
  kind: string;
  code?: number;
  reason?: string;
  message?: string;
  metadata?: { name?: string; labels?: object; deletionTimestamp?: string; annotations?: object };
  data?: { k?: string };
  status?: { phase?: string };
  columnDefinitions?: object[] | null;
  rows?: { cells: unknown[]; object: Shown }[];
}

function eventOf(line: string): string {
  const { type, object } = JSON.parse(line) as { type: string; object: Shown };
  const { kind, metadata = {}, data, columnDefinitions, rows } = object;
  const pairs = (some: object = {}) =>
    Object.entries(some)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join();
  if (type === 'ERROR')
    return `ERROR ${object.code} ${object.reason} ${object.message?.replace(/^Timeout: |, current.*/g, '')}`;
  if (kind === 'Table') {
    const [row] = rows ?? [];
    const columns = columnDefinitions ? `${columnDefinitions.length} columns` : 'no columns';
    const noted = pairs(row?.object.metadata?.annotations);
    return `${type} ${columns} ${row?.cells.slice(0, 2).join()}${noted && ` ${noted}`}`;
  }
  if (type === 'BOOKMARK') return `BOOKMARK ${pairs(metadata.annotations)}`;
  const phase = kind === 'Pod' ? ` ${object.status?.phase}` : '';
  const form = kind === 'PartialObjectMetadata' ? ` ${kind}` : '';
  const going = metadata.deletionTimestamp ? '!' : '';
  return `${type} ${metadata.name}:${data?.k ?? ''}{${pairs(metadata.labels)}}${going}${phase}${form}`;
}
