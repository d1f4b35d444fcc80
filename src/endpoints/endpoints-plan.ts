/** The Endpoints that a Service should have, for those who still read them. Pure. Rules: kubernetes `pkg/controller/endpoint` (1.37). */
import type { EndpointAddress, Endpoints, EndpointSubset, IpFamily, Service } from '../kube/objects.ts';
import { hasHostname } from './desired.ts';
import {
  ENDPOINTS_CONTROLLER,
  ENDPOINTS_MANAGED_BY_LABEL,
  HEADLESS_LABEL,
  OVER_CAPACITY_ANNOTATION,
  TRIGGER_TIME_ANNOTATION,
} from './names.ts';
import { type EndpointPod, hasEndpoints, isTerminating } from './pod.ts';
import { findPort } from './ports.ts';
import { addressTypesOf, isHeadless } from './service.ts';
import { sameMap } from './slice.ts';
import { repackSubsets, sameSubsets } from './subsets.ts';

/** Addresses that Endpoints hold at most; more are cut off. */
const CAPACITY = 1000;

/** What is to be sent: `name` has to be created, or to be replaced as of a resource version. */
export interface EndpointsBody {
  apiVersion: 'v1';
  kind: 'Endpoints';
  metadata: Record<string, unknown> & { name: string };
  subsets: EndpointSubset[];
}

/** A Service's Endpoints as they have to be written; undefined if they are right as they are. */
export function planEndpoints(
  service: Service,
  pods: Iterable<EndpointPod>,
  current: Endpoints | undefined,
  triggerTime: string | undefined,
): EndpointsBody | undefined {
  const desired = repackSubsets(desiredSubsets(service, pods));
  const { name, labels = {} } = service.metadata;
  if (current && isRight(current, labels, desired)) return undefined;
  const { subsets, truncated } = truncate(desired);
  const {
    [TRIGGER_TIME_ANNOTATION]: _time,
    [OVER_CAPACITY_ANNOTATION]: _capacity,
    ...others
  } = current?.metadata.annotations ?? {};
  const { [HEADLESS_LABEL]: _headless, ...ownLabels } = labels;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...current?.metadata,
      name,
      labels: {
        ...ownLabels,
        ...(isHeadless(service) && { [HEADLESS_LABEL]: '' }),
        [ENDPOINTS_MANAGED_BY_LABEL]: ENDPOINTS_CONTROLLER,
      },
      annotations: {
        ...others,
        ...(triggerTime !== undefined && { [TRIGGER_TIME_ANNOTATION]: triggerTime }),
        ...(truncated && { [OVER_CAPACITY_ANNOTATION]: 'truncated' }),
      },
    },
    subsets,
  };
}

/** A pod's subsets are those of its ports; they are not packed yet. */
function desiredSubsets(service: Service, pods: Iterable<EndpointPod>): EndpointSubset[] {
  const { ports = [], publishNotReadyAddresses = false } = service.spec;
  const [family = 'IPv4'] = addressTypesOf(service);
  const subsets: EndpointSubset[] = [];
  for (const pod of pods) {
    if (!hasEndpoints(pod) || (isTerminating(pod) && !publishNotReadyAddresses)) continue;
    const address = addressOf(service, pod, family);
    if (!address) continue;
    const addresses =
      publishNotReadyAddresses || pod.ready ? { addresses: [address] } : { notReadyAddresses: [address] };
    if (ports.length === 0 && isHeadless(service)) subsets.push(addresses);
    for (const port of ports) {
      const found = findPort(pod.ports, port);
      if (found === undefined) continue;
      const { name, protocol = 'TCP', appProtocol } = port;
      subsets.push({
        ...addresses,
        ports: [{ ...(name && { name }), port: found, protocol, ...(appProtocol !== undefined && { appProtocol }) }],
      });
    }
  }
  return subsets;
}

function addressOf(service: Service, pod: EndpointPod, family: IpFamily): EndpointAddress | undefined {
  const [ip] = family === 'IPv4' ? pod.ipv4 : pod.ipv6;
  if (ip === undefined) return undefined;
  const { namespace, name, uid } = pod.metadata;
  return {
    ip,
    ...(hasHostname(service, pod) && { hostname: pod.hostname }),
    // As upstream: an API server refuses an empty name, so that a pod with an address but no node is seen to be wrong.
    nodeName: pod.nodeName ?? '',
    targetRef: { kind: 'Pod', ...(namespace !== undefined && { namespace }), name, uid },
  };
}

function isRight(
  { metadata, subsets }: Endpoints,
  serviceLabels: Record<string, string>,
  desired: readonly EndpointSubset[],
): boolean {
  const { [ENDPOINTS_MANAGED_BY_LABEL]: manager, [HEADLESS_LABEL]: _, ...labels } = metadata.labels ?? {};
  const now = subsets ?? [];
  return (
    manager === ENDPOINTS_CONTROLLER &&
    sameMap(labels, serviceLabels) &&
    metadata.annotations?.[OVER_CAPACITY_ANNOTATION] === undefined &&
    countOf(now).total <= CAPACITY &&
    sameSubsets(now, desired)
  );
}

function countOf(subsets: readonly EndpointSubset[]): { ready: number; notReady: number; total: number } {
  let ready = 0;
  let notReady = 0;
  for (const { addresses = [], notReadyAddresses = [] } of subsets) {
    ready += addresses.length;
    notReady += notReadyAddresses.length;
  }
  return { ready, notReady, total: ready + notReady };
}

/** Cuts subsets down to capacity, each by the same share; ready addresses go before others. */
function truncate(subsets: readonly EndpointSubset[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const { ready, notReady, total } = countOf(subsets);
  if (total <= CAPACITY) return { subsets: [...subsets], truncated: false };
  const cutsReady = ready > CAPACITY;
  const room = cutsReady ? CAPACITY : CAPACITY - ready;
  const all = cutsReady ? ready : notReady;
  let left = room;
  const cut = (addresses: readonly EndpointAddress[]) => {
    const share = Math.min(left, Math.ceil((addresses.length / all) * room));
    left -= Math.min(share, addresses.length);
    return addresses.slice(0, share);
  };
  return {
    truncated: true,
    subsets: subsets.map(({ addresses = [], notReadyAddresses = [], ...rest }) =>
      cutsReady
        ? { addresses: cut(addresses), ...rest }
        : { addresses, notReadyAddresses: cut(notReadyAddresses), ...rest },
    ),
  };
}
