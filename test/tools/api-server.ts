/** The API servers that the controller's and the runtime's tests run against: one suite, each of these. */
import { missingTools, type Requirement } from '../../scripts/tools.mjs';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
import { startEmbeddedCluster } from './embedded-cluster.ts';

export const API_SERVERS = ['kube-apiserver', 'embedded'] as const;
export type ApiServerName = (typeof API_SERVERS)[number];

/**
 * Which one this run is about; the projects in vitest.config.ts say so. Where there is no kube-apiserver and nobody
 * demands it (as CI does), the embedded one stands in.
 */
export function apiServerName(): ApiServerName {
  const name = process.env['SLUICE_TEST_API_SERVER'];
  if (name === undefined) {
    const absent = missingTools()['control-plane'] !== undefined && process.env['CI'] !== 'true';
    return absent ? 'embedded' : 'kube-apiserver';
  }
  const found = API_SERVERS.find((one) => one === name);
  if (!found)
    throw new Error(`SLUICE_TEST_API_SERVER: ${JSON.stringify(name)} is not one of ${API_SERVERS.join(', ')}`);
  return found;
}

/** What a test on it needs. */
export const apiServerRequirements = (name = apiServerName()): Requirement[] =>
  name === 'kube-apiserver' ? ['control-plane'] : [];

/** Starts it; returns when it is ready. */
export const startApiServer = (options: ControlPlaneOptions = {}, name = apiServerName()): Promise<ControlPlane> =>
  name === 'kube-apiserver' ? startControlPlane(options) : startEmbeddedCluster(options);
