import { Command, Option as CommanderOption } from 'commander';
import { ConfigError } from '../runtime/config-error.ts';
import { nearest } from '../service/nearest.ts';
import { type ConfigOf, type Option, type OptionTable, namesOf, variablesOf } from './option.ts';

const helpEnd = 'A flag wins over its environment variable; an empty variable counts as not set.';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A command as its users see it. */
export interface CommandSpec<Table extends OptionTable = OptionTable> {
  name: string;
  summary: string;
  options: Table;
  /** What may follow besides flags; without it, nothing may. */
  operands?: { usage: string; read(operands: readonly string[]): void };
  /** What one option demands of another. Throws a `ConfigError`. */
  check?(config: ConfigOf<Table>, given: (key: keyof Table & string) => Given, operands: readonly string[]): void;
}

/** A value as it was given, and where: a flag, a variable, or `--flag's default`. */
export interface Given {
  text: string;
  source: string;
}

export type Parsed<Table extends OptionTable> =
  | { help: string }
  | { help?: undefined; config: ConfigOf<Table>; operands: string[] };

/** Reads flags and environment into a checked configuration, or the help text if that was asked for. Throws `ConfigError`. */
export function parseCommand<Table extends OptionTable>(
  spec: CommandSpec<Table>,
  argv: readonly string[],
  env: Environment,
): Parsed<Table> {
  const command = commanderFor(spec);
  const { operands, unknown } = command.parseOptions(spellOut(spec, argv));
  if (unknown.some((word) => word === '--help' || word === '-h'))
    return { help: `${command.helpInformation()}\n${helpEnd}\n` };
  const [stranger] = unknown;
  if (stranger !== undefined) throw new ConfigError(unknownFlag(spec, stranger));
  if (!spec.operands && operands[0] !== undefined) throw new ConfigError(strayOperand(operands[0], argv));

  const flags = command.opts<Record<string, string[] | undefined>>();
  const config: Record<string, unknown> = {};
  const given = new Map<string, Given>();
  for (const [key, option] of Object.entries(spec.options)) {
    const value = giveValue(option, flags[attributeOf(option)], env);
    if (value) {
      given.set(key, value);
      config[key] = readValue(option, value);
    } else if (option.presence === 'required') {
      const [variable] = variablesOf(option);
      throw new ConfigError(
        `--${option.flag} is missing: pass --${option.flag} ${option.placeholder} or set ${variable}`,
      );
    }
  }
  spec.operands?.read(operands);
  spec.check?.(
    config as ConfigOf<Table>,
    (key) => given.get(key) ?? { text: '', source: `--${spec.options[key]?.flag}` },
    operands,
  );
  return { config: config as ConfigOf<Table>, operands };
}

/** The line for a value that is wrong. */
export function wrongValue({ source, text }: Given, message: string): string {
  const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return `${source}: ${JSON.stringify(shown)} ${message}`;
}

/** The flag, else the first variable that is set and not empty (a chart's unset value), else the default. */
function giveValue(option: Option, texts: string[] | undefined, env: Environment): Given | undefined {
  if (texts) {
    const text = (option.list ? texts : texts.slice(-1)).join(option.separator ?? ',');
    return { text, source: `--${option.flag}` };
  }
  for (const source of variablesOf(option)) {
    const text = env[source];
    if (text) return { text, source };
  }
  if (option.fallback === undefined) return undefined;
  return { text: option.fallback, source: `--${option.flag}'s default` };
}

function readValue(option: Option, value: Given): unknown {
  const result = option.schema.safeParse(value.text);
  if (result.success) return result.data;
  throw new ConfigError(wrongValue(value, result.error.issues[0]?.message ?? 'is wrong'));
}

/**
 * Every boolean with its value (`--x` → `--x=true`, `--no-x` → `--x=false`), for commander would take the next word as
 * the value; short flags with their long names; and a flag whose value was forgotten found, for commander would take the
 * next flag.
 */
function spellOut(spec: CommandSpec, argv: readonly string[]): string[] {
  const byFlag = new Map(Object.values(spec.options).map((option) => [`--${option.flag}`, option]));
  const byLetter = new Map(Object.values(spec.options).map((option) => [`-${option.short}`, `--${option.flag}`]));
  const words: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    // `-o` and `-o=json`.
    const word = (argv[index] ?? '').replace(/^-[a-z](?==|$)/, (letter) => byLetter.get(letter) ?? letter);
    if (word === '--') return [...words, ...argv.slice(index)];
    const option = byFlag.get(word);
    const negated = word.startsWith('--no-') ? byFlag.get(`--${word.slice('--no-'.length)}`) : undefined;
    if (option && !option.placeholder) words.push(`${word}=true`);
    else if (negated && !negated.placeholder) words.push(`--${negated.flag}=false`);
    else if (option) {
      const value = argv[++index];
      if (value === undefined) throw new ConfigError(`${word} needs a value: ${word} ${option.placeholder}`);
      if (value.startsWith('--')) {
        throw new ConfigError(`${word} needs a value before ${value}: ${word} ${option.placeholder}`);
      }
      words.push(`${word}=${value}`);
    } else words.push(word);
  }
  return words;
}

function unknownFlag(spec: CommandSpec, word: string): string {
  const name = word.split('=', 1)[0] ?? word;
  const flags = Object.values(spec.options).map((option) => `--${option.flag}`);
  // A single dash, or capitals and underscores as in a variable, still point to a flag.
  const near = nearest(`--${name.replace(/^-+/, '').replaceAll('_', '-')}`, [...flags, '--help']);
  return `unknown flag ${JSON.stringify(name)}; ${near ? `did you mean ${near}?` : `sluice ${spec.name} --help lists all`}`;
}

function strayOperand(word: string, argv: readonly string[]): string {
  const before = argv[argv.indexOf(word) - 1] ?? '';
  const boolean = (word === 'true' || word === 'false') && before.startsWith('--');
  return `unexpected argument ${JSON.stringify(word)}${boolean ? `; write ${before}=${word}` : '; only flags can be given'}`;
}

function commanderFor(spec: CommandSpec): Command {
  const command = new Command(`sluice ${spec.name}`)
    .description(spec.summary)
    .usage(`${spec.operands ? `${spec.operands.usage} ` : ''}[flags]`)
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      optionTerm: (option) => termOf(spec, option),
      optionDescription: (option) => option.description,
      // The long names leave no room for a second column.
      formatItem: (term, _width, text, helper) => `  ${term}\n${helper.boxWrap(text, 90).replaceAll(/^/gm, '      ')}`,
    });
  for (const option of Object.values(spec.options)) {
    command.addOption(
      new CommanderOption(`--${option.flag} <${option.placeholder ?? 'true|false'}>`, describe(option)).argParser(
        (text: string, earlier: string[] | undefined) => [...(earlier ?? []), text],
      ),
    );
  }
  return command;
}

function termOf(spec: CommandSpec, { long, flags }: CommanderOption): string {
  const option = Object.values(spec.options).find((each) => `--${each.flag}` === long);
  if (!option) return flags;
  return option.placeholder ? `${namesOf(option)} ${option.placeholder}` : `--[no-]${option.flag}`;
}

function describe(option: Option): string {
  const needed = option.presence === 'required' ? 'required; ' : '';
  const fallback = option.fallback === undefined ? '' : `default ${option.fallback}; `;
  return `${option.help}\n(${needed}${fallback}env ${variablesOf(option).join(', ')})`;
}

function attributeOf(option: Option): string {
  return new CommanderOption(`--${option.flag} <value>`).attributeName();
}
