/** Kubelets of nodes that are nothing but objects: they say that pods run, and take away those that are deleted. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeAccess } from '../../tools/control-plane.ts';
import { ask } from '../server/ask.ts';

/** Pods of this image never become ready. */
export const BROKEN = 'broken';
const EVERY_MS = 30;

export interface PlayedKubelets {
  stop(): Promise<void>;
}

/**
 * Registers nodes and plays their kubelets until it is stopped. `binds`: there is no scheduler, so that it has to find
 * nodes for the pods, too.
 */
export async function playKubelets(
  access: KubeAccess,
  nodes: readonly string[],
  binds: boolean,
): Promise<PlayedKubelets> {
  for (const name of nodes) {
    const allocatable = { cpu: '4', memory: '8Gi', pods: '110' };
    const conditions = [{ type: 'Ready', status: 'True' }];
    await ask(access, 'POST /api/v1/nodes', { body: { metadata: { name }, status: { allocatable, conditions } } });
  }
  const end = new AbortController();
  const done = (async () => {
    while (!end.signal.aborted) {
      const { body } = await ask(access, 'GET /api/v1/pods');
      for (const pod of body.items ?? []) await playOne(access, pod, nodes, binds);
      await sleep(EVERY_MS);
    }
  })();
  return {
    async stop() {
      end.abort();
      await done;
    },
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- a pod as JSON
async function playOne(access: KubeAccess, pod: any, nodes: readonly string[], binds: boolean): Promise<void> {
  const { name, namespace, deletionTimestamp } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  if (deletionTimestamp) {
    await ask(access, `DELETE ${path}`, { body: { gracePeriodSeconds: 0 } });
    return;
  }
  if (!pod.spec.nodeName) {
    if (!binds) return;
    const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const target = required?.nodeSelectorTerms[0].matchFields[0].values[0] ?? nodes[0];
    await ask(access, `POST ${path}/binding`, { body: { metadata: { name }, target: { kind: 'Node', name: target } } });
    return;
  }
  if (pod.status.phase !== 'Pending' || pod.spec.containers[0].image === BROKEN) return;
  const now = new Date().toISOString();
  const conditions = [
    ...(pod.status.conditions ?? []).filter(({ type }: { type: string }) => type !== 'Ready'),
    { type: 'Ready', status: 'True', lastTransitionTime: `${now.slice(0, 19)}Z` },
  ];
  await ask(access, `PUT ${path}/status`, {
    body: { ...pod, status: { ...pod.status, phase: 'Running', conditions } },
  });
}
