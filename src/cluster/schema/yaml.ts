/** YAML as go-yaml v2 reads it and sigs.k8s.io/yaml makes JSON of it: YAML 1.1, without base 60. Pure. */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  type YAMLMap,
} from 'yaml';
import { goQuote } from '../api/field-error.ts';
import type { Json, JsonObject } from '../api/object.ts';
import { put } from '../api/own.ts';
import { hasSpecialNumber, hasSurrogates, isDeep, parseJson } from './json.ts';

/** Text that is not YAML, or that JSON can't show. */
export class YamlError extends Error {
  override name = 'YamlError';
}

/** What `readYaml` gives. */
export interface ReadYaml {
  value: Json;
  /** A line for each key that a map has twice, as go-yaml words it; the last one counts. */
  duplicates: string[];
}

/** Several duplicate keys in one error, as go-yaml gathers them. */
export const yamlErrors = (lines: readonly string[]): string =>
  `yaml: unmarshal errors:\n${lines.map((one) => `  ${one}`).join('\n')}`;

/**
 * The first document of a text; what follows it is not looked at. Keys of maps are in order. Throws YamlError: what is no
 * YAML at all is told in our library's words, for no specification knows any.
 */
export function readYaml(text: string): ReadYaml {
  try {
    return read(text);
  } catch (error) {
    // Our own limit is below go-yaml's.
    if (error instanceof RangeError) throw new YamlError(TOO_DEEP);
    throw error;
  }
}

function read(text: string): ReadYaml {
  const json = asJson(text);
  if (json !== undefined) return { value: sorted(json), duplicates: [] };
  if (nesting(text) > DEPTH_MOST) throw new YamlError(TOO_DEEP);
  const lines = new LineCounter();
  const document = parse(text, lines);
  const reader = new Reader(document, text, lines);
  return { value: document.contents ? reader.read(document.contents) : null, duplicates: reader.duplicates };
}

function parse(text: string, lineCounter: LineCounter): Document {
  // Scalars stay text, of which `resolvePlain` makes what go-yaml does; `silent` lets further documents be.
  const options = { schema: 'failsafe', uniqueKeys: false, lineCounter, logLevel: 'silent' } as const;
  const document = parseDocument(text, options);
  const [error] = document.errors;
  if (!error) return document;
  // go-yaml does not come to what is behind a flow collection at the root.
  const first = parseDocument(text.slice(0, error.pos[0]), options);
  if (first.errors.length === 0 && isCollection(first.contents) && first.contents.flow) return first;
  throw new YamlError(`yaml: ${wordsOf(error.message)}`);
}

const DEPTH_MOST = 10_000;
const TOO_DEEP = 'yaml: exceeded max depth of 10000';

function wordsOf(message: string): string {
  const [first = ''] = message.split('\n');
  if (first.startsWith('Maximum call stack')) throw new RangeError(first);
  return first.replace(/:$/, '');
}

