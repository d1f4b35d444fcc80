import type { KubeObject } from '../api/object.ts';
import { storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import { normaliseObject } from '../schema/decode.ts';
import { conditionOf, conditionsOf, nodeOf } from '../api/pods.ts';

/** Labels that a pod takes over from its node (upstream's admission plugin PodTopologyLabels). */
const TOPOLOGY = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** What a pod takes over from a node; nothing from one that there is not. Pure. */
export function topologyOf(node: KubeObject | undefined): Record<string, string> {
  return Object.fromEntries(
    TOPOLOGY.flatMap((key) => {
      const value = node?.metadata.labels?.[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/**
 * A pod with its node (kubernetes `pkg/registry/core/pod/storage`, `setPodNodeAndMetadata`): the node's name, the condition that
 * says so, and what the binding has of labels and annotations, in one write and without a field manager, as a binding has none. Pure.
 */
export function assigned(
  pod: KubeObject,
  change: {
    node: string;
    labels: Record<string, string>;
    annotations?: Record<string, string> | undefined;
    time: string;
  },
): KubeObject {
  const before = conditionOf(pod, 'PodScheduled');
  const since = before?.status === 'True' ? before.lastTransitionTime : change.time;
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: since };
  const others = conditionsOf(pod).filter(({ type }) => type !== 'PodScheduled');
  const { nominatedNodeName: _nominated, ...status } = pod['status'] ?? {};
  const labels = { ...pod.metadata.labels, ...change.labels };
  const annotations = { ...pod.metadata.annotations, ...change.annotations };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: { ...pod['spec'], nodeName: change.node },
    status: { ...status, conditions: [...others, scheduled] },
  };
}

/** Gives a pod its node, unless it has one or is going. The write changes nothing that a client could have got wrong. */
export function bind(registry: Registry, pod: KubeObject, node: KubeObject): boolean {
  const { namespace = '', name = '', uid } = pod.metadata;
  const live = registry.store.get('pods', namespace, name)?.object;
  if (!live || live.metadata.uid !== uid || live.metadata.deletionTimestamp || nodeOf(live)) return false;
  const change = { node: node.metadata.name ?? '', labels: topologyOf(node), time: registry.time() };
  const put = normaliseObject(assigned(live, change), storedKind('pods').schema);
  registry.store.commit([{ resource: 'pods', put }]);
  return true;
}
