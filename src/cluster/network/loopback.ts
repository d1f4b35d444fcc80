/** Addresses of 127.0.0.0/8 for nodes and pods: nothing to set up, no privileges, and one such cluster a machine. */
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { ConfigError } from '../../runtime/config-error.ts';
import { type Fabric, type Site, siteName } from './places.ts';
import { PLACE_VARIABLE } from './proc.ts';
import type { SpawnerClient } from './spawner-client.ts';

/** No place's address. The port is nobody's, and not one that systems give out by themselves. */
const LOCK = { host: '127.64.255.254', port: 22_764 };
const ANSWER_MS = 500;
/** A pod's, in no node's range. */
const LOW_PORT_HOST = '127.65.0.1';
const LOW_PORTS = [1, 2, 3, 4, 5];
/** What is added to ports below 1024 where they may not be bound. */
const LOW_PORT_OFFSET = 10_000;

/** `places` is what the names of all its places begin with. */
export function loopbackFabric(places: string, spawner: SpawnerClient): Fabric {
  // A slash at the end, so that no name is the beginning of another.
  const place = (site: Site): string => `${places}${siteName(site)}/`;
  return {
    mode: 'loopback',
    families: 1,
    add: async () => {},
    unplug: async () => {},
    remove: async () => {},
    sweep: (site) => spawner.sweep({ places: place(site) }),
    enter: () => [],
    variables: (site) => ({ [PLACE_VARIABLE]: place(site) }),
  };
}

/**
 * Takes the addresses for this process; who closes the server gives them back, and so does a process that ends anyhow.
 * `noKernel` is why kernel mode, where clusters don't meet, can't be had; undefined when that isn't known.
 * @throws ConfigError when another cluster has them, or there are none.
 */
export async function lockAddresses(noKernel: string | undefined, lock = LOCK): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${process.pid}\n`);
  });
  const failure = await listen(server, lock.host, lock.port);
  if (failure === undefined) return server.unref();
  if (failure.code === 'EADDRNOTAVAIL') throw noAddresses(lock.host);
  if (failure.code !== 'EADDRINUSE') throw failure;
  const holder = await askHolder(lock);
  const remedy =
    noKernel === undefined
      ? 'end that one, or use --network kernel'
      : `end that one (kernel mode can't be had: ${noKernel})`;
  throw new ConfigError(
    holder === undefined
      ? `--network loopback: port ${lock.port} of ${lock.host} is in use by another program: ${remedy}`
      : `--network loopback: another cluster has its addresses (process ${holder}): ${remedy}`,
  );
}

/**
 * What is added to low ports so that this user can bind them. The answer counts for every address of the machine.
 * @throws ConfigError when there is no such address.
 */
export async function lowPortOffset(): Promise<number> {
  for (const port of LOW_PORTS) {
    const server = createServer();
    const failure = await listen(server, LOW_PORT_HOST, port);
    server.close();
    if (failure === undefined) return 0;
    if (failure.code === 'EADDRNOTAVAIL') throw noAddresses(LOW_PORT_HOST);
    if (failure.code !== 'EADDRINUSE') return LOW_PORT_OFFSET;
  }
  return LOW_PORT_OFFSET;
}

function noAddresses(host: string): ConfigError {
  return new ConfigError(
    `--network loopback: ${host} is no address of this machine's loopback interface. Linux has all of 127.0.0.0/8; elsewhere ` +
      `add those that are needed, as in: sudo ifconfig lo0 alias ${host}`,
  );
}

function listen(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => resolve(undefined));
  });
}

/** Process id of a cluster that holds the addresses; undefined when it is none that answers so. */
async function askHolder({ host, port }: typeof LOCK): Promise<number | undefined> {
  const socket = connect({ host, port });
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  const answer = await text(socket).catch(() => '');
  return /^\d+\n$/.test(answer) ? Number(answer) : undefined;
}