/** Most YAML is JSON: undefined where it is not, and where the two would be read in different ways. */
function asJson(text: string): Json | undefined {
  if (!/^\s*[{[]/.test(text) || hasSpecialNumber(text) || hasSurrogates(text)) return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (isDeep(value)) throw new YamlError(TOO_DEEP);
  return parseJson(text).duplicates.length > 0 ? undefined : value;
}

function nesting(text: string): number {
  let depth = 0;
  let most = 0;
  for (const [match] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (match === '{' || match === '[') most = Math.max(most, ++depth);
    else if (match === '}' || match === ']') depth--;
  }
  return most;
}

/** Go writes maps with their keys in order, which shows in the order of what it complains about. */
function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const out: JsonObject = {};
  for (const key of Object.keys(value).sort()) put(out, key, sorted(value[key] as Json));
  return out;
}

/** Makes values of nodes. */
class Reader {
  readonly duplicates: string[] = [];
  readonly #document: Document;
  readonly #text: string;
  readonly #lines: LineCounter;
  /** Anchors whose values are being read. */
  readonly #open = new Set<Node>();
  #nodes = 0;
  #inAliases = 0;
  #depth = 0;

  constructor(document: Document, text: string, lines: LineCounter) {
    this.#document = document;
    this.#text = text;
    this.#lines = lines;
  }

  read(node: unknown): Json {
    this.#nodes++;
    if (this.#depth > 0) this.#inAliases++;
    if (isExcessive(this.#inAliases, this.#nodes)) throw new YamlError('yaml: document contains excessive aliasing');
    if (isAlias(node)) return this.#alias(node);
    if (isScalar(node)) {
      this.#checkEscapes(node);
      return scalarOf(node);
    }
    if (isSeq(node)) return node.items.map((item) => this.read(item));
    if (isMap(node)) {
      const map = new Map<string, Json>();
      this.#fill(map, node);
      return inOrder(map);
    }
    return null;
  }

  /** libyaml takes no surrogate, not even one of a pair. */
  #checkEscapes({ type, range }: Scalar): void {
    if (type !== Scalar.QUOTE_DOUBLE || !range) return;
    if (/(^|[^\\])(\\\\)*\\u[dD][89a-fA-F]/.test(this.#text.slice(range[0], range[1]))) {
      throw new YamlError('yaml: found invalid Unicode character escape code');
    }
  }

  #target(alias: Alias): Node {
    const target = alias.resolve(this.#document);
    if (!target) throw new YamlError(`yaml: unknown anchor '${alias.source}' referenced`);
    if (this.#open.has(target)) throw new YamlError(`yaml: anchor '${alias.source}' value contains itself`);
    return target;
  }

  #alias(alias: Alias): Json {
    const target = this.#target(alias);
    this.#open.add(target);
    this.#depth++;
    const value = this.read(target);
    this.#depth--;
    this.#open.delete(target);
    return value;
  }

  #fill(map: Map<string, Json>, node: YAMLMap): void {
    for (const { key, value } of node.items) {
      if (isMergeKey(key)) {
        this.#merge(map, value);
        continue;
      }
      const name = keyOf(this.read(key));
      if (map.has(name)) {
        const { line } = this.#lines.linePos(startOf(value) ?? startOf(key) ?? 0);
        this.duplicates.push(`line ${line}: key ${goQuote(name)} already set in map`);
      }
      map.set(name, this.read(value));
    }
  }

  /** `<<: *defaults`, or a list of such. */
  #merge(map: Map<string, Json>, value: unknown): void {
    const source = isAlias(value) ? this.#target(value) : value;
    if (isMap(source)) this.#fill(map, source);
    else if (isSeq(source)) {
      // The first one wins.
      for (const one of source.items.toReversed()) this.#merge(map, one);
    } else throw new YamlError('yaml: map merge requires map or sequence of maps as the value');
  }
}

/** go-yaml's guard against few bytes that stand for very many values. */
function isExcessive(inAliases: number, nodes: number): boolean {
  if (inAliases <= 100 || nodes <= 1000) return false;
  const allowed = nodes <= 400_000 ? 0.99 : nodes >= 4_000_000 ? 0.1 : 0.99 - 0.89 * ((nodes - 400_000) / 3_600_000);
  return inAliases / nodes > allowed;
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

const isMergeKey = (key: unknown): boolean => isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<';

function inOrder(map: Map<string, Json>): JsonObject {
  const out: JsonObject = {};
  for (const key of [...map.keys()].sort()) put(out, key, map.get(key) ?? null);
  return out;
}

function keyOf(key: Json): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'boolean') return String(key);
  throw new YamlError(`unsupported map key ${JSON.stringify(key)}: keys are strings, numbers or booleans`);
}

const TAG = 'tag:yaml.org,2002:';

function scalarOf({ value, type, tag }: Scalar): Json {
  const text = typeof value === 'string' ? value : '';
  if (type !== Scalar.PLAIN && !tag) return value === null ? null : text;
  const asked = tag?.startsWith(TAG) ? tag.slice(TAG.length) : tag;
  if (asked === 'str' || asked === '!' || asked === 'binary' || (asked !== undefined && !RESOLVED.has(asked)))
    return text;
  const found = resolvePlain(text);
  if (typeof found === 'number' && !Number.isFinite(found)) {
    throw new YamlError(`json: unsupported value: ${Number.isNaN(found) ? 'NaN' : found > 0 ? '+Inf' : '-Inf'}`);
  }
  const is = typeOf(found);
  if (asked !== undefined && asked !== is && !(asked === 'float' && is === 'int') && asked !== 'timestamp') {
    throw new YamlError(`yaml: cannot decode !!${is} \`${text}\` as a !!${asked}`);
  }
  return found;
}

const RESOLVED: ReadonlySet<string> = new Set(['bool', 'int', 'float', 'null', 'timestamp']);

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return 'str';
}

const WORDS = new Map<string, Json>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((one) => [one, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((one) => [one, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((one) => [one, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((one) => [one, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((one) => [one, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((one) => [one, -Infinity] as const),
]);

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/** A plain scalar's value: numbers with prefixes, leading zeros (octal) and underscores; `yes` and `off` are booleans. */
export function resolvePlain(text: string): Json {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  const integer = integerOf(plain);
  if (integer !== undefined) return integer;
  const float = FLOAT.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(float) ? float : text;
}

/** As strconv.ParseInt and ParseUint with base 0: undefined for what is none, or needs more than 64 bits. */
function integerOf(text: string): number | undefined {
  const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/.exec(text);
  if (!match) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const prefix = hex ? '0x' : binary ? '0b' : octal ? '0o' : '';
  const size = BigInt(prefix + (hex ?? binary ?? octal ?? decimal ?? '0'));
  if (sign === '-' ? size > 2n ** 63n : size >= 2n ** (sign === '+' ? 63n : 64n)) return undefined;
  return Number(sign === '-' ? -size : size) + 0;
}
