import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import { waitFor } from '../../support/wait.ts';
import type { KubeAccess } from '../../tools/control-plane.ts';
import type { Case, Json, Seen, Step } from './case.ts';
import { inLane } from './lane.ts';

/** What a server said to one request. */
export interface Answer {
  status: number;
  contentType: string;
  /** Texts of the Warning headers, without `299 - `. */
  warnings: string[];
  /** The parsed body; text where it is neither JSON nor YAML. */
  body: Json;
}

export interface Exchange {
  method: string;
  path: string;
  body: Json;
  answer: Answer;
}

/**
 * Namespaces of a lane, used in turn. A name that is used again at once meets kube-apiserver's watch cache behind the
 * times: it then tries a change on the object that was deleted before, and its warnings and numbers stay.
 */
const TURNS = 16;
const USER_AGENT = 'contract/1';
const PATCHES = { merge: 'merge-patch', strategic: 'strategic-merge-patch', json: 'json-patch' } as const;
const METHODS = {
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  apply: 'PATCH',
  get: 'GET',
  list: 'GET',
  delete: 'DELETE',
} as const satisfies Record<Step['verb'], string>;

/** Runs cases against one API server, over connections that are kept. */
export class Runner {
  readonly #access: KubeAccess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #turns = new Map<number, number>();
  /** Requests sent so far. */
  requests = 0;

