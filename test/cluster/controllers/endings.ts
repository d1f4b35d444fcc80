/** How namespaces end, for the embedded API server and for kube-controller-manager alike. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { KubeAccess } from '../../tools/control-plane.ts';
import { ask } from '../server/ask.ts';

const made = (kind: string, name: string, more: object = {}, spec?: object): [string, object] => [
  kind,
  { metadata: { name, ...more }, ...spec },
];
const held = (kind: string, name: string, ...finalizers: string[]) => made(kind, name, { finalizers });
const free = (path: string): [string, object] => [`PATCH ${path}`, { metadata: { finalizers: null } }];
const pod = (more: object) =>
  made('pods', 'p', more, { spec: { nodeName: 'n', containers: [{ name: 'a', image: 'a' }] } });
const finalize = (...finalizers: string[]): [string, object] => [
  'PUT finalize',
  { metadata: { name: 'NS' }, spec: { finalizers } },
];
const DELETE: [string, object] = ['DELETE', {}];
/** Whoever uses `default` finds it without its controller, too. */
const ACCOUNT = made('serviceaccounts', 'default');

const FINE =
  'NamespaceDeletionDiscoveryFailure=False NamespaceDeletionGroupVersionParsingFailure=False ' +
  'NamespaceDeletionContentFailure=False NamespaceContentRemaining=False NamespaceFinalizersRemaining=False';
const gone = (what = '') => `gone: ${what}`;

/** Requests, and after them what there is; a text is what has to come of those before it. */
export type Ending = readonly [title: string, ...steps: (readonly [string, object] | string)[]];

export const ENDINGS: readonly Ending[] = [
  ['an empty one', DELETE, gone()],
  [
    'content goes with it',
    made('configmaps', 'a'),
    made('secrets', 'b'),
    made('services', 's', {}, { spec: { ports: [{ port: 80 }] } }),
    DELETE,
    gone(),
  ],
  [
    'content that is held is told of',
    held('configmaps', 'a', 'x.y/z'),
    held('configmaps', 'b', 'x.y/z', 'another/one'),
    held('secrets', 'c', 'x.y/z'),
    made('configmaps', 'd'),
    DELETE,
    'Terminating [kubernetes] NamespaceDeletionDiscoveryFailure=False NamespaceDeletionGroupVersionParsingFailure=False ' +
      'NamespaceDeletionContentFailure=False NamespaceContentRemaining=True (Some resources are remaining: configmaps. has 2 ' +
      'resource instances, secrets. has 1 resource instances) NamespaceFinalizersRemaining=True (Some content in the ' +
      'namespace has finalizers remaining: another/one in 1 resource instances, x.y/z in 3 resource instances): ' +
      'configmaps/a! configmaps/b! secrets/c!',
    free('configmaps/a'),
    free('secrets/c'),
    'Terminating [kubernetes] NamespaceDeletionDiscoveryFailure=False NamespaceDeletionGroupVersionParsingFailure=False ' +
      'NamespaceDeletionContentFailure=False NamespaceContentRemaining=True (Some resources are remaining: configmaps. has 1 ' +
      'resource instances) NamespaceFinalizersRemaining=True (Some content in the namespace has finalizers remaining: ' +
      'another/one in 1 resource instances, x.y/z in 1 resource instances): configmaps/b!',
    free('configmaps/b'),
    gone(),
  ],
  [
    'pods go first',
    ACCOUNT,
    pod({ finalizers: ['x.y/z'] }),
    made('configmaps', 'a'),
    held('secrets', 's', 'x.y/z'),
    DELETE,
    `Terminating [kubernetes] ${FINE}: configmaps/a pods/p! secrets/s`,
  ],
  [
    'a finalizer of its own',
    ['PATCH', { metadata: { finalizers: ['x.y/own'] } }],
    made('configmaps', 'a'),
    DELETE,
    `Terminating [] ${FINE}: `,
    ['PATCH', { metadata: { finalizers: null } }],
    gone(),
  ],
  [
    'a further finalizer in spec',
    made('configmaps', 'a'),
    finalize('kubernetes', 'x.y/more'),
    DELETE,
    `Terminating [x.y/more] ${FINE}: `,
    finalize(),
    gone(),
  ],
  [
    'without a finalizer in spec nothing is looked after',
    made('configmaps', 'a'),
    finalize(),
    DELETE,
    'Terminating []: configmaps/a',
    DELETE,
    gone('configmaps/a'),
  ],
  ['no orphans are left', made('configmaps', 'a'), ['DELETE ?propagationPolicy=Orphan', {}], gone()],
];

const KINDS = ['configmaps', 'pods', 'secrets', 'services'];

async function stateOf(access: KubeAccess, base: string): Promise<string> {
  const { body, status } = await ask(access, `GET ${base}`);
  const left: string[] = [];
  for (const kind of KINDS) {
    for (const { metadata } of (await ask(access, `GET ${base}/${kind}`)).body.items) {
      if (metadata.name === 'kube-root-ca.crt') continue;
      left.push(`${kind}/${metadata.name}${metadata.deletionTimestamp ? '!' : ''}`);
    }
  }
  if (status === 404) return `gone: ${left.join(' ')}`;
  const conditions = (body.status.conditions ?? []).map(
    ({ type, status, message }: { type: string; status: string; message: string }) =>
      `${type}=${status}${status === 'True' ? ` (${message})` : ''}`,
  );
  const head = [body.status.phase, `[${(body.spec.finalizers ?? []).join()}]`, ...conditions].join(' ');
  return `${head}: ${left.join(' ')}`;
}

/** Ends a namespace; the controllers may take `waitMs` for each step, and may change nothing more for `stillMs`. */
export async function end(
  access: KubeAccess,
  namespace: string,
  steps: Ending,
  { waitMs, stillMs }: { waitMs: number; stillMs: number },
): Promise<void> {
  const base = `/api/v1/namespaces/${namespace}`;
  const done = async (line: string, body: object) => {
    const answer = await ask(access, line, { body: JSON.stringify(body).replaceAll('"NS"', `"${namespace}"`) });
    if (answer.status >= 300 && answer.body?.reason !== 'AlreadyExists') throw new Error(`${line}: ${answer.text}`);
  };
  await done('POST /api/v1/namespaces', { metadata: { name: namespace } });
  const [title, ...rest] = steps;
  for (const step of rest) {
    if (typeof step === 'string') {
      for (const last = Date.now() + waitMs; Date.now() < last && (await stateOf(access, base)) !== step; )
        await sleep(20);
      await sleep(stillMs);
      expect(await stateOf(access, base), title).toBe(step);
      continue;
    }
    const [line, body] = step;
    const [, method, path = ''] = /^([A-Z]+)(?: (.*))?$/.exec(line) ?? [];
    if (!method) await done(`POST ${base}/${line}`, body);
    else await done(`${method} ${base}${path && !path.startsWith('?') ? `/${path}` : path}`, body);
  }
}
