/**
 * `sluice release`: lets go of Services, so that nothing waits for a controller that is gone. Each Service is marked first,
 * and a controller that runs leaves it alone from then on.
 */
import { EventRecorder } from '../kube/events.ts';
import type { Node, Service } from '../kube/objects.ts';
import { createKubeClient, isConflict, isNotFound, type KubeClient } from '../kube/request.ts';
import { ConfigError } from '../runtime/config-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { keyOf } from '../kube/key.ts';
import { isHeld, UPSTREAM_FINALIZER } from '../service/ownership.ts';
import { formatProblem } from '../service/problem.ts';
import { describeError } from './aws/errors.ts';
import { connectAws } from './aws/discover.ts';
import { Inventory } from './aws/inventory.ts';
import { Network } from './aws/network.ts';
import { Observer } from './aws/observe.ts';
import { SharedGroups } from './aws/shared-groups.ts';
import type { ReleaseConfig } from './config.ts';
import type { CloudParts } from './converge.ts';
import { instanceIdOf, selectTargets } from './nodes.ts';
import { pathOf, ServiceWriter } from './service-writer.ts';
import { tearDown } from './teardown.ts';

export interface ReleaseContext {
  logger: Logger;
  /** Where results go. */
  write: (text: string) => void;
  signal: AbortSignal;
}

const RETRY_MS = 2_000;

/** @throws ConfigError for what the user must mend; Error with a line for each Service that could not be released. */
export async function runRelease(config: ReleaseConfig, { logger, write, signal }: ReleaseContext): Promise<void> {
  const client = createKubeClient(config.kubeconfig ? { kubeconfig: config.kubeconfig } : {});
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs)]);
  const onError = (error: unknown) => logger.warn('an event was lost', { error });
  const events = new EventRecorder({ client, component: 'sluice-release', onError });
  const writer = new ServiceWriter(client, events);
  try {
    const services = await chosen(client, config, write);
    const cloud =
      config.delete && services.length > 0 ? await connectCloud(client, config, logger, timeout) : undefined;
    const failures: string[] = [];
    for (const service of services) {
      const key = keyOf(service);
      try {
        await releaseOne(service, { client, writer, config, cloud, logger, signal: timeout });
        writer.event(
          service,
          'Normal',
          'Released',
          config.delete ? 'Released and deleted' : 'Released; cloud resources are kept',
        );
        write(`${key} released, cloud resources ${config.delete ? 'deleted' : 'kept'}\n`);
      } catch (error) {
        failures.push(`${key}: ${describeError(error)}`);
      }
    }
    if (services.length === 0) write('no Service is held by Sluice\n');
    if (cloud && failures.length === 0) {
      await cloud.shared.release(() => cloud.inventory.stacks().size > 0);
    }
    await events.flush();
    if (failures.length > 0) throw new Error(failures.join('\n'));
  } finally {
    events.stop();
    await client.close();
  }
}

async function chosen(client: KubeClient, config: ReleaseConfig, write: (text: string) => void): Promise<Service[]> {
  if (config.all) {
    const list = await client.request<{ items: Service[] }>('GET', '/api/v1/services');
    return list.items.filter(isHeld);
  }
  const services: Service[] = [];
  for (const key of config.keys) {
    const [namespace, name] = key.split('/');
    try {
      const service = await client.request<Service>('GET', `/api/v1/namespaces/${namespace}/services/${name}`);
      if (isHeld(service)) services.push(service);
      else write(`${key} is not held by Sluice\n`);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new ConfigError(`Service ${JSON.stringify(key)} does not exist; name existing Services as NAMESPACE/NAME`);
    }
  }
  return services;
}

interface ReleaseParts {
  client: KubeClient;
  writer: ServiceWriter;
  config: ReleaseConfig;
  cloud: CloudParts | undefined;
  logger: Logger;
  signal: AbortSignal;
}

async function releaseOne(service: Service, parts: ReleaseParts): Promise<void> {
  const { client, writer, config, cloud, logger, signal } = parts;
  await writer.markReleased(service);
  if (cloud) await removeFromCloud(cloud, keyOf(service), logger, signal);
  for (;;) {
    try {
      const latest = await client.request<Service>('GET', pathOf(service));
      const cleared = await writer.clearStatus(latest, !config.delete);
      await writer.letGo(cleared, service.spec.loadBalancerClass ? [] : [UPSTREAM_FINALIZER]);
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      // Somebody changed the Service between reading and writing.
      if (!isConflict(error)) throw error;
      signal.throwIfAborted();
    }
  }
}

/** AWS may need a while, and says so with errors that pass. */
async function removeFromCloud(cloud: CloudParts, key: string, logger: Logger, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      const problems = await tearDown(cloud, { key, reason: 'the Service is being released', logger, signal });
      if (problems.length > 0) throw new ConfigError(problems.map(formatProblem).join('; '));
      return;
    } catch (error) {
      if (error instanceof ConfigError || signal.aborted) throw error;
      logger.warn('AWS refuses for now; trying again', { service: key, error });
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      await cloud.inventory.refresh();
    }
  }
}

async function connectCloud(
  client: KubeClient,
  config: ReleaseConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<CloudParts> {
  const { clusterName } = config;
  if (!clusterName) throw new ConfigError('--delete needs --cluster-name: it says whose cloud resources are removed');
  const nodes = (await client.request<{ items: Node[] }>('GET', '/api/v1/nodes')).items;
  const { aws, vpcId } = await connectAws(config, nodes, { logger, signal });
  const inventory = new Inventory(aws, clusterName, vpcId);
  const network = new Network(aws, vpcId, clusterName);
  const instanceIds = () => selectTargets(nodes, network.instances, vpcId).instanceIds;
  await network.ensureInstances(nodes.flatMap((node) => instanceIdOf(node) ?? []));
  await inventory.refresh();
  // The budget only matters for rules that are opened, and none is.
  const shared = new SharedGroups({ aws, inventory, network, clusterName, budget: 40, instanceIds, logger, signal });
  return { aws, inventory, observer: new Observer(aws, inventory), shared, vpcId, clusterName };
}
