import type { Json } from './case.ts';
import { bandOfIp, bandOfPort, type Ranges } from './ranges.ts';
import type { Answer, Exchange } from './run.ts';

/** When the case ran, in ms since the epoch: the times of that window are the server's, all others the case's own. */
export interface Window {
  from: number;
  to: number;
}

const ALLOCATED = new Set(['clusterIP', 'clusterIPs', 'nodePort', 'healthCheckNodePort']);
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const ADDRESS = /(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{1,4}:[0-9a-f:]*:[0-9a-f]*)(?![\w:]|\.\d)/g;
const PORT = /(?<![\w.])\d{5}(?!\w|\.\d)/g;
/** In words, and in an object quoted as JSON. */
const VERSION_IN_TEXT =
  /(ResourceVersion in object meta: |ResourceVersion in record \(|"?resourceVersion\\*"?: ?\\*"?)(\d+)/g;
/** What follows a `generateName` of at most 58 letters. */
const RANDOM_SUFFIX = '([bcdfghjklmnpqrstvwxz2456789]{5})';
const PREFIX_LENGTH = 58;
/** Seconds that a server's clock may be off, and what a time in whole seconds loses. */
const SLACK_MS = 5_000;

/**
 * One case's answers with symbols for what the server chose: uids, resource versions, times, random names, and allocated
 * numbers, each with its kind, the band it lies in and a number by first appearance. So an answer that keeps, changes or
 * reuses what it should not still reads otherwise. What a request named is never a symbol.
 */
export function neutral(exchanges: readonly Exchange[], ranges: Ranges, window: Window): Answer[] {
  const names = new Names(ranges, window);
  return exchanges.map(({ body, answer }) => {
    names.chosen(body);
    return {
      status: answer.status,
      contentType: answer.contentType,
      warnings: answer.warnings.map((text) => names.inText(text)),
      body: names.inBody(answer.body),
    };
  });
}

class Names {
  readonly #ranges: Ranges;
  readonly #window: Window;
  readonly #symbols = new Map<string, string>();
  readonly #versions = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #chosen = new Set<string>();
  /** Names that a server made from a prefix in a request. */
  #generated: RegExp | undefined;

  constructor(ranges: Ranges, window: Window) {
    this.#ranges = ranges;
    this.#window = window;
  }

  /** Notes the literals of a request, save those that are answers sent back. */
  chosen(body: Json): void {
    const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
    for (const pattern of [ADDRESS, PORT]) {
      for (const [literal] of text.matchAll(pattern)) if (!this.#symbols.has(literal)) this.#chosen.add(literal);
    }
    const prefix = body?.metadata?.generateName;
    if (typeof prefix === 'string' && prefix !== '') {
      const start = prefix.slice(0, PREFIX_LENGTH).replaceAll(/[^\w]/g, '\\$&');
      this.#generated = new RegExp(`(?<![\\w-])(${start})${RANDOM_SUFFIX}(?![\\w-])`, 'g');
    }
    for (const [uid] of text.matchAll(UUID)) if (!this.#symbols.has(uid)) this.#chosen.add(uid);
  }

  inBody(body: Json): Json {
    this.#learn(body, '');
    return this.#replaced(body, '', body?.kind);
  }

  inText(text: string): string {
    const named = this.#generated
      ? text.replaceAll(this.#generated, (name, prefix: string) => prefix + this.#symbol(name, '<random>'))
      : text;
    return named
      .replaceAll(TIME, (time) => (this.#isNow(time) ? '<now>' : time))
      .replaceAll(UUID, (uid) => this.#uid(uid))
      .replaceAll(VERSION_IN_TEXT, (_, words: string, version: string) => words + this.#version(version))
      .replaceAll(ADDRESS, (literal) => this.#allocated(literal) ?? literal)
      .replaceAll(PORT, (literal) => this.#allocated(literal) ?? literal)
      .replaceAll(/\blane-\d+-\d+\b/g, '<namespace>');
  }

  /** Symbols in the order of the objects' fields, before the same numbers are met in texts. */
  #learn(value: Json, key: string): void {
    if (value === null || typeof value !== 'object') {
      if (ALLOCATED.has(key)) this.#allocated(String(value));
      return;
    }
    // By name, so that two servers' orders of keys number them alike.
    if (Array.isArray(value)) for (const item of value) this.#learn(item, key);
    else for (const inner of Object.keys(value).toSorted()) this.#learn(value[inner], inner);
  }

  #replaced(value: Json, key: string, kind: unknown): Json {
    if (key === 'resourceVersion' && typeof value === 'string') {
      // A list's version depends on what else the server stores.
      return String(kind).endsWith('List') ? '<version>' : this.#version(value);
    }
    if (typeof value === 'number') return ALLOCATED.has(key) ? (this.#symbols.get(String(value)) ?? value) : value;
    if (typeof value === 'string') return this.inText(value);
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#replaced(item, key, item?.kind));
      return key === 'managedFields' ? items.toSorted(byManager) : items;
    }
    const entries = Object.entries(value).map(([inner, item]) => {
      const owner = inner === 'metadata' ? kind : (item as Json)?.kind;
      return [this.inText(inner), this.#replaced(item, inner, inner === 'resourceVersion' ? kind : owner)];
    });
    return Object.fromEntries(entries);
  }

  #isNow(time: string): boolean {
    const at = Date.parse(time);
    return at >= this.#window.from - SLACK_MS && at <= this.#window.to + SLACK_MS;
  }

  #uid(uid: string): string {
    return this.#chosen.has(uid) ? uid : this.#symbol(uid, '<uid>');
  }

  #version(version: string): string {
    if (!/^[1-9]\d*$/.test(version)) return version;
    const known = this.#versions.get(version) ?? `<version ${this.#versions.size + 1}>`;
    this.#versions.set(version, known);
    return known;
  }

  /** The symbol of a number that the server chose from a range, or undefined. */
  #allocated(literal: string): string | undefined {
    const known = this.#symbols.get(literal);
    if (known !== undefined || this.#chosen.has(literal)) return known;
    if (/^\d+$/.test(literal)) {
      const band = bandOfPort(Number(literal), this.#ranges);
      return band && this.#symbol(literal, `<${band} port>`);
    }
    if (!/^[0-9a-f]*[.:][0-9a-f.:]+$/.test(literal)) return undefined;
    const at = bandOfIp(literal, this.#ranges);
    return at && this.#symbol(literal, `<${at.band} ip${at.family}>`);
  }

  /** `<kind n>` for the n-th of its kind. */
  #symbol(literal: string, kind: string): string {
    const known = this.#symbols.get(literal);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const symbol = kind.replace(/>$/, ` ${count}>`);
    this.#symbols.set(literal, symbol);
    return symbol;
  }
}

/** Upstream orders entries by time before manager, in whole seconds: an order that depends on when a test runs. */
function byManager(a: Json, b: Json): number {
  const keyOf = ({ operation, manager, apiVersion, subresource }: Json) =>
    JSON.stringify([operation, manager, apiVersion, subresource ?? '']);
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
