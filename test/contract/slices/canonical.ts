/** What a namespace's slices and Endpoints say, without what two clusters can't have in common. Pure. */
import type { Json } from '../services/case.ts';

/** A namespace's objects as an API server lists them. */
export interface Objects {
  services: readonly Json[];
  pods: readonly Json[];
  endpoints: readonly Json[];
  slices: readonly Json[];
}

export interface CanonicalOptions {
  /** See `History`. */
  bursts?: boolean;
  anonymous?: boolean;
}

const TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time';
const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const AUTO = ['service.kubernetes.io/topology-aware-hints', 'service.kubernetes.io/topology-mode'];
/** The test's own times are all before it. */
const OURS = '2021';

/**
 * By Service, its groups of slices that say the same of themselves, with how many endpoints are in each slice and which in
 * all of them; and the Endpoints of that name. Which of a group's slices an endpoint is in is left out: upstream draws it.
 */
export function canonical(objects: Objects, options: CanonicalOptions = {}): Json {
  const context = contextOf(objects, options);
  const names = new Set<string>([
    ...objects.slices.map((slice) => slice.metadata.labels?.[SERVICE_NAME] ?? ''),
    ...objects.endpoints.map(({ metadata }) => metadata.name),
  ]);
  return Object.fromEntries(
    [...names].toSorted().map((name) => {
      const slices = objects.slices.filter((slice) => (slice.metadata.labels?.[SERVICE_NAME] ?? '') === name);
      const legacy = objects.endpoints.find(({ metadata }) => metadata.name === name);
      return [
        name,
        {
          slices: groups(name, slices, context),
          ...(context.drawsHints(name) && { hints: drawnHints(slices) }),
          endpoints: legacy && endpointsOf(legacy, context),
        },
      ];
    }),
  );
}

interface Context extends CanonicalOptions {
  /** Kind and name by UID. */
  owners: Map<string, string>;
  /** When the Services were made. */
  made: Map<string, string>;
  /** Whether a Service's hints are, or may be, the annotation's: which endpoint gets another zone's hint is drawn. */
  drawsHints(service: string): boolean;
}

function contextOf({ services, pods, endpoints }: Objects, options: CanonicalOptions): Context {
  const owners = new Map<string, string>();
  for (const { metadata } of services) owners.set(metadata.uid, `Service ${metadata.name}`);
  for (const { metadata } of pods) owners.set(metadata.uid, `Pod ${metadata.name}`);
  for (const { metadata } of endpoints) owners.set(metadata.uid, `Endpoints ${metadata.name}`);
  return {
    ...options,
    owners,
    made: new Map(services.map(({ metadata }) => [metadata.name, metadata.creationTimestamp])),
    drawsHints: (service) => {
      const found = services.find(({ metadata }) => metadata.name === service);
      return !found || AUTO.some((key) => /^auto$/i.test(found.metadata.annotations?.[key] ?? ''));
    },
  };
}

const key = (value: Json): string => JSON.stringify(value, (_, part) => (isObject(part) ? sortedObject(part) : part));
const isObject = (value: Json): boolean => value !== null && typeof value === 'object' && !Array.isArray(value);
const sortedObject = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const sortedList = (list: readonly Json[]): Json[] =>
  list
    .map((value) => ({ value, text: key(value) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ value }) => value);

/** By family, ports and whose they are; what else sets slices apart is numbered. */
function groups(service: string, slices: readonly Json[], context: Context): Json {
  // Whether a burst ever left a family without endpoints is luck, and so is what tells of it.
  const counted = context.bursts ? slices.filter((slice) => slice.endpoints?.length) : slices;
  const byShell = Map.groupBy(counted, (slice) => key(shellOf(service, slice, context)));
  const made = [...byShell.values()].map((same) => {
    const endpoints = same.flatMap((slice) => slice.endpoints ?? []);
    const plain = endpoints.map((endpoint) => endpointOf(endpoint, service, context));
    return {
      ...shellOf(service, same[0], context),
      counts: same.map((slice) => slice.endpoints?.length ?? 0).toSorted((a, b) => b - a),
      // With hints by processors and an endpoint without a zone, upstream writes its slices in every sync, for nothing.
      ...(!context.bursts &&
        !context.drawsHints(service) && {
          triggers: tally(same.map((slice) => triggerOf(service, slice.metadata, context))),
        }),
      endpoints: context.anonymous ? tally(plain) : sortedList(plain),
    };
  });
  const named: Json = {};
  for (const group of sortedList(made)) {
    const name = nameOf(group);
    const taken = Object.keys(named).filter((one) => one === name || one.startsWith(`${name} #`)).length;
    named[taken === 0 ? name : `${name} #${taken + 1}`] = group;
  }
  return named;
}

