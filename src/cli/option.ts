import type { z } from 'zod';

type Presence = 'required' | 'defaulted' | 'optional';

/** A flag and what it turns its text into. Everything that is known of a flag is here; parsing and help only read it. */
export interface Option<T = unknown, P extends Presence = Presence> {
  /** Without the dashes. The environment variable `SLUICE_<FLAG>` goes with it. */
  readonly flag: string;
  /** One letter that may stand for the flag: `-o`. */
  readonly short?: string;
  readonly help: string;
  /** What the value stands for in the help, such as `NAME`; a flag without is a boolean: `--flag`, `--no-flag`, `--flag=true`. */
  readonly placeholder?: string;
  /** Reads the text of a flag, variable or default. Its messages go after the quoted value: `"x" is not a number`. */
  readonly schema: z.ZodType<T, string>;
  /** Variables that others have established, read when Sluice's own is not set. */
  readonly env?: readonly string[];
  /** Used when neither flag nor variable is given; text, so that it is checked and shown like one. */
  readonly fallback?: string;
  /** May be given several times. */
  readonly list?: boolean;
  /** What stands between the values of a list that are given together; a comma when absent. */
  readonly separator?: string;
  readonly presence: P;
}

/** A command's options, by the name each has in the configuration. */
export type OptionTable = Readonly<Record<string, Option>>;

/** The configuration that a table describes. */
export type ConfigOf<Table extends OptionTable> = {
  [Key in keyof Table as Table[Key]['presence'] extends 'optional' ? never : Key]: z.output<Table[Key]['schema']>;
} & {
  [Key in keyof Table as Table[Key]['presence'] extends 'optional' ? Key : never]?: z.output<Table[Key]['schema']>;
};

type Definition<T> = Omit<Option<T>, 'presence'>;

/** An option that must be given. */
export function required<T>(definition: Omit<Definition<T>, 'fallback'>): Option<T, 'required'> {
  return { ...definition, presence: 'required' };
}

/** An option that may stay away. */
export function optional<T>(definition: Omit<Definition<T>, 'fallback'>): Option<T, 'optional'> {
  return { ...definition, presence: 'optional' };
}

/** An option with a default. */
export function defaulted<T>(fallback: string, definition: Omit<Definition<T>, 'fallback'>): Option<T, 'defaulted'> {
  return { ...definition, fallback, presence: 'defaulted' };
}

/** The flag as help and documents show it: `-o, --output`. */
export function namesOf({ short, flag }: Option): string {
  return `${short ? `-${short}, ` : ''}--${flag}`;
}

/** The environment variables of an option, the first that is set wins. */
export function variablesOf(option: Option): readonly string[] {
  return [`SLUICE_${option.flag.toUpperCase().replaceAll('-', '_')}`, ...(option.env ?? [])];
}
