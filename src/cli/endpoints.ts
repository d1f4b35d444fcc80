import { createLogger } from '../runtime/logger.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { defineCommand } from './command.ts';
import { checkElection } from './election.ts';
import { endpointsOptions, loggerOptions } from './options.ts';
import type { CommandSpec } from './parse.ts';
import { loadEndpoints } from './planes.ts';
import { serve } from './serve.ts';

export const endpointsSpec: CommandSpec<typeof endpointsOptions> = {
  name: 'endpoints',
  summary:
    "Writes Services' EndpointSlices and Endpoints from their pods, and mirrors Endpoints that are written by hand, as kube-controller-manager does.",
  options: endpointsOptions,
  check: checkElection,
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
