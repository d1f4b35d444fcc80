import { createLogger } from '../runtime/logger.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { defineCommand } from './command.ts';
import { loggerOptions, proxyOptions } from './options.ts';
import type { CommandSpec } from './parse.ts';
import { loadProxy } from './planes.ts';
import { serve } from './serve.ts';

export const proxySpec: CommandSpec<typeof proxyOptions> = {
  name: 'proxy',
  summary:
    "Serves the addresses of the cluster's Services on this node: ClusterIPs, NodePorts, external addresses. By relays in this process, which hide clients' addresses from endpoints.",
  options: proxyOptions,
};

/** `sluice proxy`: runs until a signal or a fault. */
export const proxyCommand = defineCommand(proxySpec, async (options) => {
  const logger = createLogger(loggerOptions(options));
  const shutdown = installShutdown(logger);
  try {
    return await serve(options, {
      logger,
      signal: shutdown.signal,
      about: { node: options.nodeName },
      load: async () => {
        const { runProxy } = await loadProxy();
        return (context) => runProxy({ options, ...context });
      },
    });
  } finally {
    shutdown.dispose();
  }
});
