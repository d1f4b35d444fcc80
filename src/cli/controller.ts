import { createLogger, type Logger } from '../runtime/logger.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { defineCommand } from './command.ts';
import { checkElection } from './election.ts';
import { type ControllerOptions, controllerOptions } from './options/controller.ts';
import { loggerOptions } from './options/shared.ts';
import type { CommandSpec } from './parse.ts';
import { type ControllerPlane, loadController } from './planes.ts';
import { serve } from './serve.ts';

export const controllerSpec: CommandSpec<typeof controllerOptions> = {
  name: 'controller',
  summary: 'Gives every LoadBalancer Service its Network Load Balancer, and keeps it as the Service says.',
  options: controllerOptions,
  check: checkElection,
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

/** The cloud plane with its health and metrics; gives the exit code. */
export function serveController(options: ControllerOptions, context: ServeContext): Promise<number> {
  const { logger, signal, load } = context;
  return serve(options, {
    logger,
    signal,
    about: { cluster: options.clusterName },
    load: async () => {
      const { runController } = await load();
      return (plane) => runController({ options, ...plane });
    },
  });
}
