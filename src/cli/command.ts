import type { ConfigOf, OptionTable } from './option.ts';
import { type CommandSpec, type Environment, parseCommand } from './parse.ts';

/** The process, as far as a command may use it. */
export interface Io {
  readonly env: Environment;
  /** Results, which a pipe reads. */
  out(text: string): void;
  /** What went wrong. */
  err(text: string): void;
}

/** A command that can be run: gives the exit code, or throws what the command line turns into one line. */
export type CommandRunner = (argv: readonly string[], io: Io) => Promise<number>;

/** Joins what a command looks like and what it does. */
export function defineCommand<Table extends OptionTable>(
  spec: CommandSpec<Table>,
  run: (config: ConfigOf<Table>, operands: string[], io: Io) => Promise<number>,
): CommandRunner {
  return async (argv, io) => {
    const parsed = parseCommand(spec, argv, io.env);
    if (parsed.help === undefined) return run(parsed.config, parsed.operands, io);
    io.out(parsed.help);
    return 0;
  };
}