  constructor(access: KubeAccess) {
    this.#access = access;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Case i in lane i modulo `lanes`: the same on every server, so that both are asked for the same numbers. */
  async runAll(cases: readonly Case[], lanes: number): Promise<Exchange[][]> {
    const results: Exchange[][] = cases.map(() => []);
    const runLane = async (lane: number) => {
      await this.openLane(lane);
      for (let i = lane; i < cases.length; i += lanes) results[i] = await this.run(cases[i] as Case, lane);
    };
    await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)));
    return results;
  }

  /** The lane's namespaces, if they aren't there yet. */
  async openLane(lane: number): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) {
      const name = namespaceOf(lane, turn);
      const { status } = await this.#send('POST', '/api/v1/namespaces', {}, { metadata: { name } });
      if (status !== 201 && status !== 409) throw new Error(`namespace ${name}: ${status}`);
    }
  }

  /** The case's exchanges; the Services that it made are deleted after it. */
  async run(one: Case, lane: number): Promise<Exchange[]> {
    const turn = (this.#turns.get(lane) ?? 0) % TURNS;
    this.#turns.set(lane, turn + 1);
    const place = { lane, namespace: namespaceOf(lane, turn) };
    const exchanges: Exchange[] = [];
    const seen: Json[] = [];
    for (const step of one.steps) {
      const exchange = await this.#step(step, seen, place);
      exchanges.push(exchange);
      seen.push(exchange.answer.body);
    }
    await this.#cleanUp(exchanges, place.namespace);
    return exchanges;
  }

  async #step(step: Step, seen: readonly Json[], { lane, namespace }: Place): Promise<Exchange> {
    const method = METHODS[step.verb];
    const path = pathOf(step, seen, { lane, namespace });
    const made = step.bodyOf?.(seen) ?? inLane(step.body, lane);
    const body = step.onto
      ? mergePatch(
          seen.findLast((object) => object?.kind && object.kind !== 'Status'),
          made,
        )
      : made;
    const type =
      step.verb === 'apply' ? 'apply-patch+yaml' : step.patch ? `${PATCHES[step.patch]}+json` : ('json' as const);
    const headers = {
      'content-type': step.contentType ?? `application/${type}`,
      accept: step.accept ?? 'application/json',
    };
    const ask = () => this.#send(method, path, headers, body);
    let answer = await ask();
    if (step.eventually !== undefined && answer.status !== step.eventually) {
      const there = async () => (answer = await ask()).status === step.eventually;
      // A server that never gets there differs; that is the comparison's to say.
      await waitFor(there, { what: `${method} ${path} to be ${step.eventually}` }).catch(() => undefined);
    }
    return { method, path, body, answer };
  }

  async #cleanUp(exchanges: readonly Exchange[], namespace: string): Promise<void> {
    const objects = exchanges.filter(({ answer }) => answer.status < 300).flatMap(({ answer: { body } }) => body);
    const services = objects.filter((object) => object?.kind === 'Service' && object.metadata.namespace === namespace);
    for (const name of new Set<string>(services.map(({ metadata }) => metadata.name))) {
      const path = `/api/v1/namespaces/${namespace}/services/${name}`;
      const { body } = await this.#send('DELETE', path, {});
      if (!body?.metadata?.finalizers) continue;
      const type = { 'content-type': 'application/merge-patch+json' };
      await this.#send('PATCH', path, type, { metadata: { finalizers: null } });
    }
  }

  /** A connection that ends without an answer is one too: kube-apiserver ends it when a handler panics. */
  async #send(method: string, path: string, headers: Record<string, string>, body?: Json): Promise<Answer> {
    this.requests++;
    try {
      return await this.#sendOnce(method, path, headers, body);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    }
    // Or the server had closed an idle connection: once more, then.
    return this.#sendOnce(method, path, headers, body).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET') throw error;
      return { status: 0, contentType: '', warnings: [], body: 'the connection ended' };
    });
  }

  #sendOnce(method: string, path: string, headers: Record<string, string>, body?: Json): Promise<Answer> {
    const { url, token, ca } = this.#access;
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const all: Record<string, string | number> = {
        authorization: `Bearer ${token}`,
        'user-agent': USER_AGENT,
        ...headers,
      };
      all['content-type'] ??= 'application/json';
      if (all['content-type'] === '') delete all['content-type'];
      if (text !== undefined) all['content-length'] = Buffer.byteLength(text);
      const sent = request(new URL(path, url), { method, agent: this.#agent, ca, headers: all, timeout: 30_000 });
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer in 30 s`)));
      sent.on('error', reject);
      sent.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part)).on('error', reject);
        response.on('end', () => resolve(answerOf(response, Buffer.concat(parts).toString('utf8'))));
      });
      sent.end(text);
    });
  }
}

/** Where a case runs. */
interface Place {
  lane: number;
  namespace: string;
}

const namespaceOf = (lane: number, turn: number): string => `lane-${lane}-${turn}`;

function pathOf(step: Step, seen: Seen, { lane, namespace }: Place): string {
  const { verb, name = 'web', path, status, query = {} } = step;
  const services = `/api/v1/namespaces/${namespace}/services`;
  const collection = verb === 'create' || verb === 'list';
  const usual = `${services}${collection ? '' : `/${name}`}${status ? '/status' : ''}`;
  const told = typeof path === 'function' ? path(seen) : path === undefined ? undefined : inLane(path, lane);
  const pairs = Object.entries(query).map(([key, value]): [string, string] => [key, inLane(value, lane)]);
  const search = pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
  return `${told?.replaceAll('{ns}', namespace) ?? usual}${search}`;
}

function answerOf(response: IncomingMessage, text: string): Answer {
  const contentType = response.headers['content-type'] ?? '';
  const warnings: string[] = [];
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    if (response.rawHeaders[i]?.toLowerCase() === 'warning') warnings.push(unquoted(response.rawHeaders[i + 1] ?? ''));
  }
  return { status: response.statusCode ?? 0, contentType, warnings, body: parsed(contentType, text) };
}

function parsed(contentType: string, text: string): Json {
  if (contentType.startsWith('application/json')) return JSON.parse(text);
  return contentType.startsWith('application/yaml') ? parse(text) : text;
}

/** The text of a Warning header: RFC 7234 section 5.5, `299 - "text"`. */
function unquoted(header: string): string {
  const [, text] = /^299 - "(.*)"$/.exec(header) ?? [];
  return text?.replaceAll(/\\(.)/g, '$1') ?? header;
}

/** RFC 7386. */
export function mergePatch(target: Json, patch: Json): Json {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const merged = target !== null && typeof target === 'object' && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
