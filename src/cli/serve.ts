import type { ListenAddress } from '../runtime/address.ts';
import { ConfigError } from '../runtime/config-error.ts';
import { Health, type HealthRegistry } from '../runtime/health.ts';
import { startServers } from '../runtime/http.ts';
import { errorLine } from '../runtime/log-fields.ts';
import { createLogger, type LogFields, type Logger } from '../runtime/logger.ts';
import { createMetrics, type Metrics } from '../runtime/metrics.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { loggerOptions } from './options/shared.ts';

/** What a plane runs in. */
export interface PlaneContext {
  logger: Logger;
  metrics: Metrics;
  health: HealthRegistry;
  signal: AbortSignal;
}

export interface ServeContext {
  logger: Logger;
  signal: AbortSignal;
  /** Said of the start in the log. */
  about: LogFields;
  /** Loads the plane, which then runs until `signal`. */
  load: () => Promise<(context: PlaneContext) => Promise<void>>;
}

/** Health and metrics around a plane; gives the exit code. */
export async function serve(
  { healthAddress, metricsAddress }: Record<'healthAddress' | 'metricsAddress', ListenAddress | 'off'>,
  { logger, signal, about, load }: ServeContext,
): Promise<number> {
  const metrics = createMetrics();
  const health = new Health();
  health.addReadyCheck('shutdown', () => (signal.aborted ? 'stopping' : undefined));
  let loaded = false;
  // Until the plane is there, its own checks are not.
  health.addReadyCheck('start', () => (loaded ? undefined : 'starting'));
  const servers = await startServers({ health, metrics, healthAddress, metricsAddress });
  try {
    logger.info('started', { ...about, ...servers.bound });
    const run = await load();
    const running = run({ logger, metrics, health, signal });
    loaded = true;
    await running;
    logger.info('stopped');
    return 0;
  } catch (error) {
    // Asked to stop: whatever was cut short says so by failing.
    if (signal.aborted && isAbort(error, signal)) return 0;
    if (error instanceof ConfigError) throw error;
    logger.error(errorLine(error), { error });
    return 1;
  } finally {
    await servers.close();
  }
}

/** The same with a logger of its own, until a signal to this process: all of a plane's command. */
export async function servePlane(
  options: Parameters<typeof serve>[0] & Parameters<typeof loggerOptions>[0],
  plane: Pick<ServeContext, 'about' | 'load'>,
): Promise<number> {
  const logger = createLogger(loggerOptions(options));
  const shutdown = installShutdown(logger);
  try {
    return await serve(options, { ...plane, logger, signal: shutdown.signal });
  } finally {
    shutdown.dispose();
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
