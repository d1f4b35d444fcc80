import { Failure } from './failure.ts';

type Flags = Readonly<Record<string, string | number | boolean>>;

/** The type of a default, without its value. */
type Values<T extends Flags> = {
  -readonly [Name in keyof T]: T[Name] extends string ? string : T[Name] extends number ? number : boolean;
};

/**
 * Reads a program's flags as Go programs take them: `-port 80`, `--port=80`, `-tcp`, `--http=false`, all among other
 * arguments. What a flag takes is what its default is: text, a whole number, or nothing.
 * @throws Failure with exit code 2, which names the flag.
 */
export function parseFlags<const T extends Flags>(
  args: readonly string[],
  defaults: T,
): { flags: Values<T>; operands: string[] } {
  const flags: Record<string, string | number | boolean> = { ...defaults };
  const operands: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      operands.push(...args.slice(at + 1));
      break;
    }
    const match = /^--?([^-=][^=]*)(?:=([^]*))?$/.exec(arg);
    if (!match) {
      operands.push(arg);
      continue;
    }
    const [, name = '', inline] = match;
    const fallback = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
    if (fallback === undefined) throw new Failure(`unknown flag: ${arg}`, 2);
    if (typeof fallback === 'boolean') {
      flags[name] = inline === undefined || readBoolean(name, inline);
      continue;
    }
    const value = inline ?? args[++at];
    if (value === undefined) throw new Failure(`flag needs an argument: ${arg}`, 2);
    flags[name] = typeof fallback === 'number' ? readInteger(name, value) : value;
  }
  return { flags: flags as Values<T>, operands };
}

function readBoolean(name: string, text: string): boolean {
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw new Failure(`invalid value ${JSON.stringify(text)} for flag ${name}: give true or false`, 2);
}

function readInteger(name: string, text: string): number {
  if (/^[-+]?\d+$/.test(text)) return Number(text);
  throw new Failure(`invalid value ${JSON.stringify(text)} for flag ${name}: give a whole number`, 2);
}
