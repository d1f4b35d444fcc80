import { ConfigError } from '../runtime/config-error.ts';
import { Health } from '../runtime/health.ts';
import { startServers } from '../runtime/http.ts';
import { errorLine } from '../runtime/log-fields.ts';
import { createLogger, type Logger } from '../runtime/logger.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { defineCommand } from './command.ts';
import { type ControllerOptions, controllerOptions, loggerOptions } from './options.ts';
import { type CommandSpec, wrongValue } from './parse.ts';
import { type ControllerPlane, loadController } from './planes.ts';

export const controllerSpec: CommandSpec<typeof controllerOptions> = {
  name: 'controller',
  summary: 'Gives every LoadBalancer Service its Network Load Balancer, and keeps it as the Service says.',
  options: controllerOptions,
  check(config, given) {
    const [lease, deadline, retry] = [given('leaseDurationMs'), given('renewDeadlineMs'), given('retryPeriodMs')];
    if (config.renewDeadlineMs >= config.leaseDurationMs) {
      throw new ConfigError(wrongValue(deadline, `is not shorter than ${lease.source}, ${lease.text}`));
    }
    if (config.retryPeriodMs >= config.renewDeadlineMs) {
      throw new ConfigError(wrongValue(retry, `is not shorter than ${deadline.source}, ${deadline.text}`));
    }
  },
};

/** `sluice controller`: runs until a signal, a fault, or the loss of leadership. */
export const controllerCommand = defineCommand(controllerSpec, async (options) => {
  const logger = createLogger(loggerOptions(options));
  const shutdown = installShutdown(logger);
  try {
    return await serveController(options, { logger, signal: shutdown.signal, load: loadController });
  } finally {
    shutdown.dispose();
  }
});

interface ServeContext {
  logger: Logger;
  signal: AbortSignal;
  load: () => Promise<ControllerPlane>;
}

/** Health and metrics around the cloud plane; gives the exit code. */
export async function serveController(options: ControllerOptions, context: ServeContext): Promise<number> {
  const { logger, signal, load } = context;
  const metrics = createMetrics();
  const health = new Health();
  health.addReadyCheck('shutdown', () => (signal.aborted ? 'stopping' : undefined));
  let loaded = false;
  // Until the plane is there, its own checks are not.
  health.addReadyCheck('start', () => (loaded ? undefined : 'starting'));
  const { healthAddress, metricsAddress } = options;
  const servers = await startServers({ health, metrics, healthAddress, metricsAddress });
  try {
    logger.info('started', { cluster: options.clusterName, ...servers.bound });
    const { runController } = await load();
    const running = runController({ options, logger, metrics, health, signal });
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

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
