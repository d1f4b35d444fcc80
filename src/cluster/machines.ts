/** The part of an embedded cluster that runs pods: a network, and a kubelet on each of its nodes. */
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { ConfigError } from '../runtime/config-error.ts';
import type { Loop } from './controllers/loop.ts';
import { type Bindings, parseBinding, resolveExec, resolveImage } from './images/index.ts';
import { POD_CIDRS, SERVICE_CIDRS, serviceCidrProblem } from './network/addresses.ts';
import type { Network, NetworkMode, ProgramSpec } from './network/network.ts';
import { startNetwork } from './network/start.ts';
import type { BackoffTimes } from './nodes/backoff.ts';
import { Fleet } from './nodes/fleet.ts';
import type { Registry } from './registry/registry.ts';
import { DEFAULT_CIDR } from './service/default-cidr.ts';
import { cidrsOf } from './service/strategies.ts';
import type { Store } from './store/store.ts';

export interface MachineOptions {
  network: NetworkMode | 'auto';
  /** How many nodes there are at least. */
  nodes: number;
  /** Local commands for images that are not built in. */
  images?: Bindings;
  /** Waits between two runs of a container that crashes; a kubelet's when absent. */
  backoff?: BackoffTimes;
  /** How long a node may be silent before it counts as lost, in milliseconds; upstream's 50 s when absent. */
  nodeGraceMs?: number;
  /** A program that runs on every node beside its pods, as a DaemonSet's would; started again when it ends. */
  agent?(node: AgentNode): ProgramSpec;
}

/** What an agent may want to know of its node. */
export interface AgentNode {
  name: string;
  addresses: readonly string[];
  mode: NetworkMode;
  /** Ranges of ClusterIPs. */
  serviceCidrs: readonly string[];
  /** Ranges of all pods. */
  podCidrs: readonly string[];
  lowPortOffset: number;
  /** A kubeconfig that works for programs inside. */
  kubeconfig: string;
}

export interface MachineContext {
  /** Where this cluster's state is. */
  dataDir: string;
  apiPort: number;
  accept(socket: Socket): void;
  warn(message: string, error: unknown): void;
}

/**
 * Starts the network for what a cluster's state holds: Services keep the addresses that they have, so a state that was
 * made in one mode stays in it. @throws ConfigError when that mode, or the one that was asked for, can't be had.
 */
export async function startMachineNetwork(
  { network }: Pick<MachineOptions, 'network'>,
  store: Store,
  { dataDir, apiPort, accept, warn }: MachineContext,
): Promise<Network> {
  const before = modeOf(store);
  if (before && network !== 'auto' && network !== before) throw otherMode(network, before, dataDir);
  const start = (mode: NetworkMode | 'auto') =>
    startNetwork({ mode, stateDir: join(dataDir, 'network'), onApiConnection: accept, apiPort, warn });
  if (!before) return start(network);
  // Asked for by nobody, so what is wrong with it is said as what is wrong with the state.
  return start(before).catch((error: unknown) => {
    if (network !== 'auto' || !(error instanceof ConfigError)) throw error;
    throw new ConfigError(`--data-dir: "${dataDir}" was made for ${before} mode; ${error.message}`);
  });
}

/** Reads `--image NAME=COMMAND`s; of two for one image the later one counts. @throws ConfigError */
export function parseImages(texts: readonly string[]): Bindings {
  const bindings = new Map<string, readonly string[]>();
  for (const text of texts) {
    const parsed = parseBinding(text);
    if ('problem' in parsed) throw new ConfigError(`--image: ${JSON.stringify(text)} ${parsed.problem}`);
    bindings.set(parsed.image, parsed.command);
  }
  return bindings;
}

/** Ranges of ClusterIPs for a network: those that were asked for, or what fits it. @throws ConfigError for those that don't */
export function serviceCidrsOf({ mode, families }: Network, asked: readonly string[] | undefined): readonly string[] {
  for (const cidr of asked ?? []) {
    const problem = serviceCidrProblem(mode, cidr);
    if (problem) throw new ConfigError(`--service-cidr: "${cidr}" ${problem}`);
  }
  return asked ?? SERVICE_CIDRS[mode].slice(0, families.length);
}

/** By the addresses that its Services have. */
function modeOf(store: Store): NetworkMode | undefined {
  const cidr = store.get('servicecidrs.networking.k8s.io', '', DEFAULT_CIDR)?.object;
  if (!cidr) return undefined;
  return cidrsOf(cidr)[0]?.startsWith('127.') ? 'loopback' : 'kernel';
}

function otherMode(asked: NetworkMode, before: NetworkMode, dataDir: string): ConfigError {
  return new ConfigError(
    `--network: "${asked}" does not fit --data-dir ${dataDir}, whose Services have addresses of ${before} mode; ` +
      `give --network ${before}, or another --data-dir`,
  );
}

/** Kubelets for the nodes of a network; the nodes start with `Fleet.start`. */
export function createFleet(
  { nodes, images = new Map(), backoff, nodeGraceMs, agent }: MachineOptions,
  network: Network,
  {
    registry,
    loop,
    warn,
    ...inside
  }: { registry: Registry; loop: Loop; warn: MachineContext['warn'] } & Pick<AgentNode, 'kubeconfig' | 'serviceCidrs'>,
): Fleet {
  const podCidrs = POD_CIDRS[network.mode].slice(0, network.families.length);
  return new Fleet({
    registry,
    loop,
    network,
    nodes,
    images: {
      launch: (container) => resolveImage(container.image, container, images),
      exec: (image, command) => resolveExec(image, command, images),
    },
    ...(backoff && { backoff }),
    ...(nodeGraceMs !== undefined && { nodeGraceMs }),
    ...(agent && {
      agent: ({ name, addresses }) =>
        agent({ name, addresses, mode: network.mode, podCidrs, lowPortOffset: network.lowPortOffset, ...inside }),
    }),
    warn,
  });
}
