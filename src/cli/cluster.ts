import { join, relative, resolve } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import type { AgentNode } from '../cluster/machines.ts';
import type { Network, ProgramSpec } from '../cluster/network/network.ts';
import { compileCacheEnv } from '../runtime/compile-cache.ts';
import { ConfigError } from '../runtime/config-error.ts';
import { Health } from '../runtime/health.ts';
import { errorLine } from '../runtime/log-fields.ts';
import { createLogger, type Logger } from '../runtime/logger.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { defineCommand, type Io } from './command.ts';
import { type ClusterPart, loadCluster } from './embedded.ts';
import { type ClusterOptions, clusterOptions } from './options/cluster.ts';
import { loggerOptions } from './options/shared.ts';
import type { CommandSpec } from './parse.ts';
import { loadEndpoints } from './planes.ts';

export const clusterSpec: CommandSpec<typeof clusterOptions> = {
  name: 'cluster',
  summary:
    'An embedded Kubernetes cluster, for trying things out and for tests: an API server on 127.0.0.1 that kubectl, helm and client-go work with, and with --nodes also nodes that run pods as small programs of this machine. State is kept in --data-dir.',
  options: clusterOptions,
};

/** `sluice cluster`: runs until a signal. */
export const clusterCommand = defineCommand(clusterSpec, (options, _operands, io) =>
  serveCluster(options, { io, load: loadCluster }),
);

interface ClusterContext {
  io: Io;
  load: () => Promise<ClusterPart>;
}

/** Starts the cluster, says how to use it, and ends it with a signal; gives the exit code. */
export async function serveCluster(options: ClusterOptions, { io, load }: ClusterContext): Promise<number> {
  const logger = createLogger({ ...loggerOptions(options), stream: process.stderr });
  const shutdown = installShutdown(logger);
  const start = performance.now();
  const warn = (message: string, error: unknown): void => logger.warn(message, { error });
  await using stack = new AsyncDisposableStack();
  try {
    const { startCluster, parseImages } = await load();
    const { dataDir, network, nodes, images = [], nodeGraceMs, ...rest } = options;
    const runs = network !== 'none' && nodes > 0;
    const bindings = parseImages(images);
    const cluster = await startCluster({
      ...rest,
      dataDir: resolve(dataDir),
      nodes: runs ? 0 : nodes,
      ...(runs && { machines: { network, nodes, images: bindings, nodeGraceMs, agent: proxyOn } }),
      warn,
    }).catch((error: unknown) => {
      throw explained(error, options);
    });
    stack.defer(() => cluster.close());
    if (runs) {
      // That it is at work is nothing to say beside the greeting.
      const logLevel = options.logLevel === 'info' ? 'warn' : options.logLevel;
      const quiet = createLogger({ ...loggerOptions({ ...options, logLevel }), stream: process.stderr });
      stack.defer(await startEndpoints(cluster.kubeconfig, quiet.child({ plane: 'endpoints' })));
    }
    io.out(greeting(cluster, options, performance.now() - start));
    await new Promise<void>((done) => {
      if (shutdown.signal.aborted) done();
      else shutdown.signal.addEventListener('abort', () => done(), { once: true });
    });
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    logger.error(errorLine(error), { error });
    return 1;
  } finally {
    await stack.disposeAsync();
    shutdown.dispose();
  }
}

function greeting({ url, kubeconfig, network }: Cluster, { dataDir, nodes }: ClusterOptions, ms: number): string {
  const config = relative(process.cwd(), kubeconfig) || kubeconfig;
  return `Kubernetes API at ${url}, ready in ${(ms / 1000).toFixed(2)} s. State in ${dataDir}.
${machinesLine(network, nodes)}

  export KUBECONFIG=${config}
  kubectl get ${network ? 'nodes,pods,services' : 'services'} --all-namespaces

Ctrl-C ends it; the next start with the same --data-dir goes on where this one was.
`;
}

function machinesLine(network: Network | undefined, nodes: number): string {
  const count = `${nodes} ${nodes === 1 ? 'node' : 'nodes'}`;
  if (!network) {
    return nodes === 0
      ? 'No nodes: pods are stored and nothing runs; --nodes N has some.'
      : `${count} in name only (--network none): pods are stored and nothing runs.`;
  }
  const reached =
    network.mode === 'kernel'
      ? 'Pods and Services are reached from inside it: kubectl exec, kubectl run.'
      : 'Pods and Services have addresses of this machine.';
  return `${count}, network: ${network.description}. ${reached}${offsetLine(network.lowPortOffset)}`;
}

const offsetLine = (offset: number): string =>
  offset === 0 ? '' : `\nPorts below 1024 may not be bound by this user: port 80 is at ${80 + offset}, and so on.`;

/** The node agent that serves Services' addresses on every node: `sluice proxy`, as a program of the node. */
function proxyOn({ name, kubeconfig, mode, serviceCidrs, podCidrs, lowPortOffset }: AgentNode): ProgramSpec {
  const args = [
    'proxy',
    `--kubeconfig=${kubeconfig}`,
    `--node-name=${name}`,
    `--cluster-cidr=${podCidrs.join(',')}`,
    `--low-port-offset=${lowPortOffset}`,
    '--health-address=0',
    '--metrics-address=0',
    '--log-level=warn',
  ];
  if (mode === 'kernel') args.push('--claim-addresses', `--service-cidr=${serviceCidrs.join(',')}`);
  return { argv: [process.execPath, ...process.execArgv, ...SMALL, MAIN, ...args], env: compileCacheEnv() };
}

/** Measured: some 9 MB less for each node's proxy, which makes little garbage. */
const SMALL = ['--max-semi-space-size=1'];
const MAIN = join(import.meta.dirname, '..', 'main.ts');

/** The endpoints plane over the cluster's own API; gives what ends it. */
async function startEndpoints(kubeconfig: string, logger: Logger): Promise<() => Promise<void>> {
  const { runEndpoints, ENDPOINTS_DEFAULTS } = await loadEndpoints();
  const stop = new AbortController();
  const running = runEndpoints({
    options: { ...ENDPOINTS_DEFAULTS, kubeconfig },
    logger,
    metrics: createMetrics(),
    health: new Health(),
    signal: stop.signal,
  }).catch((error: unknown) => {
    if (!stop.signal.aborted) logger.error('the endpoints plane ended', { error });
  });
  return async () => {
    stop.abort();
    await running;
  };
}

/** What a user can mend, said so. */
function explained(error: unknown, { port, dataDir }: ClusterOptions): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'EADDRINUSE')
    return new ConfigError(`--port: "${port}" is in use; give another, or 0 for one that is free`);
  if (code === 'EACCES' && message.includes('listen')) {
    return new ConfigError(`--port: "${port}" may not be bound by this user; give one above 1023`);
  }
  if (/database is locked/.test(message)) {
    return new ConfigError(
      `--data-dir: "${dataDir}" is in use by another sluice cluster; end that one or give another folder`,
    );
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOENT' || code === 'ENOTDIR' || code === 'EEXIST') {
    return new ConfigError(`--data-dir: "${dataDir}" can't be written (${code}); give a folder that can`);
  }
  return error;
}
