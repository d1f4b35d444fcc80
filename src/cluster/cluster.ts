import { randomInt, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { bootstrapObjects } from './auth/bootstrap.ts';
import { ensureCertificates } from './auth/pki.ts';
import { ensureStaticToken, ensureTokenIssuer } from './auth/tokens.ts';
import { bootstrap } from './bootstrap.ts';
import { GarbageCollector } from './controllers/garbage-collector.ts';
import { Loop } from './controllers/loop.ts';
import { Namespaces } from './controllers/namespaces.ts';
import { RoleAggregation } from './controllers/role-aggregation.ts';
import { ServiceNetwork } from './controllers/service-network.ts';
import { type Clock, Registry } from './registry/registry.ts';
import { ServiceStorage } from './registry/services.ts';
import { Authority } from './server/authority.ts';
import type { AuditEntry } from './server/handle.ts';
import type { Kubelets } from './server/kubelet.ts';
import { startServer } from './server/server.ts';
import { Database } from './store/database.ts';
import { type HistoryLimits, Store } from './store/store.ts';

export interface ClusterOptions {
  /** Where certificates, tokens and objects are kept; undefined keeps objects in memory and the rest in `runDir`. */
  dataDir: string;
  /** Objects in memory only: gone with the process. */
  ephemeral?: boolean;
  /** 0: any that is free. */
  port: number;
  /** One range, or one of each family; the first is the primary one. */
  serviceCidrs: readonly string[];
  nodePorts: { first: number; last: number };
  /** Nodes that are registered when there are none. */
  nodes: number;
  history?: HistoryLimits;
  clock?: Clock;
  /** Milliseconds between the repairs of IPs and ports; upstream's three minutes when absent. */
  repairMs?: number;
  /**
   * False leaves out what upstream's controller manager does: furnishing and emptying namespaces, collecting garbage,
   * ServiceCIDRs' finalizers, aggregating roles. For tests against a kube-apiserver that has none beside it.
   */
  controllerManager?: boolean;
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
  /** Serves a connection to the API server that was accepted elsewhere. */
  accept(socket: Socket): void;
  /** Forgets history, so that older resourceVersions are gone: for tests of clients. */
  compact(): void;
  close(): Promise<void>;
}

const ADMIN = { name: 'admin', groups: ['system:masters'] } as const;

const systemClock: Clock = { now: Date.now, uid: randomUUID, random: (below) => randomInt(below) };

/** Starts the API server of an embedded cluster, with the state that `dataDir` holds. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataDir, clock = systemClock, controllerManager = true, warn } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const store = new Store(new Database(options.ephemeral ? undefined : dataDir), () => clock.now(), options.history);
  const loop = new Loop((what, error) => warn(what, error));
  try {
    const registry = new Registry(store, clock);
    const services = new ServiceStorage(registry, options.serviceCidrs, options.nodePorts);
    registry.allocate('services', services);
    const certificates = ensureCertificates(join(dataDir, 'pki'), services.serverAddresses, new Date(clock.now()));
    const token = ensureStaticToken(join(dataDir, 'token')).trim();
    const issuer = ensureTokenIssuer(join(dataDir, 'pki', 'service-accounts.key'));
    const authority = new Authority(registry, [{ token, user: ADMIN }], issuer);
    const server = await startServer({
      certificates,
      port: options.port,
      registry,
      authority,
      ...(options.audit && { audit: options.audit }),
      ...(options.kubelets && { kubelets: options.kubelets }),
    });
    const url = `https://127.0.0.1:${server.port}`;
    const network = new ServiceNetwork(registry, loop, services, {
      controllerManager,
      ...(options.repairMs !== undefined && { repairMs: options.repairMs }),
    });
    // The Service `kubernetes` gets its address out of it.
    network.ensureDefault();
    bootstrap(registry, { objects: bootstrapObjects(), services, port: server.port, nodes: options.nodes });
    if (controllerManager) {
      new Namespaces(registry, loop, certificates.ca);
      new GarbageCollector(registry, loop);
      new RoleAggregation(registry, loop);
    }
    const kubeconfig = join(dataDir, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigOf(url, certificates.ca, token), { mode: 0o600 });
    return {
      url,
      kubeconfig,
      ca: certificates.ca,
      token,
      accept: server.accept,
      compact: () => store.compact(),
      async close() {
        loop.stop();
        await server.close();
        store.close();
      },
    };
  } catch (error) {
    loop.stop();
    store.close();
    throw error;
  }
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
