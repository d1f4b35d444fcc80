/** What people do with kubectl to Deployments and DaemonSets, for the embedded cluster and for kube-controller-manager alike. */
import { expect } from 'vitest';
import { waitFor } from '../../support/wait.ts';
import type { KubeAccess } from '../../tools/control-plane.ts';
import type { Kubectl } from '../clients/kubectl.ts';
import { ask } from '../server/ask.ts';

/** A command, the end of what it prints (names' hashes left out), and what there is some time after it. */
export type Step = readonly [command: string, prints: string, then?: string];

const MANIFEST = 'create -f - ';

/** `1:0 2:3` are ReplicaSets by their revisions, each with its replicas (`+n`: not available). */
export const DEPLOYMENT: readonly Step[] = [
  [
    'create deployment web --image=nginx --replicas=3',
    'deployment.apps/web created',
    '1:3 | 3/3 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  ['annotate deployment/web kubernetes.io/change-cause=second', 'deployment.apps/web annotated'],
  ['set image deployment/web nginx=nginx:2', 'deployment.apps/web image updated'],
  [
    'rollout status deployment/web',
    'deployment "web" successfully rolled out',
    '1:0 2:3 | 3/3 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  ['rollout history deployment/web', 'REVISION  CHANGE-CAUSE\n1         second\n2         second'],
  [
    'rollout undo deployment/web',
    'deployment.apps/web rolled back',
    '2:0 3:3 | 3/3 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  [
    'rollout undo deployment/web --to-revision=2',
    'deployment.apps/web rolled back',
    '3:0 4:3 | 3/3 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  ['rollout undo deployment/web --to-revision=1', 'error: unable to find specified revision 1 in history'],
  [
    'scale deployment/web --replicas=5',
    'deployment.apps/web scaled',
    '3:0 4:5 | 5/5 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  ['rollout pause deployment/web', 'deployment.apps/web paused'],
  [
    'set image deployment/web nginx=nginx:3',
    'deployment.apps/web image updated',
    '3:0 4:5 | 5/5 | MinimumReplicasAvailable DeploymentPaused',
  ],
  [
    'scale deployment/web --replicas=2',
    'deployment.apps/web scaled',
    '3:0 4:2 | 2/2 | MinimumReplicasAvailable DeploymentPaused',
  ],
  [
    'rollout resume deployment/web',
    'deployment.apps/web resumed',
    '3:0 4:0 5:2 | 2/2 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  [
    'rollout restart deployment/web',
    'deployment.apps/web restarted',
    '3:0 4:0 5:0 6:2 | 2/2 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  [
    'patch deployment/web -p {"spec":{"progressDeadlineSeconds":2,"revisionHistoryLimit":1}}',
    'deployment.apps/web patched',
    '5:0 6:2 | 2/2 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  [
    'set image deployment/web nginx=broken',
    'deployment.apps/web image updated',
    '5:0 6:2 7:1+1 | 3/2 | MinimumReplicasAvailable ProgressDeadlineExceeded',
  ],
  ['rollout status deployment/web', 'error: deployment "web" exceeded its progress deadline'],
  [
    'scale deployment/web --replicas=4',
    'deployment.apps/web scaled',
    '5:0 6:3 7:2+2 | 5/3 | MinimumReplicasAvailable ProgressDeadlineExceeded',
  ],
  [
    'rollout undo deployment/web',
    'deployment.apps/web rolled back',
    '7:0 8:4 | 4/4 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  [
    'patch deployment/web -p {"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}',
    'deployment.apps/web patched',
  ],
  [
    'set image deployment/web nginx=nginx:4',
    'deployment.apps/web image updated',
    '8:0 9:4 | 4/4 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  [
    'scale deployment/web --replicas=0',
    'deployment.apps/web scaled',
    '8:0 9:0 | 0/0 | MinimumReplicasAvailable NewReplicaSetAvailable',
  ],
  ['delete deployment/web', 'deployment.apps "web" deleted from NAMESPACE namespace', ''],
];

const DAEMON = JSON.stringify({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'ds' },
  spec: {
    selector: { matchLabels: { app: 'ds' } },
    template: { metadata: { labels: { app: 'ds' } }, spec: { containers: [{ name: 'c', image: 'one' }] } },
  },
});

/** Desired/current/updated/available, and the ControllerRevisions. */
export const DAEMON_SET: readonly Step[] = [
  [`${MANIFEST}${DAEMON}`, 'daemonset.apps/ds created', '3/3/3/3 | 1'],
  ['set image daemonset/ds c=two', 'daemonset.apps/ds image updated', '3/3/3/3 | 1 2'],
  ['rollout status daemonset/ds', 'daemon set "ds" successfully rolled out'],
  ['rollout history daemonset/ds', 'REVISION  CHANGE-CAUSE\n1         <none>\n2         <none>'],
  ['rollout undo daemonset/ds', 'daemonset.apps/ds rolled back', '3/3/3/3 | 2 3'],
  ['rollout restart daemonset/ds', 'daemonset.apps/ds restarted', '3/3/3/3 | 2 3 4'],
  ['set image daemonset/ds c=broken', 'daemonset.apps/ds image updated', '3/3/1/2 | 2 3 4 5'],
  ['rollout undo daemonset/ds', 'daemonset.apps/ds rolled back', '3/3/3/3 | 2 3 5 6'],
  ['delete daemonset/ds', 'daemonset.apps "ds" deleted from NAMESPACE namespace', ''],
];

async function deploymentState(access: KubeAccess, namespace: string): Promise<string> {
  const base = `GET /apis/apps/v1/namespaces/${namespace}`;
  const { status, body } = await ask(access, `${base}/deployments/web`);
  const sets = (await ask(access, `${base}/replicasets`)).body.items;
  const pods = (await ask(access, `GET /api/v1/namespaces/${namespace}/pods`)).body.items;
  if (status === 404 && sets.length + pods.length === 0) return '';
  const seen = body.status?.observedGeneration === body.metadata?.generation;
  const told = sets
    // oxlint-disable-next-line typescript/no-explicit-any -- a ReplicaSet as JSON
    .map((set: any) => {
      const missing = set.spec.replicas - (set.status.availableReplicas ?? 0);
      const revision = set.metadata.annotations['deployment.kubernetes.io/revision'];
      return `${revision}:${set.spec.replicas}${missing > 0 ? `+${missing}` : ''}`;
    })
    .toSorted((a: string, b: string) => parseInt(a, 10) - parseInt(b, 10));
  const conditions = (body.status?.conditions ?? [])
    .toSorted((a: { type: string }, b: { type: string }) => (a.type < b.type ? -1 : 1))
    .map(({ reason }: { reason: string }) => reason);
  const counts = `${body.status?.replicas ?? 0}/${body.status?.availableReplicas ?? 0}`;
  return `${told.join(' ')} | ${counts} | ${conditions.join(' ')}${seen ? '' : ' (behind)'}`;
}

async function daemonState(access: KubeAccess, namespace: string): Promise<string> {
  const base = `GET /apis/apps/v1/namespaces/${namespace}`;
  const { status, body } = await ask(access, `${base}/daemonsets/ds`);
  const revisions = (await ask(access, `${base}/controllerrevisions`)).body.items;
  const pods = (await ask(access, `GET /api/v1/namespaces/${namespace}/pods`)).body.items;
  if (status === 404 && revisions.length + pods.length === 0) return '';
  const {
    desiredNumberScheduled: desired,
    currentNumberScheduled: current,
    updatedNumberScheduled: updated = 0,
    numberAvailable: available = 0,
    observedGeneration,
  } = body.status ?? {};
  const numbers = revisions
    .map(({ revision }: { revision: number }) => revision)
    .toSorted((a: number, b: number) => a - b);
  const behind = observedGeneration === body.metadata?.generation ? '' : ' (behind)';
  return `${desired}/${current}/${updated}/${available} | ${numbers.join(' ')}${behind}`;
}

/** Goes through the steps of a scene in a namespace of its own, and tells what comes of each. */
export async function play(
  access: KubeAccess,
  kubectl: Kubectl,
  namespace: string,
  steps: readonly Step[],
): Promise<void> {
  await ask(access, 'POST /api/v1/namespaces', { body: { metadata: { name: namespace } } });
  const stateOf = steps === DAEMON_SET ? daemonState : deploymentState;
  for (const [command, prints, then] of steps) {
    const manifest = command.startsWith(MANIFEST) ? command.slice(MANIFEST.length) : undefined;
    const words = (manifest === undefined ? command : MANIFEST).split(' ').filter(Boolean);
    const { out, err } = await kubectl(['-n', namespace, ...words], manifest);
    const said = `${out}${err}`.replaceAll(namespace, 'NAMESPACE').trimEnd();
    expect({ command, said: said.slice(-prints.length) }).toEqual({ command, said: prints });
    if (then === undefined) continue;
    let state = '';
    const arrived = async () => (state = await stateOf(access, namespace)) === then;
    await waitFor(arrived, { what: `"${then}" after ${command}`, timeoutMs: 15_000, intervalMs: 20 }).catch(() => {
      expect({ command, state }).toEqual({ command, state: then });
    });
  }
}
