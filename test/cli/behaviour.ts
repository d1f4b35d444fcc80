/** What the command line does, however the program is packed. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

/** A program to start, before its arguments, and how. `env` is all the environment that a test asks for. */
export type CommandLine = (env: Record<string, string>) => { command: readonly string[]; env: Record<string, string> };

interface Result {
  code: number | null;
  out: string;
  err: string;
}

const COMMANDS = 'controller, proxy, endpoints, cluster, node, release, doctor, iam-policy';

/** Defines the tests. Each starts the program in a process of its own. */
export function commandLineTests(commandLine: CommandLine): void {
  function start(words: string, variables: Record<string, string>): ChildProcess {
    const { command, env } = commandLine(variables);
    const [first = '', ...rest] = [...command, ...words.split(' ').filter(Boolean)];
    const options: SpawnOptions = { env, stdio: ['ignore', 'pipe', 'pipe'] };
    return spawn(first, rest, options);
  }

  async function sluice(words: string, env: Record<string, string> = {}): Promise<Result> {
    const child = start(words, env);
    const result = { code: null as number | null, out: '', err: '' };
    child.stdout?.on('data', (chunk) => {
      result.out += String(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      result.err += String(chunk);
    });
    [result.code] = (await once(child, 'close')) as [number | null];
    return result;
  }

  test.concurrent.each<[string, Record<string, string>, string]>([
    ['', {}, `sluice: no command; one of ${COMMANDS} (sluice --help)`],
    ['contoller', {}, 'sluice: unknown command "contoller"; did you mean controller?'],
    ['frobnicate', {}, `sluice: unknown command "frobnicate"; there are ${COMMANDS} (sluice --help)`],
    ['constructor', {}, `sluice: unknown command "constructor"; there are ${COMMANDS} (sluice --help)`],
    ['--region x controller', {}, 'sluice: unknown flag "--region"; flags go after the command'],
    ['help relase', {}, 'sluice: unknown command "relase"; did you mean release?'],
    ['controller', {}, 'sluice: --cluster-name is missing: pass --cluster-name NAME or set SLUICE_CLUSTER_NAME'],
    ['controller --cluser-name x', {}, 'sluice: unknown flag "--cluser-name"; did you mean --cluster-name?'],
    [
      'controller --cluster-name c',
      { SLUICE_CONCURRENCY: '0' },
      'sluice: SLUICE_CONCURRENCY: "0" is not a whole number from 1 to 100',
    ],
    ['release web', {}, 'sluice: argument: "web" is not NAMESPACE/NAME of a Service'],
  ])('sluice %s %j: one line, exit code 2', async (words, env, line) => {
    expect(await sluice(words, env)).toEqual({ code: 2, out: '', err: `${line}\n` });
  });

  test.concurrent.each(['--help', '-h', 'help'])('sluice %s lists the commands', async (words) => {
    const { code, out, err } = await sluice(words);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Usage: sluice COMMAND/m);
    for (const name of COMMANDS.split(', ')) expect(out).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
  });

  test.concurrent.each([
    ['controller --help', 'controller'],
    ['controller -h --wrong', 'controller'],
    ['help controller', 'controller'],
    ['release --help', 'release'],
    ['doctor --help', 'doctor'],
    ['iam-policy --help', 'iam-policy'],
  ])('sluice %s', async (words, name) => {
    const { code, out, err } = await sluice(words);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^Usage: sluice ${name} `));
  });

  test.concurrent('sluice --version', async () => {
    expect(await sluice('--version')).toEqual({ code: 0, out: `sluice ${manifest.version}\n`, err: '' });
  });

  test.concurrent('an address in use ends the controller with one line', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const words = `controller --cluster-name c --health-address 0 --metrics-address 127.0.0.1:${port}`;
    const { code, out, err } = await sluice(words);
    blocker.close();
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: `sluice: --metrics-address: cannot listen on 127.0.0.1:${port}: another process listens there; choose another address, or 0 for none\n`,
    });
  });

  test.concurrent('at log level debug the stack follows the line', async () => {
    for (const [words, env] of [
      ['controller --log-level debug', {}],
      ['controller --log-level=debug', {}],
      ['controller', { SLUICE_LOG_LEVEL: 'debug' }],
    ] as const) {
      const { code, err } = await sluice(words, env);
      expect(code).toBe(2);
      expect(err).toMatch(/^sluice: --cluster-name is missing.*\nConfigError: .*\n +at /);
    }
  });

  test.concurrent('a reader that goes away does not make a stack trace', async () => {
    const child = start('controller --help', {});
    child.stdout?.destroy();
    let err = '';
    child.stderr?.on('data', (chunk) => {
      err += String(chunk);
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(err).toBe('');
  });
}
