import type { KubeObject } from '../api/object.ts';
import { storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import { normaliseObject } from '../schema/decode.ts';
import { conditionOf, conditionsOf, nodeOf } from '../api/pods.ts';

/** Labels that a pod takes over from its node (upstream's admission plugin PodTopologyLabels). */
const TOPOLOGY = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/**
 * A pod with its node (kubernetes `pkg/registry/core/pod/storage`, `setPodNodeAndMetadata`): the node's name, the condition that
 * says so and the node's topology, in one write and without a field manager, as a binding has none. Pure.
 */
export function bound(pod: KubeObject, node: KubeObject, time: string): KubeObject {
  const topology = Object.fromEntries(
    TOPOLOGY.flatMap((key) => {
      const value = node.metadata.labels?.[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const before = conditionOf(pod, 'PodScheduled');
  const since = before?.status === 'True' ? before.lastTransitionTime : time;
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: since };
  const others = conditionsOf(pod).filter(({ type }) => type !== 'PodScheduled');
  const labels = { ...pod.metadata.labels, ...topology };
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(Object.keys(labels).length > 0 && { labels }) },
    spec: { ...pod['spec'], nodeName: node.metadata.name },
    status: { ...pod['status'], conditions: [...others, scheduled] },
  };
}

/** Gives a pod its node, unless it has one or is going. The write changes nothing that a client could have got wrong. */
export function bind(registry: Registry, pod: KubeObject, node: KubeObject): boolean {
  const { namespace = '', name = '', uid } = pod.metadata;
  const live = registry.store.get('pods', namespace, name)?.object;
  if (!live || live.metadata.uid !== uid || live.metadata.deletionTimestamp || nodeOf(live)) return false;
  const put = normaliseObject(bound(live, node, registry.time()), storedKind('pods').schema);
  registry.store.commit([{ resource: 'pods', put }]);
  return true;
}
