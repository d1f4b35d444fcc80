import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ProgramSpec } from './network.ts';
import type { Command } from './protocol.ts';

/**
 * What is executed for a program. `enter` is what takes it to its place.
 * @throws Error that names the program or the directory that is not there.
 */
export function commandFor({ argv, env, cwd, stdin, tty }: ProgramSpec, enter: readonly string[]): Command {
  const path = env['PATH'] ?? process.env['PATH'] ?? '';
  const directory = cwd ?? process.cwd();
  if (!isDirectory(directory)) throw new Error(`${argv[0]}: the working directory ${directory} does not exist`);
  const program = findProgram(argv[0], path, directory);
  if (program === undefined) {
    throw new Error(
      argv[0].includes('/')
        ? `${argv[0]}: no such program, or not executable`
        : `${argv[0]}: no such program on PATH (${path})`,
    );
  }
  const plain = [program, ...argv.slice(1)];
  const [file, ...args] = [...enter, ...(tty === true ? onTerminal(plain, path, env['SHELL']) : plain)] as [
    string,
    ...string[],
  ];
  return { file, args, env: { PATH: path, ...env }, cwd: directory, stdin: stdin === true, tty: tty === true };
}

/** The path of a program; names with a slash are paths, from the directory that it runs in. */
export function findProgram(name: string, path: string, cwd = process.cwd()): string | undefined {
  const candidates = name.includes('/') ? [name] : path.split(delimiter).map((dir) => join(dir || '.', name));
  return candidates
    .map((candidate) => (candidate.startsWith('/') ? candidate : join(cwd, candidate)))
    .find(isExecutable);
}

/** util-linux's `script` has the pseudo-terminal that Node has not. It gives the program's exit code on (-e). */
function onTerminal(command: readonly string[], path: string, shell: string | undefined): string[] {
  const script = process.platform === 'linux' ? findProgram('script', path) : undefined;
  const env = findProgram('env', path);
  if (script === undefined || env === undefined) {
    throw new Error('no terminal can be had: that needs the program script of util-linux on PATH');
  }
  // `script` runs its command by $SHELL, which may be anything; the program gets the one that it was to have.
  const own = [env, ...(shell === undefined ? ['-u', 'SHELL'] : [`SHELL=${shell}`]), ...command];
  return [env, 'SHELL=/bin/sh', script, '-qfec', `exec ${own.map(quoted).join(' ')}`, '/dev/null'];
}

/** A word as a shell reads it back. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
