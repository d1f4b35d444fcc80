import type { ControlPlane } from './control-plane.ts';

export interface ToldEvent {
  metadata: { creationTimestamp: string; resourceVersion: string };
  type: string;
  reason: string;
  message: string;
  count?: number;
  reportingComponent: string;
}

/**
 * kube-apiserver's loops over the addresses and ports of Services compare two caches of its own. While one lags behind
 * they say of an address that was allocated a moment ago that it is not ("repairing"), which is no news of anybody else.
 */
const OF_THE_API_SERVER = new Set(['ipallocator-repair-controller', 'portallocator-repair-controller']);

/** Events on objects of that name, or on all objects; those of the API server itself left out. */
export async function eventsOf(kube: ControlPlane, name?: string): Promise<ToldEvent[]> {
  const query = name === undefined ? '' : `?fieldSelector=involvedObject.name%3D${name}`;
  const { status, body } = await kube.request('GET', `/api/v1/events${query}`);
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return (body as { items: ToldEvent[] }).items.filter((event) => !OF_THE_API_SERVER.has(event.reportingComponent));
}
