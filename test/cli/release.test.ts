import { expect, test } from 'vitest';
import type { ReleasePlane } from '../../src/cli/planes.ts';
import { type Environment, parseCommand } from '../../src/cli/parse.ts';
import { release, releaseSpec } from '../../src/cli/release.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';

function read(words: string, env: Environment = {}): unknown {
  try {
    const parsed = parseCommand(releaseSpec, words.split(' ').filter(Boolean), env);
    return parsed.help === undefined && { ...parsed.config, operands: parsed.operands };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

test.each<[string, Environment, object]>([
  ['--all', {}, { all: true, delete: false, timeoutMs: 300_000, operands: [] }],
  ['ns/web', {}, { all: false, operands: ['ns/web'] }],
  ['--no-all ns/web other/api --timeout 30s', {}, { all: false, operands: ['ns/web', 'other/api'], timeoutMs: 30_000 }],
  // The word after a boolean is no value of it.
  ['--classless ns/web', {}, { classless: true, operands: ['ns/web'] }],
  ['--delete ns/web --cluster-name c', {}, { delete: true, clusterName: 'c', operands: ['ns/web'] }],
  ['-- ns/web', {}, { operands: ['ns/web'] }],
  ['--all --delete', { SLUICE_CLUSTER_NAME: 'c' }, { delete: true, clusterName: 'c' }],
])('%s %j', (words, env, expected) => {
  expect(read(words, env)).toMatchObject(expected);
});

test.each<[string, string]>([
  ['', 'nothing to release: name Services as NAMESPACE/NAME, or pass --all'],
  ['--all ns/web', '--all and "ns/web" were both given; name Services or pass --all, not both'],
  ['web', 'argument: "web" is not NAMESPACE/NAME of a Service'],
  ['ns/web NS/web', 'argument: "NS/web" is not NAMESPACE/NAME of a Service'],
  ['ns/web/80', 'argument: "ns/web/80" is not NAMESPACE/NAME of a Service'],
  ['/web', 'argument: "/web" is not NAMESPACE/NAME of a Service'],
  ['--delete ns/web', '--delete needs --cluster-name: pass --cluster-name NAME or set SLUICE_CLUSTER_NAME'],
  ['--all --timeout 0', '--timeout: "0" is shorter than the least, 1s'],
  ['--concurrency 3 --all', 'unknown flag "--concurrency"; sluice release --help lists all'],
  ['ns/web --dlete', 'unknown flag "--dlete"; did you mean --delete?'],
])('%s → %s', (words, line) => {
  expect(read(words)).toBe(line);
});

test('the cloud plane gets the configuration, each Service once, a writer, and a signal', async () => {
  const calls: Parameters<ReleasePlane['runRelease']>[] = [];
  const out: string[] = [];
  const parsed = parseCommand(releaseSpec, ['ns/web', 'ns/api', 'ns/web', '--vpc-id=vpc-1'], {});
  if (parsed.help !== undefined) throw new Error('help');
  const code = await release(parsed.config, parsed.operands, {
    io: { env: {}, out: (text) => out.push(text), err: () => {} },
    load: async () => ({
      runRelease: async (...call) => {
        calls.push(call);
        call[1].write('released ns/web\n');
      },
    }),
  });
  expect(code).toBe(0);
  expect(out).toEqual(['released ns/web\n']);
  expect(calls).toHaveLength(1);
  expect(calls[0]?.[0]).toMatchObject({ keys: ['ns/web', 'ns/api'], all: false, vpcId: 'vpc-1' });
  expect(calls[0]?.[1].signal.aborted).toBe(false);
  expect(process.listenerCount('SIGTERM')).toBe(0);
});
