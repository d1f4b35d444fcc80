/** Resources of a pod as a whole (KEP-2837; kubernetes `pkg/api/pod`, `DefaultPodLevelResources`). */
import { formatQuantity, parseQuantity, type Quantity } from '../../schema/quantity.ts';
import { list, nanosOf, type Part } from './common.ts';
import { isHugePages } from './resources.ts';

/** Resources that a pod as a whole may have. */
export const isPodLevel = (name: string): boolean => name === 'cpu' || name === 'memory' || isHugePages(name);

type Amounts = Record<string, string>;

function plus(a: string, b: string): string {
  const [left, right] = [parseQuantity(a), parseQuantity(b)];
  if (left instanceof Error || right instanceof Error) return a;
  return formatQuantity({ ...left, nanos: left.nanos + right.nanos } satisfies Quantity);
}

const larger = (a: string, b: string): string => (nanosOf(a) >= nanosOf(b) ? a : b);

/** What the containers need together: the sum, or an init container's share where that is more. */
export function aggregate(spec: Part, field: string): Amounts {
  const sum: Amounts = {};
  const add = (amounts: Amounts) => {
    for (const [name, amount] of Object.entries(amounts)) sum[name] = sum[name] ? plus(sum[name], amount) : amount;
  };
  const amountsOf = ({ resources }: Part): Amounts => resources?.[field] ?? {};
  for (const container of list(spec['containers'])) add(amountsOf(container));
  const sidecars: Amounts = {};
  const peaks: Amounts = {};
  for (const container of list(spec['initContainers'])) {
    const own = amountsOf(container);
    const restarts = container['restartPolicy'] === 'Always';
    if (restarts) {
      add(own);
      for (const [name, amount] of Object.entries(own)) {
        sidecars[name] = sidecars[name] ? plus(sidecars[name], amount) : amount;
      }
    }
    const names = new Set([...Object.keys(own), ...Object.keys(sidecars)]);
    for (const name of names) {
      const beside = sidecars[name];
      const mine = restarts ? (beside ?? '0') : plus(own[name] ?? '0', beside ?? '0');
      const value = own[name] && !beside ? own[name] : mine;
      peaks[name] = peaks[name] ? larger(peaks[name], value) : value;
    }
  }
  for (const [name, amount] of Object.entries(peaks)) sum[name] = sum[name] ? larger(sum[name], amount) : amount;
  return sum;
}

/** Completes the pod's own requests and limits, if it has any, from what its containers say. */
export function podLevelResources(spec: Part): void {
  const { resources } = spec;
  const isEmpty = (amounts: unknown) => Object.keys((amounts as Amounts) ?? {}).length === 0;
  if (!resources || (isEmpty(resources.requests) && isEmpty(resources.limits))) return;
  const limits: Amounts = { ...resources.limits };
  const requests: Amounts = { ...resources.requests };
  const containerLimits = aggregate(spec, 'limits');
  for (const [name, amount] of Object.entries(containerLimits)) {
    if (isHugePages(name) && requests[name] === undefined) limits[name] ??= amount;
  }
  for (const [name, amount] of Object.entries(aggregate(spec, 'requests'))) {
    if (isPodLevel(name) && !isHugePages(name)) requests[name] ??= amount;
  }
  for (const [name, amount] of Object.entries(limits)) if (isPodLevel(name)) requests[name] ??= amount;
  for (const [name, request] of Object.entries(requests)) {
    if (!isPodLevel(name) || limits[name] !== undefined || !everyContainerLimits(spec, name)) continue;
    const limit = containerLimits[name];
    if (limit !== undefined) limits[name] = larger(limit, request);
  }
  if (!isEmpty(limits)) resources.limits = limits;
  if (!isEmpty(requests)) resources.requests = requests;
}

/** A limit of the pod follows from its containers' only when each of them has one. */
const everyContainerLimits = (spec: Part, name: string): boolean =>
  [...list(spec['containers']), ...list(spec['initContainers'])].every(
    ({ resources }) => resources?.limits?.[name] !== undefined,
  );
