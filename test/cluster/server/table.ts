/** Tables of requests and what is answered, for the embedded API server and for kube-apiserver alike. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Cluster, type ClusterOptions, startCluster } from '../../../src/cluster/cluster.ts';
import type { KubeAccess } from '../../tools/control-plane.ts';
import { type Answer, ask, type AskOptions } from './ask.ts';

/** More about a case. */
export interface More extends AskOptions {
  /** Keeps what the answer has under these dotted paths: `{name}` stands for it in the cases that follow. */
  keep?: Readonly<Record<string, string>>;
}

/** `METHOD /path`, in which `NS` is the table's own namespace, and what comes back in one line (`told`). */
export type Case = readonly [ask: string, tells: string, more?: More];

/** The embedded API server in this process, objects in memory. */
export async function startOurs(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-table-'));
  const cluster = await startCluster({
    dataDir,
    ephemeral: true,
    port: 0,
    serviceCidrs: ['10.96.0.0/16'],
    nodePorts: { first: 30000, last: 32767 },
    nodes: 0,
    controllerManager: false,
    warn: (message, error) => {
      throw new Error(message, { cause: error });
    },
    ...options,
  });
  const close = async () => {
    await cluster.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { ...cluster, close };
}

/** Sends the requests of a table in their order; gives what came back, a line each. */
export async function answersTo(access: KubeAccess, namespace: string, cases: readonly Case[]): Promise<string[]> {
  const kept = new Map<string, string>();
  const fill = (text: string) =>
    text.replace(/\bNS\b/g, namespace).replace(/\{(\w+)\}/g, (whole, name: string) => kept.get(name) ?? whole);
  const lines: string[] = [];
  for (const [line, , { body, headers, keep = {} } = {}] of cases) {
    const text = body === undefined ? undefined : fill(typeof body === 'string' ? body : JSON.stringify(body));
    const answer = await ask(access, fill(line), {
      ...(text !== undefined && { body: text }),
      ...(headers && { headers }),
    });
    for (const [name, path] of Object.entries(keep)) {
      const found = path.split('.').reduce((value, key) => value?.[key], answer.body);
      kept.set(name, String(found));
    }
    const names = [...kept].map(([name, value]) => [value, `{${name}}`] as const);
    lines.push(told(answer, [[namespace, 'NS'], ...names]));
  }
  return lines;
}

/**
 * An answer in a line: its status and form, what it says, and its warnings. `names` are texts that differ from run to run,
 * and what stands for them.
 */
export function told(answer: Answer, names: readonly (readonly [text: string, name: string])[] = []): string {
  const { status, headers, text } = answer;
  const form = (headers['content-type'] ?? 'nothing').replace('application/', '').replace('; charset=utf-8', '');
  const body = form === 'yaml' ? parse(text) : answer.body;
  const said = body ? saidOf(body) : text.length > 120 ? `${text.slice(0, 60)}…` : text.trim();
  const sniff = headers['x-content-type-options'] ? ' (nosniff)' : '';
  const warning = headers['warning'] ? ` WARNING ${String(headers['warning'])}` : '';
  let line = `${status} ${form}${sniff} ${said}${warning}`.trimEnd();
  for (const [from, to] of names) if (from.length > 1) line = line.replaceAll(from, to);
  return line
    .replace(/127\.0\.0\.1:\d+/g, 'HOST')
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'UID')
    .replace(/(current: |in record \()\d+/g, '$1N');
}

// oxlint-disable-next-line typescript/no-explicit-any -- any object of the API
function saidOf(body: any): string {
  const { kind, metadata = {} } = body;
  if (kind === 'Status' && body.status === 'Success') return `Success ${JSON.stringify(body.details ?? {})}`;
  if (kind === 'Status') {
    const more = metadata.continue ? ' with a token' : '';
    const { causes, ...details } = body.details ?? {};
    // The message of a 422 says what the causes say.
    const shown = body.reason === 'Invalid' ? { ...details, causes: causes?.length } : body.details;
    return `${body.reason ?? 'no reason'}: ${body.message}${shown ? ` ${JSON.stringify(shown)}` : ''}${more}`;
  }
  if (Array.isArray(body.items)) {
    const left = metadata.remainingItemCount === undefined ? '' : ` and ${metadata.remainingItemCount} more`;
    return `${kind} ${body.items.map(nameOf).join()}${metadata.continue ? ' with a token' : ''}${left}`;
  }
  if (metadata.name) return `${kind} ${nameOf(body)}${body.data ? ` ${JSON.stringify(body.data)}` : ''}`;
  return kind ? `${kind}` : JSON.stringify(Object.keys(body));
}

/** With `!` for what is being deleted, and its finalizers. */
// oxlint-disable-next-line typescript/no-explicit-any -- any object of the API
function nameOf({ metadata }: any): string {
  const { name, deletionTimestamp, finalizers } = metadata;
  return `${name}${deletionTimestamp ? '!' : ''}${finalizers ? `[${finalizers.join()}]` : ''}`;
}