/** How many endpoints of each family and zone have hints for which zones. */
function drawnHints(slices: readonly Json[]): Record<string, number> {
  const all = slices.flatMap(({ addressType, endpoints }) =>
    (endpoints ?? []).map(({ zone, hints }: Json) => ({ addressType, zone, hints })),
  );
  return tally(all);
}

function nameOf({ addressType, ports, labels }: Json): string {
  const shown = (ports ?? []).map(({ name, port, protocol }: Json) => `${name ? `${name}:` : ''}${port}/${protocol}`);
  const manager = labels[MANAGED_BY]?.replace('.k8s.io', '') ?? 'nobody';
  return `${addressType} ${shown.join('+') || 'no ports'} of ${manager}`;
}

/** What a slice says of itself. */
function shellOf(service: string, { metadata, addressType, ports }: Json, { owners }: Context): Json {
  const { name, labels, ownerReferences, finalizers } = metadata;
  const { [TRIGGER]: _, ...annotations } = metadata.annotations ?? {};
  return {
    name: isGenerated(name, service) ? '' : name,
    labels,
    annotations,
    ownerReferences: ownerReferences?.map((owner: Json) => ({ ...owner, uid: whose(owner.uid, owners) })),
    finalizers,
    addressType,
    ports: ports && sortedList(ports),
  };
}

/** Five characters after what of `SERVICE-` has room before them. */
const isGenerated = (name: string, service: string): boolean =>
  service !== '' && name.slice(0, -5) === `${service}-`.slice(0, 58);

/** What its last write was for: when that change was. */
function triggerOf(service: string, { annotations }: Json, { made }: Context): string {
  const time = annotations?.[TRIGGER];
  if (time === undefined) return 'none';
  if (time < OURS) return time;
  return time === made.get(service) ? 'the Service was made' : 'another time';
}

function endpointOf(endpoint: Json, service: string, context: Context): Json {
  const { addresses, conditions, hints, targetRef, ...rest } = endpoint;
  const shownHints = context.drawsHints(service) ? undefined : hints;
  if (context.anonymous) return { conditions, hints: shownHints, ...(targetRef && { kind: targetRef.kind }) };
  return { addresses, conditions, hints: shownHints, targetRef: refOf(targetRef, context), ...rest };
}

function refOf(ref: Json, { owners }: Context): Json {
  if (!ref?.uid || !owners.has(ref.uid)) return ref && { ...ref, ...(ref.uid && { uid: 'of something else' }) };
  const { namespace: _, ...rest } = ref;
  return { ...rest, uid: owners.get(ref.uid) };
}

const whose = (uid: string, owners: Map<string, string>): string => owners.get(uid) ?? 'something that is gone';

/** How many there are of each. */
function tally(values: readonly Json[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) {
    const name = typeof value === 'string' ? value : key(value);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return sortedObject(counts);
}

function endpointsOf(legacy: Json, context: Context): Json {
  const { name, labels, annotations = {}, ownerReferences } = legacy.metadata;
  const { [TRIGGER]: _, ...others } = annotations;
  const address = (one: Json): Json =>
    context.anonymous
      ? { kind: one.targetRef?.kind }
      : { ...one, ...(one.targetRef && { targetRef: refOf(one.targetRef, context) }) };
  const all = (list: Json): Json =>
    list && (context.anonymous ? tally(list.map(address)) : sortedList(list.map(address)));
  return {
    labels,
    annotations: others,
    ownerReferences,
    ...(context.bursts ? {} : { trigger: triggerOf(name, legacy.metadata, context) }),
    // In the order of a hash over UIDs.
    subsets:
      legacy.subsets &&
      sortedList(
        legacy.subsets.map(({ addresses, notReadyAddresses, ports }: Json) => ({
          addresses: all(addresses),
          notReadyAddresses: all(notReadyAddresses),
          ports,
        })),
      ),
  };
}
