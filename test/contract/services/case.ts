/** A case of the differential test: requests about Services, in words that a person reads, and short ways to write them. */

/** A cluster's configuration. In `tiny` both ranges are so small that a case can use them up; its cases run one by one. */
export type ClusterName = 'single' | 'dual' | 'six' | 'tiny';

/** JSON of any shape: bodies are wrong on purpose too. */
// oxlint-disable-next-line typescript/no-explicit-any -- what tests send is not typed
export type Json = any;

/** The bodies of a case's answers so far, by the number of the step. */
export type Seen = readonly Json[];

export type Verb = 'create' | 'update' | 'patch' | 'apply' | 'get' | 'list' | 'delete';

export interface Step {
  verb: Verb;
  /** The Service in the path: `web` unless told. */
  name?: string;
  /** A path from the server's root instead of a Service's; `{ns}` is the case's namespace. */
  path?: string | ((seen: Seen) => string);
  /** At the Service's `/status`. */
  status?: boolean;
  /** A string is sent as it is, anything else as JSON. */
  body?: Json;
  /** The body, made of earlier answers. */
  bodyOf?: (seen: Seen) => Json;
  /** The body is a merge patch onto the last object that was answered, and the whole is sent. */
  onto?: boolean;
  patch?: 'merge' | 'strategic' | 'json';
  query?: Readonly<Record<string, string>>;
  contentType?: string;
  accept?: string;
  /** Repeated until this status comes (ten seconds): for what a server does after it answered. */
  eventually?: number;
}

/**
 * Requests that need nothing but a namespace of their own; what they leave is deleted after them. The numbers that a case
 * may choose are 30000–30011, 10.96.0.10–39 and fd00:96::10–2f: see `inLane`.
 */
export interface Case {
  name: string;
  steps: readonly Step[];
  /** `single` unless told. */
  on?: readonly ClusterName[];
}

export const PORT = { port: 80 };
export const SELECTOR = { app: 'web' };

/** A Service's manifest called `web`. */
export function service(spec: Json, metadata: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', ...metadata }, spec };
}

/** A spec with one port and a selector, and what `more` says. */
export const spec = (more: Json = {}): Json => ({ selector: SELECTOR, ports: [PORT], ...more });

type Options = Omit<Partial<Step>, 'verb' | 'body'>;

export const create = (more: Json = {}, metadata: Json = {}, options: Options = {}): Step => ({
  verb: 'create',
  body: service(spec(more), metadata),
  ...options,
});
export const post = (body: Json, options: Options = {}): Step => ({ verb: 'create', body, ...options });
/** PUT of a manifest that knows nothing of what the server allocated. */
export const put = (more: Json = {}, metadata: Json = {}, options: Options = {}): Step => ({
  verb: 'update',
  body: service(spec(more), metadata),
  ...options,
});
/** PUT of the object as it was last answered, with changes. */
export const edit = (changes: Json, options: Options = {}): Step => ({
  verb: 'update',
  body: changes,
  onto: true,
  ...options,
});
export const merge = (body: Json, options: Options = {}): Step => ({ verb: 'patch', patch: 'merge', body, ...options });
export const strategic = (body: Json, options: Options = {}): Step => ({
  verb: 'patch',
  patch: 'strategic',
  body,
  ...options,
});
export const json = (body: Json, options: Options = {}): Step => ({ verb: 'patch', patch: 'json', body, ...options });
/** Server-side apply of a Service called `web`. */
export const apply = (more: Json, query: Step['query'] = {}, options: Options = {}): Step => ({
  verb: 'apply',
  body: service(more),
  query: { fieldManager: 'first', ...query },
  ...options,
});
export const get = (options: Options = {}): Step => ({ verb: 'get', ...options });
export const list = (query: Step['query'] = {}): Step => ({ verb: 'list', query });
export const remove = (body?: Json, options: Options = {}): Step => ({
  verb: 'delete',
  ...(body === undefined ? {} : { body }),
  ...options,
});

/** A value in a case's name: JSON, shortened. */
export function told(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > 250 ? `${text.slice(0, 80)}… (${text.length})` : text;
}
