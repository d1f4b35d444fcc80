import { relative, resolve } from 'node:path';
import { ConfigError } from '../runtime/config-error.ts';
import { errorLine } from '../runtime/log-fields.ts';
import { createLogger } from '../runtime/logger.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { defineCommand, type Io } from './command.ts';
import { type ClusterOptions, clusterOptions, loggerOptions } from './options.ts';
import type { CommandSpec } from './parse.ts';
import { type ClusterPart, loadCluster } from './embedded.ts';

export const clusterSpec: CommandSpec<typeof clusterOptions> = {
  name: 'cluster',
  summary:
    'An embedded Kubernetes API server on 127.0.0.1, for trying things out and for tests: kubectl, helm and client-go work with it. No pods run in it. State is kept in --data-dir.',
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
  const logger = createLogger(loggerOptions(options));
  const shutdown = installShutdown(logger);
  const start = performance.now();
  try {
    const { startCluster } = await load();
    const cluster = await startCluster({
      ...options,
      dataDir: resolve(options.dataDir),
      warn: (message, error) => logger.warn(message, { error }),
    }).catch((error: unknown) => {
      throw explained(error, options);
    });
    const seconds = ((performance.now() - start) / 1000).toFixed(2);
    io.out(`Kubernetes API at ${cluster.url}, ready in ${seconds} s. State in ${options.dataDir}.

  export KUBECONFIG=${relative(process.cwd(), cluster.kubeconfig) || cluster.kubeconfig}
  kubectl get services --all-namespaces

Ctrl-C ends it; the next start with the same --data-dir goes on where this one was.
`);
    await new Promise<void>((done) => {
      if (shutdown.signal.aborted) done();
      else shutdown.signal.addEventListener('abort', () => done(), { once: true });
    });
    await cluster.close();
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    logger.error(errorLine(error), { error });
    return 1;
  } finally {
    shutdown.dispose();
  }
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
