/** A network namespace for every node and pod, all of them in one that the spawner makes for itself. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { API_SERVER_ADDRESS, MAX_NODES, nodeAddresses } from './addresses.ts';
import { findProgram } from './command.ts';
import {
  addScript,
  enterCommand,
  ipv6Script,
  namespaceFile,
  nftScript,
  removeScript,
  routerScript,
  unplugScript,
} from './namespace-scripts.ts';
import type { Fabric, NodeSite, Site } from './places.ts';
import type { Command } from './protocol.ts';
import { SpawnerClient } from './spawner-client.ts';

/** Kernel mode can't be had here: why, and what would help. */
export class NoKernelMode extends Error {
  override readonly name = 'NoKernelMode';
  readonly remedy: string;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.remedy = remedy;
  }
}

export interface KernelNetwork {
  fabric: Fabric;
  spawner: SpawnerClient;
  rootless: boolean;
  /** Why there is no IPv6; undefined when there is. */
  noIPv6: string | undefined;
  /** After the spawner has ended. */
  close(): void;
}

export interface KernelOptions {
  stateDir: string;
  apiPort: number;
  onApiConnection(socket: Socket): void;
  onWarning(message: string): void;
  onLost(error: Error): void;
}

/** Program → the package that has it on Debian, for people. */
const TOOLS = {
  setpriv: 'util-linux',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  ip: 'iproute2',
  nft: 'nftables',
};

/**
 * The first process inside, $1 the folder for the files that stand for namespaces and the rest the spawner's command: it waits for that
 * one and for every orphan, and with it all ends. Where some of /proc is hidden (in containers) the kernel refuses a new one; then the
 * machine's stays, which serves.
 */
const INIT = `
dir=$1; shift
mount -t tmpfs -o mode=755 sluice "$dir" && : > "$dir/router.net" && mount --bind /proc/self/ns/net "$dir/router.net" || exit 1
export SLUICE_MACHINE_PROC=/proc
mkdir "$dir/proc" && mount --rbind /proc "$dir/proc" && mount -t proc proc /proc 2>/dev/null && SLUICE_MACHINE_PROC=$dir/proc
"$@" &
wait "$!"
`;

/**
 * Starts the router, and tries on a node that is then removed what the network will need.
 * @throws NoKernelMode
 */
