/**
 * Scenes of garbage collection, for the embedded API server and for kube-controller-manager alike. A ConfigMap is written
 * `name`, `name![finalizers]<-owner*`: `!` is being deleted, `*` an owner whose deletion it blocks, `name@b` lives in the
 * scene's second namespace. `?o` is an owner of o's name with another uid, `role:r` a ClusterRole, `Foo:x` of no known kind.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { KubeAccess } from '../../tools/control-plane.ts';
import { ask } from '../server/ask.ts';

/** What is done, and after `=` what is there in the end; `-` is nothing. */
export type Scene = readonly [title: string, ...steps: string[]];

export const SCENES: readonly Scene[] = [
  ['in the background', 'make o', 'make m<-o', 'make l<-m', 'make free', '= free l<-m m<-o o', 'delete o', '= free'],
  ['a dependent with a finalizer', 'make o', 'make m[x.y/z]<-o', 'delete o', '= m![x.y/z]<-o', 'free m', '= -'],
  ['in the foreground, without dependents', 'make o', 'delete o Foreground', '= -'],
  [
    'in the foreground: who blocks goes first',
    'make o',
    'make m[x.y/z]<-o*',
    'make l<-m*',
    'make n<-o',
    'delete o Foreground',
    '= m![x.y/z]<-o* o![foregroundDeletion]',
    'free m',
    '= -',
  ],
  ['in the foreground, nobody blocks', 'make o', 'make n[x.y/z]<-o', 'delete o Foreground', '= n![x.y/z]<-o'],
  [
    'in the foreground, down a chain',
    'make o',
    'make m<-o*',
    'make l<-m*',
    'make k[x.y/z]<-l*',
    'delete o Foreground',
    '= k![x.y/z]<-l* l![foregroundDeletion]<-m* m![foregroundDeletion]<-o* o![foregroundDeletion]',
    'free k',
    '= -',
  ],
  [
    'in the foreground, then in the background',
    'make o',
    'make m[x.y/z]<-o*',
    'delete o Foreground',
    '= m![x.y/z]<-o* o![foregroundDeletion]',
    'delete o Background',
    '= m![x.y/z]<-o*',
  ],
  ['orphans', 'make o', 'make p', 'make m<-o', 'make two<-o,p', 'delete o Orphan', '= m p two<-p'],
  ['orphans of an owner that stays', 'make o[x.y/z]', 'make m<-o', 'delete o Orphan', '= m o![x.y/z]'],
  ['the finalizer of orphans by hand', 'make o[orphan]', 'make m<-o', 'delete o', '= m'],
  ['a dependent that orphans its own', 'make o', 'make m[orphan]<-o', 'make l<-m', 'delete o', '= l'],
  ['two owners', 'make o', 'make p', 'make two<-o,p', 'delete o', '= p two<-p', 'delete p', '= -'],
  [
    'two owners, one in the foreground, which waits no longer',
    'make o',
    'make p',
    'make two<-o*,p',
    'delete o Foreground',
    '= p two<-p',
  ],
  ['a circle', 'make o', 'make p<-o*', 'own o<-p*', '= o<-p* p<-o*', 'delete o Foreground', '= -'],
  ['its own owner', 'make o', 'own o<-o', '= o<-o'],
  ['an owner of another uid', 'make o', 'make m<-?o', 'make half<-?o,o', '= half<-o o'],
  ['an owner that never was', 'make m<-?nowhere', '= -'],
  ['an owner in another namespace', 'make o', 'make far@b<-o', '= o'],
  ['an owner of an unknown kind', 'make m<-Foo:x', 'make mixed<-Foo:x,?nowhere', '= m<-x mixed<-x,nowhere'],
  ['an owner without a namespace', 'role', 'make m<-role:r', 'make far@b<-role:r', '= far@b<-r m<-r', 'unrole', '= -'],
  ['a namespaced owner of a ClusterRole', 'make o', 'role<-o', '= o role:r', 'delete o', '= role:r', 'unrole', '= -'],
  ['a reference that comes too late', 'make o', 'make late', 'delete o', '= late', 'own late<-o', '= -'],
  ['a reference that goes in time', 'make o', 'make m<-o', 'own m', 'delete o', '= m'],
  ['an owner that comes again', 'make o', 'make m<-o', 'delete o', 'make o', '= o'],
];

const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

