import { styleText } from 'node:util';
import { createLogger as createWinston, format, transports, type Logger as Winston } from 'winston';
import { cleanFields } from './log-fields.ts';
import { redactText } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** What the rest of Sluice knows of logging. Errors go in as a field: `logger.error('apply failed', { error })`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line, such as `{ service: 'ns/name' }`. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  level: LogLevel;
  /** Lines for people instead of JSON. By default: when the stream is a terminal. */
  pretty?: boolean;
  /** By default: stdout. */
  stream?: NodeJS.WritableStream;
}

/** A logger that writes one line an event: JSON with `timestamp`, `level`, `message` and the fields, without secrets. */
export function createLogger(options: LoggerOptions): Logger {
  const stream = options.stream ?? process.stdout;
  const pretty = options.pretty ?? ('isTTY' in stream && stream.isTTY === true);
  const layout = pretty ? prettyLayout(stream) : format.json({ deterministic: false });
  const winston = createWinston({
    level: options.level,
    format: format.combine(format.timestamp(), flatten({ stacks: options.level === 'debug' }), layout),
    transports: [new transports.Stream({ stream })],
  });
  return fieldLogger(winston, {});
}

/**
 * winston's own child loggers and its (level, message, meta) signature merge fields into the event, where a field named
 * `message` is glued to the message and errors lose theirs. So fields travel apart, and `flatten` joins them.
 */
function fieldLogger(winston: Winston, inherited: LogFields): Logger {
  const write = (level: LogLevel, message: string, fields?: LogFields): void => {
    if (winston.isLevelEnabled(level)) winston.log({ level, message, fields: { ...inherited, ...fields } });
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    child: (fields) => fieldLogger(winston, { ...inherited, ...fields }),
  };
}

/** The key by which winston's transports find an event's level. */
const levelSymbol = Symbol.for('level');
const reserved = new Set(['timestamp', 'level', 'message']);

const flatten = format((info, options) => {
  const stacks = (options as { stacks?: boolean } | undefined)?.stacks === true;
  const event: typeof info = {
    [levelSymbol]: info.level,
    timestamp: info['timestamp'],
    level: info.level,
    message: redactText(String(info.message)),
  };
  for (const [name, value] of Object.entries(cleanFields(info['fields'] as LogFields, { stacks }))) {
    event[reserved.has(name) ? `${name}_` : name] = value;
  }
  return event;
});

const levelLabel = {
  debug: ['gray', 'DEBUG'],
  info: ['green', 'INFO '],
  warn: ['yellow', 'WARN '],
  error: ['red', 'ERROR'],
} as const;

function prettyLayout(stream: NodeJS.WritableStream) {
  const colour = 'isTTY' in stream && stream.isTTY === true && !process.env['NO_COLOR'];
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  return format.printf(({ timestamp, level, message, ...fields }) => {
    const [style, label] = levelLabel[level as LogLevel];
    const time = String(timestamp).slice(11, 23);
    const tail = Object.entries(fields).map(([name, value]) => `  ${paint('dim', `${name}=`)}${prettyValue(value)}`);
    return `${paint('dim', time)} ${paint(style, label)} ${printable(String(message))}${tail.join('')}`;
  });
}

function prettyValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w./:@%+,-]+$/.test(value)) return value;
  return printable(JSON.stringify(value) ?? 'undefined');
}

/** Text from a cluster may hold escape sequences, which a terminal would obey. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
