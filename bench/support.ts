/** What the benchmarks of the controller share. */
import type { Service } from '../src/kube/objects.ts';
import { startReflector } from '../src/kube/reflector.ts';
import { createKubeClient } from '../src/kube/request.ts';
import { Store } from '../src/kube/store.ts';
import type { Stage } from '../test/e2e/stage.ts';
import { waitFor } from '../test/support/wait.ts';
import { freePort, type Program } from '../test/tools/processes.ts';

/** A controller with a metrics server. */
export async function startMeasured(
  stage: Stage,
  flags: string[] = [],
  env: Record<string, string> = {},
): Promise<{ program: Program; metrics: Metrics }> {
  const port = await freePort();
  const own = ['--metrics-address', `127.0.0.1:${port}`, '--log-level', 'warn'];
  const program = await stage.controller([...own, ...flags], env);
  return { program, metrics: new Metrics(`http://127.0.0.1:${port}/metrics`) };
}

export class Metrics {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** The sum of a metric over those of its series whose labels contain `labels`; 0 while there is none. */
  async sum(name: string, labels = ''): Promise<number> {
    const text = await (await fetch(this.#url)).text();
    return text
      .split('\n')
      .filter((line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }
}

/** Creates Services `PREFIX-0` … concurrently and resolves when the API server has them. */
export async function createMany(stage: Stage, prefix: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  for (let start = 0; start < count; start += 20) {
    await Promise.all(names.slice(start, start + 20).map((name) => stage.create({ name })));
  }
  return names;
}

/** Resolves when `count` Services satisfy `done`. Follows a watch: asking again and again would slow what is measured. */
export async function untilServices(
  stage: Stage,
  count: number,
  what: string,
  done: (service: Service) => boolean,
  timeoutMs = 300_000,
): Promise<void> {
  const client = createKubeClient({ kubeconfig: stage.kube.kubeconfig });
  const stop = new AbortController();
  const services = new Store<Service>();
  const options = { path: '/api/v1/services', apiVersion: 'v1', kind: 'Service' };
  const watching = startReflector(client, options, services, stop.signal);
  try {
    await waitFor(() => services.list().filter(done).length >= count, {
      what: `${count} Services ${what}`,
      timeoutMs,
      intervalMs: 10,
    });
  } finally {
    stop.abort();
    await watching;
    await client.close();
  }
}

export const hasHostname = ({ status }: Service): boolean => status?.loadBalancer?.ingress?.[0]?.hostname !== undefined;

export const isHealthy = ({ status }: Service): boolean =>
  (status?.conditions ?? []).some(({ type, status: is }) => type === 'sluice.dev/TargetsHealthy' && is === 'True');

/** Counts by action, most frequent first: `12 DescribeTags, 3 …`. */
export function tally(calls: { action: string }[]): string {
  const counts = new Map<string, number>();
  for (const { action } of calls) counts.set(action, (counts.get(action) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([action, count]) => `${count} ${action}`)
    .join(', ');
}

export const isWrite = ({ action }: { action: string }): boolean => !action.startsWith('Describe');

/** Prints a claim and whether it holds; a claim that does not makes the benchmark fail. */
export function claim(text: string, value: number, bar: number): void {
  const holds = value <= bar;
  console.log(`${holds ? 'ok  ' : 'MISS'} ${text}: ${Number.isInteger(value) ? value : value.toFixed(2)} (bar ${bar})`);
  if (!holds) process.exitCode = 1;
}
