/** The ReplicaSet of a Deployment's template (kubernetes `pkg/controller/deployment/sync.go`, `getNewReplicaSet`). Pure. */
import type { KubeObject } from '../api/object.ts';
import { controllerReference } from '../api/pods.ts';
import { DESIRED_REPLICAS, MAX_REPLICAS, newSetAnnotations, TEMPLATE_HASH } from './revisions.ts';
import { mostReplicas, newSetSize, sizeOf } from './rollout.ts';
import { templateHash } from './template-hash.ts';

const MOST_NAME = 253;

/** Not yet stored. `revision` is one more than the highest of `oldSets`. */
export function newReplicaSet(deployment: KubeObject, oldSets: readonly KubeObject[], revision: number): KubeObject {
  const { name = '', namespace = '' } = deployment.metadata;
  const { template, selector, minReadySeconds = 0 } = deployment['spec'];
  const hash = templateHash(template, deployment['status']?.collisionCount);
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
  const old = oldSets.reduce((total, set) => total + sizeOf(set), 0);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name.slice(0, MOST_NAME - hash.length - 1)}-${hash}`,
      namespace,
      labels,
      annotations: {
        ...newSetAnnotations(deployment, {}, revision),
        [DESIRED_REPLICAS]: String(sizeOf(deployment)),
        [MAX_REPLICAS]: String(mostReplicas(deployment)),
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: newSetSize(deployment, 0, old),
      ...(minReadySeconds > 0 && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...structuredClone(template), metadata: { ...template.metadata, labels } },
    },
  };
}
