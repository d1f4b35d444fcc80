import { defineCommand } from './command.ts';
import { checkElection } from './election.ts';
import { endpointsOptions } from './options/endpoints.ts';
import type { CommandSpec } from './parse.ts';
import { loadEndpoints } from './planes.ts';
import { servePlane } from './serve.ts';

export const endpointsSpec: CommandSpec<typeof endpointsOptions> = {
  name: 'endpoints',
  summary:
    "Writes Services' EndpointSlices and Endpoints from their pods, and mirrors Endpoints that are written by hand, as kube-controller-manager does.",
  options: endpointsOptions,
  check: checkElection,
};

/** `sluice endpoints`: runs until a signal, a fault, or the loss of leadership. */
export const endpointsCommand = defineCommand(endpointsSpec, (options) =>
  servePlane(options, {
    about: {},
    load: async () => {
      const { runEndpoints } = await loadEndpoints();
      return (context) => runEndpoints({ options, ...context });
    },
  }),
);
