import { defineCommand } from './command.ts';
import { proxyOptions } from './options/proxy.ts';
import type { CommandSpec } from './parse.ts';
import { loadProxy } from './planes.ts';
import { servePlane } from './serve.ts';

export const proxySpec: CommandSpec<typeof proxyOptions> = {
  name: 'proxy',
  summary:
    "Serves the addresses of the cluster's Services on this node: ClusterIPs, NodePorts, external addresses. By relays in this process, which hide clients' addresses from endpoints.",
  options: proxyOptions,
};

/** `sluice proxy`: runs until a signal or a fault. */
export const proxyCommand = defineCommand(proxySpec, (options) =>
  servePlane(options, {
    about: { node: options.nodeName },
    load: async () => {
      const { runProxy } = await loadProxy();
      return (context) => runProxy({ options, ...context });
    },
  }),
);
