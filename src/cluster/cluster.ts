import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { bootstrapObjects } from './auth/bootstrap.ts';
import { ensureCertificates } from './auth/pki.ts';
import { ensureStaticToken, ensureTokenIssuer } from './auth/tokens.ts';
import { bootstrap } from './bootstrap.ts';
import { DisruptionBudgets } from './controllers/disruption.ts';
import { GarbageCollector } from './controllers/garbage-collector.ts';
import { Loop } from './controllers/loop.ts';
import { Namespaces } from './controllers/namespaces.ts';
import { RoleAggregation } from './controllers/role-aggregation.ts';
import { ServiceNetwork } from './controllers/service-network.ts';
import { createFleet, type MachineOptions, serviceCidrsOf, startMachineNetwork } from './machines.ts';
import type { Network } from './network/network.ts';
import { type Clock, Registry } from './registry/registry.ts';
import { ServiceStorage } from './registry/services.ts';
import { Authority } from './server/authority.ts';
import type { AuditEntry } from './server/handle.ts';
import type { Kubelets } from './server/kubelet.ts';
import { startServer } from './server/server.ts';
import { startWorkloads } from './workloads/start.ts';
import { Database } from './store/database.ts';
import { type HistoryLimits, Store } from './store/store.ts';

export interface ClusterOptions {
  /** Where certificates, tokens and objects are kept; undefined keeps objects in memory and the rest in `runDir`. */
  dataDir: string;
  /** Objects in memory only: gone with the process. */
  ephemeral?: boolean;
  /** 0: any that is free. */
  port: number;
  /** One range, or one of each family; the first is the primary one. Those of the network when absent, else 10.96.0.0/16. */
  serviceCidrs?: readonly string[];
  nodePorts: { first: number; last: number };
  /** Nodes that are registered when there are none, and run nothing. */
  nodes: number;
  /** Nodes that run pods. */
  machines?: MachineOptions;
  history?: HistoryLimits;
  clock?: Clock;
  /** Milliseconds between the repairs of IPs and ports; upstream's three minutes when absent. */
  repairMs?: number;
  /**
   * False leaves out what upstream's controller manager does: furnishing and emptying namespaces, collecting garbage,
   * ServiceCIDRs' finalizers, aggregating roles, counting disruption budgets' pods. For tests against a kube-apiserver that has none beside it.
   */
  controllerManager?: boolean;
  /** Runs the controllers of workloads, the scheduler and the care for nodes even without `machines`: for who plays kubelets. */
  workloads?: boolean;
  /** Answers what is asked of pods that run: logs, exec, attach. Without it these are refused. */
  kubelets?: Kubelets;
  /** Takes word of every request on objects. */
  audit?: (entry: AuditEntry) => void;
  /** Takes word of what failed in the background. */
  warn(message: string, error: unknown): void;
}

/** A running embedded cluster. */
export interface Cluster {
  url: string;
  /** Path of the admin's kubeconfig. */
  kubeconfig: string;
  ca: string;
  token: string;
  /** Where its nodes and pods are, when it has any that run. */
  network?: Network;
  /** Serves a connection to the API server that was accepted elsewhere. */
  accept(socket: Socket): void;
  /** Forgets history, so that older resourceVersions are gone: for tests of clients. */
  compact(): void;
  close(): Promise<void>;
}

const ADMIN = { name: 'admin', groups: ['system:masters'] } as const;

const systemClock: Clock = { now: Date.now, uid: randomUUID, random: (below) => randomInt(below) };

const DEFAULT_CIDRS: readonly string[] = ['10.96.0.0/16'];

