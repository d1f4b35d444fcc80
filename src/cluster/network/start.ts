import { mkdirSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { ConfigError } from '../../runtime/config-error.ts';
import { API_SERVER_ADDRESS } from './addresses.ts';
import { type KernelNetwork, NoKernelMode, startKernel } from './kernel.ts';
import { lockAddresses, lowPortOffset, loopbackFabric } from './loopback.ts';
import type { Network, NetworkMode, NodePlace, NodeSpec } from './network.ts';
import { type Fabric, Nodes } from './places.ts';
import { killLeftovers, placesOf } from './process-groups.ts';
import { SpawnerClient } from './spawner-client.ts';

export interface NetworkOptions {
  mode: NetworkMode | 'auto';
  /** Exists or can be made; this network's alone. */
  stateDir: string;
  /** A connection to `Network.apiServer` that didn't come by this machine's loopback. */
  onApiConnection(socket: Socket): void;
  /** Where the API server listens on 127.0.0.1, and where programs inside reach it. */
  apiPort: number;
  /** Something went wrong that nobody waits for. */
  warn(message: string, error?: unknown): void;
}

const GROUP_FILE = 'programs.json';

/**
 * Starts a network. What an earlier one with this `stateDir` left when it was killed ends first.
 * @throws ConfigError when the mode that was asked for can't be had here, or another cluster is in the way.
 */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  mkdirSync(options.stateDir, { recursive: true });
  if (options.mode === 'loopback') return startLoopback(options, undefined);
  let kernel: KernelNetwork;
  try {
    kernel = await startKernel({
      ...options,
      onWarning: options.warn,
      onLost: (error) => options.warn(LOST, error),
    });
  } catch (error) {
    if (!(error instanceof NoKernelMode)) throw error;
    if (options.mode === 'auto') return startLoopback(options, error.message);
    throw new ConfigError(`--network kernel: not here: ${error.message}: ${error.remedy}`);
  }
  const { fabric, spawner, rootless, noIPv6, close } = kernel;
  return new StartedNetwork({
    fabric,
    spawner,
    description: `kernel${rootless ? ', rootless' : ''}${noIPv6 === undefined ? '' : `, IPv4 only (no IPv6: ${noIPv6})`}`,
    apiServer: { host: API_SERVER_ADDRESS.kernel, port: options.apiPort },
    lowPortOffset: 0,
    close: async () => close(),
  });
}

const LOST = 'the process that runs all programs of nodes and pods was lost, and they with it';

/** `why` is why it isn't kernel mode, when that would have been taken. */
async function startLoopback(options: NetworkOptions, why: string | undefined): Promise<Network> {
  const lock = await lockAddresses(why);
  try {
    const groupFile = join(options.stateDir, GROUP_FILE);
    await killLeftovers(groupFile);
    const offset = await lowPortOffset();
    const spawner = await SpawnerClient.start({
      args: [groupFile],
      env: { PATH: process.env['PATH'] ?? '' },
      onWarning: options.warn,
      onLost: (error) => {
        options.warn(LOST, error);
        // Killed itself, it could not end them.
        void killLeftovers(groupFile);
      },
    });
    return new StartedNetwork({
      fabric: loopbackFabric(placesOf(groupFile), spawner),
      spawner,
      description: why === undefined ? 'loopback' : `loopback (${why})`,
      apiServer: { host: API_SERVER_ADDRESS.loopback, port: options.apiPort },
      lowPortOffset: offset,
      close: async () => {
        // Only for a spawner that had to be killed; one that stopped has removed the file.
        await killLeftovers(groupFile);
        await closeServer(lock);
      },
    });
  } catch (error) {
    await closeServer(lock);
    throw error;
  }
}

interface Parts {
  fabric: Fabric;
  spawner: SpawnerClient;
  description: string;
  apiServer: Network['apiServer'];
  lowPortOffset: number;
  /** After the spawner has ended. */
  close(): Promise<void>;
}

class StartedNetwork implements Network {
  readonly mode: NetworkMode;
  readonly families: Network['families'];
  readonly description: string;
  readonly apiServer: Network['apiServer'];
  readonly lowPortOffset: number;
  readonly #nodes: Nodes;
  readonly #parts: Parts;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.mode = parts.fabric.mode;
    this.families = parts.fabric.families === 1 ? ['IPv4'] : ['IPv4', 'IPv6'];
    this.description = parts.description;
    this.apiServer = parts.apiServer;
    this.lowPortOffset = parts.lowPortOffset;
    this.#nodes = new Nodes(parts.fabric, parts.spawner);
    this.#parts = parts;
  }

  startNode(node: NodeSpec): Promise<NodePlace> {
    return this.#nodes.start(node);
  }

  close(): Promise<void> {
    this.#closing ??= this.#parts.spawner.close().then(() => this.#parts.close());
    return this.#closing;
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
