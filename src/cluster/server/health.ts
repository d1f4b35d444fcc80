/** `/healthz`, `/livez`, `/readyz` and their checks (apiserver `pkg/server/healthz`), under the names that upstream's have. Pure. */
import { goQuote } from '../api/field-error.ts';

const COMMON = ['ping', 'log', 'etcd'] as const;

const CHECKS: Readonly<Record<string, readonly string[]>> = {
  healthz: COMMON,
  livez: COMMON,
  readyz: [...COMMON, 'etcd-readiness', 'informer-sync', 'shutdown'],
};

/** Every path that answers. */
export const healthPaths = (): string[] =>
  Object.entries(CHECKS).flatMap(([name, checks]) => [`/${name}`, ...checks.map((check) => `/${name}/${check}`)]);

/** The answer on a path, undefined where there is none. A server that answers at all is well. */
export function healthText(path: string, query: URLSearchParams): string | undefined {
  const [, name = '', check] = /^\/([a-z]+)(?:\/(.+))?$/.exec(path) ?? [];
  const checks = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
  if (!checks) return undefined;
  if (check !== undefined) return checks.includes(check) ? 'ok' : undefined;
  if (!query.has('verbose')) return 'ok';
  const excluded = new Set(query.getAll('exclude').filter(Boolean));
  const lines = checks.map((one) => (excluded.has(one) ? `[+]${one} excluded: ok` : `[+]${one} ok`));
  const unknown = [...excluded].filter((one) => !checks.includes(one)).sort();
  if (unknown.length > 0) {
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.map(goQuote).join(',')}`);
  }
  return `${[...lines, `${name} check passed`].join('\n')}\n`;
}