interface Reference {
  name: string;
  blockOwnerDeletion?: boolean;
}

/** Plays a scene in namespaces of its own; `waitMs` is how long the controllers may take, `stillMs` how long nothing may change. */
export async function play(
  access: KubeAccess,
  namespace: string,
  steps: readonly string[],
  { waitMs, stillMs }: { waitMs: number; stillMs: number },
): Promise<void> {
  const uids = new Map<string, string>();
  const role = `${namespace}-r`;
  const path = (name = '') => {
    const [own, where = ''] = name.split('@');
    return `/api/v1/namespaces/${namespace}${where}/configmaps${own ? `/${own}` : ''}`;
  };
  const done = async (line: string, body?: object) => {
    const answer = await ask(access, line, body && { body });
    if (answer.status >= 300) throw new Error(`${line}: ${answer.text}`);
    return answer.body;
  };
  const owners = (text = '') =>
    text
      .split(',')
      .filter(Boolean)
      .map((one) => {
        const blockOwnerDeletion = one.endsWith('*');
        const [, mark = '', name = ''] = /^(\?|role:|Foo:|)(\w+)\*?$/.exec(one) ?? [];
        const more = { blockOwnerDeletion };
        if (mark === 'Foo:') return { apiVersion: 'foo/v1', kind: 'Foo', name, uid: 'foo', ...more };
        if (mark === 'role:')
          return {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRole',
            name: role,
            uid: uids.get(role),
            ...more,
          };
        return {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name,
          uid: mark === '?' ? `not-${name}` : uids.get(name),
          ...more,
        };
      });
  const state = async (): Promise<string> => {
    const found: string[] = [];
    for (const where of ['', 'b']) {
      const { items } = await done(`GET /api/v1/namespaces/${namespace}${where}/configmaps`);
      for (const { metadata } of items) {
        const { name, deletionTimestamp, finalizers, ownerReferences = [] } = metadata;
        if (name === 'kube-root-ca.crt') continue;
        const refs = ownerReferences.map(
          (one: Reference) => one.name.replace(role, 'r') + (one.blockOwnerDeletion ? '*' : ''),
        );
        found.push(
          `${name}${where && '@b'}${deletionTimestamp ? '!' : ''}${finalizers ? `[${finalizers.join()}]` : ''}` +
            (refs.length > 0 ? `<-${refs.join()}` : ''),
        );
      }
    }
    if ((await ask(access, `GET ${ROLES}/${role}`)).status === 200 && steps.some((one) => one.startsWith('role<-'))) {
      found.push('role:r');
    }
    return found.sort().join(' ') || '-';
  };
  for (const where of ['', 'b']) await done('POST /api/v1/namespaces', { metadata: { name: `${namespace}${where}` } });
  for (const step of steps) {
    const [, verb = '', name = '', finalizers, refs, policy] =
      /^(\w+|=) ?([\w@]*)(?:\[(.*?)\])?(?:<-(\S+))?(?: (\w+))?$/.exec(step) ?? [];
    const metadata = { ownerReferences: owners(refs), ...(finalizers && { finalizers: finalizers.split(',') }) };
    if (step.startsWith('= ')) {
      const wanted = step.slice(2);
      for (const end = Date.now() + waitMs; Date.now() < end && (await state()) !== wanted; ) await sleep(20);
      await sleep(stillMs);
      expect(await state(), `${steps.slice(0, steps.indexOf(step)).join('; ')}`).toBe(wanted);
    } else if (verb === 'make') {
      const [own = '', where = ''] = name.split('@');
      const { metadata: made } = await done(`POST ${path(where && `@${where}`)}`, {
        metadata: { name: own, ...metadata },
      });
      uids.set(own, made.uid);
    } else if (verb === 'role') {
      uids.set(role, (await done(`POST ${ROLES}`, { metadata: { name: role, ...metadata } })).metadata.uid);
    } else if (verb === 'unrole') await done(`DELETE ${ROLES}/${role}`);
    else if (verb === 'own') await done(`PATCH ${path(name)}`, { metadata });
    else if (verb === 'free') await done(`PATCH ${path(name)}`, { metadata: { finalizers: null } });
    else if (verb === 'delete') await done(`DELETE ${path(name)}${policy ? `?propagationPolicy=${policy}` : ''}`);
    else throw new Error(`no such step: ${step}`);
  }
}