/** Starts an embedded cluster with the state that `dataDir` holds; done when the API answers and its nodes are ready. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataDir, clock = systemClock, controllerManager = true, machines, warn } = options;
  makeFolder(dataDir);
  await using stack = new AsyncDisposableStack();
  const store = new Store(new Database(options.ephemeral ? undefined : dataDir), () => clock.now(), options.history);
  stack.defer(() => store.close());
  const loop = new Loop((what, error) => warn(what, error));
  stack.defer(() => loop.stop());
  const registry = new Registry(store, clock);

  const port = machines && options.port === 0 ? await freePort() : options.port;
  let accept: (socket: Socket) => void = (socket) => socket.destroy();
  const network =
    machines &&
    (await startMachineNetwork(machines, store, { dataDir, apiPort: port, accept: (socket) => accept(socket), warn }));
  if (network) stack.defer(() => network.close());
  if (network?.mode === 'loopback') registry.exempt('loopbackEndpoints');
  const serviceCidrs = network
    ? serviceCidrsOf(network, options.serviceCidrs)
    : (options.serviceCidrs ?? DEFAULT_CIDRS);
  const services = new ServiceStorage(registry, serviceCidrs, options.nodePorts);
  registry.allocate('services', services);
  const advertised = network?.mode === 'kernel' ? network.apiServer : undefined;
  const names = [...services.serverAddresses, ...(advertised ? [advertised.host] : [])];
  const certificates = ensureCertificates(join(dataDir, 'pki'), names, new Date(clock.now()));
  const token = ensureStaticToken(join(dataDir, 'token')).trim();
  const issuer = ensureTokenIssuer(join(dataDir, 'pki', 'service-accounts.key'));
  const authority = new Authority(registry, [{ token, user: ADMIN }], issuer);
  const kubeconfig = join(dataDir, 'kubeconfig');
  const inside = advertised ? join(dataDir, 'kubeconfig-inside') : kubeconfig;
  const fleet =
    machines && network && createFleet(machines, network, { registry, loop, kubeconfig: inside, serviceCidrs, warn });
  const kubelets = fleet ?? options.kubelets;
  const server = await startServer({
    certificates,
    port,
    registry,
    authority,
    ...(options.audit && { audit: options.audit }),
    ...(kubelets && { kubelets }),
  });
  stack.defer(() => server.close());
  accept = server.accept;
  const url = `https://127.0.0.1:${server.port}`;
  const serviceNetwork = new ServiceNetwork(registry, loop, services, {
    controllerManager,
    ...(options.repairMs !== undefined && { repairMs: options.repairMs }),
  });
  // The Service `kubernetes` gets its address out of it.
  serviceNetwork.ensureDefault();
  bootstrap(registry, {
    objects: bootstrapObjects(),
    services,
    endpoint: advertised ?? { host: '127.0.0.1', port: server.port },
    nodes: options.nodes,
  });
  if (controllerManager) {
    new Namespaces(registry, loop, certificates.ca);
    new GarbageCollector(registry, loop);
    new RoleAggregation(registry, loop);
    new DisruptionBudgets(registry, loop);
  }
  writeFileSync(kubeconfig, kubeconfigOf(url, certificates.ca, token), { mode: 0o600 });
  if (advertised) {
    const address = `https://${advertised.host}:${advertised.port}`;
    writeFileSync(inside, kubeconfigOf(address, certificates.ca, token), { mode: 0o600 });
  }
  if (fleet || options.workloads) {
    startWorkloads(registry, loop, {
      ...(machines?.nodeGraceMs !== undefined && { nodeGraceMs: machines.nodeGraceMs }),
    });
  }
  if (fleet) {
    stack.defer(() => fleet.close());
    await fleet.start();
  }
  // First of all: what ends now is nothing to act on.
  stack.defer(() => loop.stop());
  const end = stack.move();
  return {
    url,
    kubeconfig,
    ca: certificates.ca,
    token,
    ...(network && { network }),
    accept: server.accept,
    compact: () => store.compact(),
    close: () => end.disposeAsync(),
  };
}

/** With its parents. Node's own recursive mkdir never ends where a parent is there and takes no folders (`/proc`). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** For who must know the port before the server has it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function kubeconfigOf(server: string, ca: string, token: string): string {
  const name = 'sluice';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'sluice-admin', user: { token } }],
    contexts: [{ name, context: { cluster: name, user: 'sluice-admin' } }],
    'current-context': name,
  });
}
