import { ConfigError } from '../runtime/config-error.ts';
import { createLogger } from '../runtime/logger.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { defineCommand } from './command.ts';
import { endpointsOptions, loggerOptions } from './options.ts';
import { type CommandSpec, wrongValue } from './parse.ts';
import { loadEndpoints } from './planes.ts';
import { serve } from './serve.ts';

export const endpointsSpec: CommandSpec<typeof endpointsOptions> = {
  name: 'endpoints',
  summary:
    "Writes Services' EndpointSlices and Endpoints from their pods, and mirrors Endpoints that are written by hand, as kube-controller-manager does.",
  options: endpointsOptions,
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

/** `sluice endpoints`: runs until a signal, a fault, or the loss of leadership. */
export const endpointsCommand = defineCommand(endpointsSpec, async (options) => {
  const logger = createLogger(loggerOptions(options));
  const shutdown = installShutdown(logger);
  try {
    return await serve(options, {
      logger,
      signal: shutdown.signal,
      about: {},
      load: async () => {
        const { runEndpoints } = await loadEndpoints();
        return (context) => runEndpoints({ options, ...context });
      },
    });
  } finally {
    shutdown.dispose();
  }
});
