/** Node objects of the embedded cluster, as a cloud's kubelet would write them. Pure. */
import type { KubeObject } from '../api/object.ts';

/** On nodes whose kubelet is this cluster's own; others are only registered, and nobody judges or runs them. */
export const EMBEDDED_LABEL = 'sluice.dev/embedded';
/** `off`: as if the node's plug was pulled; anything else, or nothing: it runs. */
export const POWER_ANNOTATION = 'sluice.dev/power';
/** Which of the network's places the node has. */
export const INDEX_ANNOTATION = 'sluice.dev/node-index';

const ZONES = ['a', 'b', 'c'];
const REGION = 'us-east-1';

/** What a node can hold; pods here are small, and nothing holds them to their requests. */
export const NODE_RESOURCES: Readonly<Record<string, string>> = {
  cpu: '4',
  'ephemeral-storage': '50Gi',
  memory: '8Gi',
  pods: '110',
};

export interface NodeFacts {
  name: string;
  /** From 1. */
  index: number;
  addresses: readonly string[];
  /** RFC 3339. */
  now: string;
  /** What its kubelet says of itself and its machine; nothing for nodes that run nothing. */
  info?: Partial<NodeInfo>;
}

export interface NodeInfo {
  kernelVersion: string;
  kubeletVersion: string;
  kubeProxyVersion: string;
  containerRuntimeVersion: string;
}

/** Zone of the node with an index: one after the other. */
export const zoneOf = (index: number): string => `${REGION}${ZONES[(index - 1) % ZONES.length]}`;

/** The whole of a new Node: in a zone, with the providerID of an instance, and ready. */
export function nodeObject(facts: NodeFacts): KubeObject {
  const { name, index } = facts;
  const zone = zoneOf(index);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': ARCHITECTURE,
        'topology.kubernetes.io/region': REGION,
        'topology.kubernetes.io/zone': zone,
      },
    },
    spec: { providerID: `aws:///${zone}/i-${index.toString(16).padStart(17, '0')}` },
    status: nodeStatus(undefined, facts),
  };
}

const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** What a kubelet says of a node that is well; times of conditions that were so before are kept. */
export function nodeStatus(
  before: KubeObject['status'],
  { name, addresses, now, info }: Omit<NodeFacts, 'index'>,
): KubeObject['status'] {
  const conditions: { type: string; status: string; lastTransitionTime?: string }[] = before?.conditions ?? [];
  const condition = (type: string, status: string, reason: string, message: string) => {
    const old = conditions.find((one) => one.type === type);
    const since = old?.status === status ? (old.lastTransitionTime ?? now) : now;
    return { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime: since };
  };
  const own = [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ];
  const names = new Set(own.map(({ type }) => type));
  return {
    ...before,
    addresses: [...addresses.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: name }],
    capacity: NODE_RESOURCES,
    allocatable: NODE_RESOURCES,
    conditions: [...conditions.filter(({ type }) => !names.has(type)), ...own],
    nodeInfo: {
      machineID: '',
      systemUUID: '',
      bootID: '',
      kernelVersion: '',
      osImage: 'Sluice embedded node',
      containerRuntimeVersion: '',
      kubeletVersion: '',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: ARCHITECTURE,
      ...info,
    },
  };
}
