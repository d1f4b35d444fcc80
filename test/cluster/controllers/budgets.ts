/** Budgets and their pods, for the embedded API server and for kube-controller-manager alike, and what the status says. */
import { waitFor } from '../../support/wait.ts';
import type { KubeAccess } from '../../tools/control-plane.ts';
import { ask } from '../server/ask.ts';

interface Scene {
  spec: object;
  /** Pods by their owner's name; a name with `-` is not ready. */
  pods: Readonly<Record<string, readonly string[]>>;
  /** expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed */
  counts: readonly [number, number, number, number];
  /** The condition's reason and message. */
  says: string;
}

const ENOUGH = 'SufficientPods ';
const TOO_FEW = 'InsufficientPods ';

/** `rs` wants four pods; `web-1` wants two, but its Deployment `web` three; a DaemonSet says nothing. */
export const BUDGET_SCENES: Readonly<Record<string, Scene>> = {
  number: { spec: { minAvailable: 1 }, pods: { '': ['a', 'b'] }, counts: [2, 2, 1, 1], says: ENOUGH },
  'not-ready': { spec: { minAvailable: 1 }, pods: { rs: ['a', 'b-'] }, counts: [2, 1, 1, 0], says: TOO_FEW },
  percentage: { spec: { minAvailable: '51%' }, pods: { rs: ['a', 'b', 'c', 'd'] }, counts: [4, 4, 3, 1], says: ENOUGH },
  few: { spec: { maxUnavailable: '30%' }, pods: { rs: ['a', 'b', 'c-'] }, counts: [4, 2, 2, 0], says: TOO_FEW },
  both: { spec: { maxUnavailable: 5 }, pods: { rs: ['a'], 'web-1': ['b'] }, counts: [7, 2, 2, 0], says: TOO_FEW },
  unmanaged: { spec: { maxUnavailable: 3 }, pods: { '': ['a'], rs: ['b'] }, counts: [4, 2, 1, 1], says: ENOUGH },
  none: { spec: { minAvailable: 0 }, pods: {}, counts: [0, 0, 0, 0], says: TOO_FEW },
  daemons: {
    spec: { maxUnavailable: 1 },
    pods: { d: ['a'] },
    counts: [0, 0, 0, 0],
    says: 'SyncFailed daemonsets.apps does not implement the scale subresource',
  },
  lost: {
    spec: { maxUnavailable: 1 },
    pods: { gone: ['a'] },
    counts: [0, 0, 0, 0],
    says: 'SyncFailed found no controllers for pod "a"',
  },
};

const labels = { app: 'web' };
const selector = { matchLabels: labels };
const podSpec = {
  nodeName: 'nowhere',
  automountServiceAccountToken: false,
  containers: [{ name: 'c', image: 'i' }],
};
const template = { metadata: { labels }, spec: { containers: podSpec.containers } };

/** Plays a scene in a namespace of its own; done when the status says what it should, and fails when it never does. */
export async function count(access: KubeAccess, namespace: string, scene: Scene): Promise<void> {
  const send = async (line: string, body: object) => {
    const answer = await ask(access, line.replace('NS', `namespaces/${namespace}`), { body });
    if (answer.status >= 300) throw new Error(`${line}: ${answer.text}`);
    return answer.body;
  };
  const owners = new Map<string, object>();
  const own = async (kind: string, name: string, spec: object, above?: string) => {
    const metadata = { name, ...(above && { ownerReferences: [owners.get(above)] }) };
    const path = `/apis/apps/v1/NS/${kind.toLowerCase()}s`;
    const made = await send(`POST ${path}`, { metadata, spec: { selector, template, ...spec } });
    owners.set(name, { apiVersion: 'apps/v1', kind, name, uid: made.metadata.uid, controller: true });
  };
  await send('POST /api/v1/namespaces', { metadata: { name: namespace } });
  await own('ReplicaSet', 'rs', { replicas: 4 });
  await own('Deployment', 'web', { replicas: 3 });
  await own('ReplicaSet', 'web-1', { replicas: 2 }, 'web');
  await own('DaemonSet', 'd', {});
  owners.set('gone', { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'gone', uid: 'gone', controller: true });
  for (const [owner, names] of Object.entries(scene.pods)) {
    for (const one of names) {
      const name = one.replace('-', '');
      const metadata = { name, labels, ...(owner && { ownerReferences: [owners.get(owner)] }) };
      await send('POST /api/v1/NS/pods', { metadata, spec: podSpec });
      const conditions = [{ type: 'Ready', status: one === name ? 'True' : 'False' }];
      await send(`PATCH /api/v1/NS/pods/${name}/status`, { status: { phase: 'Running', conditions } });
    }
  }
  const path = '/apis/policy/v1/NS/poddisruptionbudgets';
  await send(`POST ${path}`, { metadata: { name: 'web' }, spec: { selector, ...scene.spec } });
  let last = '';
  const [expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed] = scene.counts;
  // A budget whose pods could not be counted was looked at by nobody.
  const observed = scene.says.startsWith('SyncFailed') ? undefined : 1;
  const status = disruptionsAllowed > 0 ? 'True' : 'False';
  const wanted = JSON.stringify([
    expectedPods,
    currentHealthy,
    desiredHealthy,
    disruptionsAllowed,
    observed,
    status,
    scene.says,
  ]);
  const look = async () => {
    const { body } = await ask(access, `GET ${path.replace('NS', `namespaces/${namespace}`)}/web`);
    const { conditions = [], ...counts } = body.status ?? {};
    const [condition = {}] = conditions;
    last = JSON.stringify([
      counts.expectedPods,
      counts.currentHealthy,
      counts.desiredHealthy,
      counts.disruptionsAllowed,
      counts.observedGeneration,
      condition.status,
      `${condition.reason} ${condition.message}`,
    ]);
    return last === wanted;
  };
  await waitFor(look, { what: wanted, timeoutMs: 15_000 }).catch((error: unknown) => {
    throw new Error(`${namespace}: ${last} and not ${wanted}`, { cause: error });
  });
}
