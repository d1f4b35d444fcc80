/**
 * What a client accepts, chosen as kube-apiserver does: apiserver `pkg/endpoints/handlers/negotiation/negotiate.go` over
 * munnerz/goautoneg, behind go-restful's check of the route (`route.go`, matchesAccept).
 */

export type MediaType = 'json' | 'yaml' | 'protobuf';

const SUBTYPES: Readonly<Record<MediaType, string>> = {
  json: 'json',
  yaml: 'yaml',
  protobuf: 'vnd.kubernetes.protobuf',
};

const fullType = (type: MediaType): string => `application/${SUBTYPES[type]}`;

/** Types that a stream of events can have. */
const streams = (type: MediaType): boolean => type !== 'yaml';

/** What an endpoint can give. */
export interface Offer {
  /** In the order of preference: the first is what clients without a wish get. */
  types?: readonly MediaType[];
  /** Objects can also be had as tables and as their metadata; discovery documents can not. True by default. */
  transforms?: boolean;
  /** The answer is a stream of events. */
  watch?: boolean;
  /** The route is one that lists and watches, which shows in errors. */
  list?: boolean;
  /** go-restful, which wants one type of `types` or a wildcard by name, stands before it. True by default. */
  route?: boolean;
}

/** The form that a client wants. */
export interface Negotiated {
  type: MediaType;
  as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** Version of meta.k8s.io for `as`: `v1` or `v1beta1`. */
  version?: string;
  stream?: 'watch';
  /** `pretty=1` as a parameter of the type; the query and the user agent may ask for it too. */
  pretty?: boolean;
}

const ALL: readonly MediaType[] = ['json', 'yaml', 'protobuf'];

/** Chooses among what is offered by the Accept header; undefined means 406. */
export function negotiate(accept: string | undefined, offer: Offer = {}): Negotiated | undefined {
  const { types = ALL, watch = false } = offer;
  if (!accept) return types[0] && { type: types[0] };
  if (!passesRoute(accept, offer)) return undefined;
  for (const clause of parseAccept(accept)) {
    for (const type of types) {
      const chosen = matches(clause, type) ? withParameters(clause.parameters, type, offer) : undefined;
      // The first that fits counts: a watch as YAML is refused although there may be another type further on.
      if (chosen) return watch && !streams(chosen.type) ? undefined : chosen;
    }
  }
  return undefined;
}

/**
 * The form in which a client wants the aggregated discovery document; undefined when it wants the old ones. Version
 * v2beta1 of it is no longer served (AggregatedDiscoveryRemoveBetaType).
 */
export function negotiateDiscovery(accept: string | undefined): 'json' | 'yaml' | undefined {
  if (!accept || !passesRoute(accept, {})) return undefined;
  for (const clause of parseAccept(accept)) {
    const { parameters } = clause;
    const aggregated =
      parameters.get('g') === 'apidiscovery.k8s.io' &&
      parameters.get('v') === 'v2' &&
      parameters.get('as') === 'APIGroupDiscoveryList';
    if (!aggregated) continue;
    for (const type of ['json', 'yaml'] as const) if (matches(clause, type)) return type;
  }
  return undefined;
}

/** What the 406 says when `negotiate` finds nothing. */
export function notAcceptableMessage(accept: string | undefined, offer: Offer = {}): string {
  const { types = ALL, watch = false, list = watch } = offer;
  const names = types.map(fullType);
  const streamed = types.filter(streams).map((type) => `${fullType(type)};stream=watch`);
  if (!passesRoute(accept ?? '', offer)) {
    const available = list ? [...names, ...streamed] : names;
    return `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`;
  }
  // A watch is negotiated as an answer first, and then as a stream.
  const asStream = watch && negotiate(accept, { ...offer, watch: false }) !== undefined;
  return `only the following media types are accepted: ${(asStream ? streamed : names).join(', ')}`;
}

function passesRoute(accept: string, { types = ALL, route = true }: Offer): boolean {
  if (!route || accept === '') return true;
  const names = new Set(['*/*', ...types.map(fullType)]);
  return accept.split(',').some((one) => names.has(trimSpaces(one.split(';')[0] ?? '')));
}

interface Clause {
  type: string;
  subtype: string;
  quality: number;
  parameters: ReadonlyMap<string, string>;
}

const matches = ({ type, subtype }: Clause, offered: MediaType): boolean =>
  (type === 'application' && (subtype === SUBTYPES[offered] || subtype === '*')) || (type === '*' && subtype === '*');

/** Go trims nothing but spaces here. */
const trimSpaces = (text: string): string => text.replace(/^ +| +$/g, '');

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The header's clauses, the most wanted first; what is no clause is passed over. A quality of 0 forbids nothing. */
function parseAccept(header: string): Clause[] {
  const clauses: Clause[] = [];
  for (const part of header.split(',')) {
    const [media = '', ...parameters] = trimSpaces(part).split(';');
    const [type = '', subtype, more] = media.split('/').map(trimSpaces);
    if (more) continue;
    if (!subtype && type !== '*') continue;
    const read = new Map<string, string>();
    let quality = 1;
    for (const parameter of parameters) {
      const [name = '', value, extra] = parameter.split('=');
      if (!value || extra) continue;
      if (trimSpaces(name) === 'q') quality = FLOAT.test(value) ? Math.fround(Number(value)) : 0;
      else read.set(trimSpaces(name), trimSpaces(value));
    }
    clauses.push({ type, subtype: subtype || '*', quality, parameters: read });
  }
  return sortClauses(clauses);
}

/** goautoneg's order is none that a sort could rely on: with Go's insertion sort, step by step, the result is the same. */
function sortClauses(clauses: Clause[]): Clause[] {
  const before = (a: Clause, b: Clause): boolean =>
    a.quality > b.quality || (a.type !== '*' && b.type === '*') || (a.subtype !== '*' && b.subtype === '*');
  for (let next = 1; next < clauses.length; next++) {
    for (let at = next; at > 0; at--) {
      const [left, right] = [clauses[at - 1] as Clause, clauses[at] as Clause];
      if (!before(right, left)) break;
      clauses[at - 1] = right;
      clauses[at] = left;
    }
  }
  return clauses;
}

/** The choice with what its parameters ask for; undefined when they ask for what is not offered. */
function withParameters(
  parameters: ReadonlyMap<string, string>,
  type: MediaType,
  { transforms = true }: Offer,
): Negotiated | undefined {
  const chosen: Negotiated = { type };
  const stream = parameters.get('stream');
  if (stream) {
    if (stream !== 'watch' || !streams(type)) return undefined;
    chosen.stream = stream;
  }
  const serverVersion = parameters.get('sv');
  if (serverVersion && !(transforms && serverVersion === 'v1')) return undefined;
  if (parameters.get('pretty') === '1') chosen.pretty = true;
  const [as, group, version] = [parameters.get('as'), parameters.get('g'), parameters.get('v')];
  if (as === undefined && group === undefined && version === undefined) return chosen;
  if (!transforms || group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { ...chosen, as, version };
  // A table has no form in protobuf.
  return as === 'Table' && type !== 'protobuf' ? { ...chosen, as, version } : undefined;
}