export async function startKernel(options: KernelOptions): Promise<KernelNetwork> {
  if (process.platform !== 'linux') throw new NoKernelMode('no Linux', 'use --network loopback');
  // Ordinary users may lack the folders that have ip and nft.
  const path = [process.env['PATH'], '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean).join(':');
  const missing = Object.entries(TOOLS).filter(([tool]) => findProgram(tool, path) === undefined);
  if (missing.length > 0) {
    throw new NoKernelMode(
      `no ${missing.map(([tool]) => tool).join(', ')} on PATH`,
      `install it (Debian: apt-get install ${[...new Set(missing.map(([, from]) => from))].join(' ')})`,
    );
  }
  const dir = join(options.stateDir, 'namespaces');
  mkdirSync(dir, { recursive: true });
  const rootless = !mayMakeNamespaces();
  const env = { PATH: path, LC_ALL: 'C' };
  const unshare = ['unshare', ...(rootless ? ['--user', '--map-root-user'] : []), '--net', '--mount'];
  const inNewOnes = [...unshare, '--pid', '--fork', '--kill-child', 'sh', '-c', INIT, 'sluice-init', dir];
  let api: ApiListener | undefined;
  let spawner: SpawnerClient;
  try {
    spawner = await SpawnerClient.start({
      prefix: ['setpriv', '--pdeathsig', 'KILL', ...inNewOnes],
      args: [],
      env,
      onWarning: options.onWarning,
      onLost: (error) => {
        api?.close();
        options.onLost(error);
      },
    });
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw new NoKernelMode(`no ${rootless ? 'user ' : ''}namespaces: ${words(error)}`, NAMESPACES_REMEDY);
  }
  const script: RunScript = (text) => runScript(spawner, { env, cwd: dir }, text);
  try {
    const noIPv6 = await probe(script, `${rootless ? 'run as root, or ' : ''}use --network loopback`);
    api = new ApiListener(await spawner.listen(API_SERVER_ADDRESS.kernel, options.apiPort), options.onApiConnection);
    return {
      fabric: new KernelFabric(dir, noIPv6 === undefined ? 2 : 1, spawner, script),
      spawner,
      rootless,
      noIPv6,
      close: () => {
        api?.close();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await spawner.close();
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

const NAMESPACES_REMEDY =
  'run as root, or allow them to users (sysctl kernel.unprivileged_userns_clone=1, ' +
  'kernel.apparmor_restrict_unprivileged_userns=0, user.max_user_namespaces=10000), or use --network loopback';

type RunScript = (text: string) => Promise<void>;

class KernelFabric implements Fabric {
  readonly mode = 'kernel';
  readonly families: number;
  readonly #dir: string;
  readonly #spawner: SpawnerClient;
  readonly #script: RunScript;
  /** Their pods' namespaces are removed with theirs. */
  readonly #unplugged = new Set<NodeSite>();

  constructor(dir: string, families: number, spawner: SpawnerClient, script: RunScript) {
    this.families = families;
    this.#dir = dir;
    this.#spawner = spawner;
    this.#script = script;
  }

  async add(site: Site): Promise<void> {
    try {
      await this.#script(addScript(site));
    } catch (error) {
      // What there is of it would be in the next one's way.
      await this.#script(removeScript(site)).catch(() => {});
      throw new Error(`${site.kind} ${site.name}: no place was made for it: ${words(error)}`, { cause: error });
    }
  }

  async unplug(node: NodeSite): Promise<void> {
    this.#unplugged.add(node);
    await this.#script(unplugScript(node));
  }

  async remove(site: Site): Promise<void> {
    if (site.kind === 'pod' && this.#unplugged.has(site.node)) return;
    await this.#script(removeScript(site));
    if (site.kind === 'node') this.#unplugged.delete(site);
  }

  sweep(site: Site): void {
    this.#spawner.sweep({ namespace: namespaceFile(site, 'net', this.#dir) });
  }

  enter(site: Site): readonly string[] {
    return enterCommand(this.#dir, site);
  }

  variables(): Readonly<Record<string, string>> {
    return {};
  }
}

/** Connections that programs inside make to the API server, accepted here, from a socket that is open there. */
class ApiListener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server, onConnection: (socket: Socket) => void) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.setNoDelay(true);
      onConnection(socket);
    });
  }

  /** An open socket would keep the router's namespace. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/**
 * Sets up the router, makes a node and takes it away again. Resolves to why there is no IPv6, if there is none.
 * @throws NoKernelMode when what can't be done without can't be done.
 */
async function probe(script: RunScript, remedy: string): Promise<string | undefined> {
  const { addresses, podCidrs } = nodeAddresses('kernel', MAX_NODES);
  const node: NodeSite = {
    kind: 'node',
    index: MAX_NODES,
    name: 'probe',
    addresses: addresses.slice(0, 1),
    podCidrs: podCidrs.slice(0, 1),
  };
  const must = (what: string, text: string) =>
    script(text).catch((error: unknown) => {
      throw new NoKernelMode(`${what}: ${words(error)}`, remedy);
    });
  await must('no routing in namespaces', routerScript('ipv4'));
  await must('no networks in namespaces', addScript(node));
  await must('no nft in namespaces', nftScript(node));
  const noIPv6 = await script(ipv6Script(node))
    .then(() => script(routerScript('ipv6')))
    .then(() => undefined, words);
  await must('no end to namespaces', [unplugScript(node), removeScript(node)].join('\n'));
  return noIPv6;
}

/** @throws Error with what the script complained of. */
async function runScript(spawner: SpawnerClient, where: Pick<Command, 'env' | 'cwd'>, script: string): Promise<void> {
  const program = await spawner.run({ ...where, file: '/bin/sh', args: ['-c', script], stdin: false, tty: false });
  program.stdout.resume();
  const [complaint, { code }] = await Promise.all([text(program.stderr), program.exit]);
  if (code !== 0) throw new Error(complaint.trim() || `a script ended with ${code}`);
}

/** The first line of what a tool said, which is what is wrong; what follows is what comes of it. */
function words(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return first.trim();
}

/** Whether this process may make and fill namespaces without a user namespace around them. */
function mayMakeNamespaces(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const held = BigInt(`0x${effective ?? '0'}`);
  return process.getuid?.() === 0 && [CAP_NET_ADMIN, CAP_SYS_ADMIN].every((one) => (held & (1n << one)) !== 0n);
}

const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;
