/** A history of the differential test: what happens in one namespace, one step after another, in words that a person reads. */
import type { Json } from '../services/case.ts';

export type Kind = 'services' | 'pods' | 'endpoints' | 'endpointslices' | 'nodes';

/** One write. What it names that is not there is refused, by both API servers alike. */
export interface Write {
  verb: 'create' | 'patch' | 'status' | 'delete';
  kind: Kind;
  /** Of an EndpointSlice that a controller made: see `SliceOf`. */
  name: string | SliceOf;
  /** The object (create), or a merge patch. */
  body?: Json;
  /** Of a deletion; 0 takes a pod away at once. */
  gracePeriodSeconds?: number;
}

/** The `at`-th of a Service's slices, the largest first. */
export interface SliceOf {
  service: string;
  at: number;
  /** Those of the mirroring controller. */
  mirrored?: boolean;
}

/**
 * Puts a label on as many pods of each of a Service's slices, the largest slice first, as `counts` says. Two controllers
 * put pods into slices at random, so it is only by slice that the same can be taken from both.
 */
export interface Mark {
  verb: 'mark';
  service: string;
  label: string;
  counts: readonly number[];
}

export interface Step {
  /** In order, without waiting between them; both controllers are waited for after the last. */
  writes: readonly (Write | Mark)[];
  /** How many addresses a Service must have in its slices after it: for steps that take a controller long. */
  until?: { service: string; addresses: number };
  /** Nothing is compared after it: a node's coming and going is taken in when the Service is looked at again. */
  unseen?: boolean;
}

export interface History {
  name: string;
  steps: readonly Step[];
  /** Several writes in a step are seen together or one by one, as luck will have it: then the times that they tell are not compared. */
  bursts?: boolean;
  /** Which pod is in which slice is not compared, nor which it is: how many of which sort in each is. */
  anonymous?: boolean;
  /** It changes nodes, which are everyone's: nothing else runs beside it. */
  alone?: boolean;
}

/** All pods that are ready, or not, since this second of the test's own time. */
export const at = (second: number): string =>
  new Date(Date.UTC(2020, 0, 1) + second * 1000).toISOString().replace('.000', '');

export const create = (kind: Kind, name: string, body: Json): Write => ({ verb: 'create', kind, name, body });
export const patch = (kind: Kind, name: string | SliceOf, body: Json): Write => ({ verb: 'patch', kind, name, body });
export const remove = (kind: Kind, name: string | SliceOf, gracePeriodSeconds = 0): Write => ({
  verb: 'delete',
  kind,
  name,
  gracePeriodSeconds,
});
export const step = (...writes: (Write | Mark)[]): Step => ({ writes });

/** What a pod's status says of it. */
export interface PodState {
  ips?: readonly string[];
  ready?: boolean;
  /** Since when it is ready, or not. */
  second?: number;
  phase?: string;
}

/** A pod's status, as a kubelet reports it. */
export function status(name: string, { ips = [], ready = true, second = 0, phase = 'Running' }: PodState): Write {
  const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: at(second) };
  const [podIP] = ips;
  return {
    verb: 'status',
    kind: 'pods',
    name,
    body: {
      status: {
        phase,
        conditions: [condition],
        ...(podIP === undefined ? {} : { podIP, podIPs: ips.map((ip) => ({ ip })) }),
      },
    },
  };
}

export interface PodOptions {
  labels?: Record<string, string>;
  node?: string;
  ports?: Json[];
  spec?: Json;
}

export function pod(name: string, { labels = { app: 'web' }, node = 'a1', ports, spec = {} }: PodOptions = {}): Write {
  return create('pods', name, {
    metadata: { name, labels },
    spec: {
      ...(node === '' ? {} : { nodeName: node }),
      containers: [{ name: 'main', image: 'example.com/web', ...(ports && { ports }) }],
      ...spec,
    },
  });
}

export function service(name: string, spec: Json = {}, metadata: Json = {}): Write {
  return create('services', name, {
    metadata: { name, ...metadata },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  });
}

/** A Service without a selector: `spec` may say more. */
export function bare(name: string, spec: Json = {}, metadata: Json = {}): Write {
  return create('services', name, { metadata: { name, ...metadata }, spec: { ports: [{ port: 80 }], ...spec } });
}

export const endpoints = (name: string, subsets: Json, metadata: Json = {}): Write =>
  create('endpoints', name, { metadata: { name, ...metadata }, subsets });
