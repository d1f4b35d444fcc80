/** A Service object, its client and its events, as the writers of status and events need them. */
import { expect } from 'vitest';
import type { Condition, LoadBalancerIngress, ObjectMeta, Service, ServicePort } from '../../../src/kube/objects.ts';
import type { KubeClient, RequestOptions } from '../../../src/kube/request.ts';
import type { Logger } from '../../../src/runtime/logger.ts';

export interface ServiceParts {
  metadata?: Partial<ObjectMeta>;
  ports?: ServicePort[];
  hostname?: string;
  conditions?: Partial<Condition>[];
}

export function webService({ metadata, ports, hostname, conditions }: ServiceParts = {}): Service {
  const ingress: LoadBalancerIngress[] = hostname ? [{ hostname, ports: [{ port: 80, protocol: 'TCP' }] }] : [];
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'uid-1', resourceVersion: '7', ...metadata },
    spec: { type: 'LoadBalancer', ports: ports ?? [{ port: 80, nodePort: 30080 }] },
    status: {
      loadBalancer: hostname ? { ingress } : {},
      conditions: (conditions ?? []).map((condition) => ({
        type: 'other',
        status: 'True',
        reason: '',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
        ...condition,
      })),
    },
  };
}

export interface Sent {
  method: string;
  path: string;
  body: unknown;
  contentType: string | undefined;
}

/** A client that remembers what was sent and answers with `answer`, or throws it if it is an Error. */
export function fakeClient(answer: (path: string) => unknown = () => ({})): { client: KubeClient; sent: Sent[] } {
  const sent: Sent[] = [];
  const client: KubeClient = {
    request: <T>(method: string, path: string, options: RequestOptions = {}) => {
      sent.push({ method, path, body: options.body, contentType: options.contentType });
      const result = answer(path);
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result as T);
    },
    watch: () => expect.unreachable('nothing here watches'),
  };
  return { client, sent };
}

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
