/** The AWS endpoints that the controller's tests run against: one suite, each of these. */
import { startLocalStack } from './localstack.ts';
import { startMoto } from './moto.ts';
import { layOutNetwork, type Network, type NetworkOptions, readNetwork } from './network.ts';

export const ENDPOINTS = ['moto', 'localstack'] as const;
export type EndpointName = (typeof ENDPOINTS)[number];

/** AWS's APIs, with a cluster's network laid out in them. */
export interface Endpoint {
  name: EndpointName;
  url: string;
  network: Network;
  stop(): Promise<void>;
}

/** Which endpoint this run is about; the projects in vitest.config.ts say so. */
export function endpointName(): EndpointName {
  const name = process.env['SLUICE_TEST_ENDPOINT'] ?? 'moto';
  const found = ENDPOINTS.find((one) => one === name);
  if (!found) throw new Error(`SLUICE_TEST_ENDPOINT: ${JSON.stringify(name)} is not one of ${ENDPOINTS.join(', ')}`);
  return found;
}

/** Starts it on a free loopback port and lays the network out: both by the hook in `localstack/init`. */
export async function startEndpoint(options: NetworkOptions, name = endpointName()): Promise<Endpoint> {
  const server = name === 'moto' ? await startMoto() : await startLocalStack(options);
  try {
    const network = await (name === 'moto' ? layOutNetwork : readNetwork)(server.url, options);
    return { name, url: server.url, network, stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
