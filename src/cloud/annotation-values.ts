/** How annotation values are written: LBC's lists and maps, integers, and labels. */

/** `a, b,,c` → `a`, `b`, `c`: comma separated, trimmed, empty entries dropped. There is no malformed list. */
export function parseList(raw: string): string[] {
  return raw
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** A map and what could not be read of it. */
export interface ParsedMap {
  map: Record<string, string>;
  /** Each completes a sentence about the whole value: `has an entry without "=": "b"`. */
  faults: string[];
}

/**
 * `k=v,k=v`. The first `=` ends the key; a backslash takes the next character literally, so `\,` puts a comma in a
 * value and `\=` an equals sign in a key. Keys and values are trimmed, and empty entries dropped (a trailing comma).
 */
export function parseMap(raw: string): ParsedMap {
  const entries = new Map<string, string>();
  const faults: string[] = [];
  let key: string | undefined;
  let text = '';

  const endEntry = () => {
    const value = text.trim();
    if (key === undefined) {
      if (value !== '') faults.push(`has an entry without "=": ${JSON.stringify(value)}`);
    } else if (key === '') {
      faults.push(`has an entry without a key: ${JSON.stringify(`=${value}`)}`);
    } else if (entries.has(key)) {
      faults.push(`names ${JSON.stringify(key)} twice`);
    } else {
      entries.set(key, value);
    }
    key = undefined;
    text = '';
  };

  for (let at = 0; at < raw.length; at++) {
    const character = raw[at]!;
    if (character === '\\') {
      at++;
      if (at === raw.length) faults.push('ends in a lone backslash');
      else text += raw[at];
    } else if (character === ',') {
      endEntry();
    } else if (character === '=' && key === undefined) {
      key = text.trim();
      text = '';
    } else {
      text += character;
    }
  }
  endEntry();
  // Not assignment to a plain object: a key may be `__proto__`.
  return { map: Object.fromEntries(entries), faults };
}

/** A whole number written in decimal digits and within the bounds, else undefined. */
export function parseInteger(raw: string, min: number, max: number): number | undefined {
  if (!/^\d+$/.test(raw)) return undefined;
  const value = Number(raw);
  return value >= min && value <= max ? value : undefined;
}

const LABEL_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Whether Kubernetes would accept this as a label's key: a name, perhaps after a DNS subdomain and a slash. */
export function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash === -1) return LABEL_NAME.test(key);
  const prefix = key.slice(0, slash);
  return prefix.length <= 253 && DNS_SUBDOMAIN.test(prefix) && LABEL_NAME.test(key.slice(slash + 1));
}

/** Whether Kubernetes would accept this as a label's value. */
export function isLabelValue(value: string): boolean {
  return value === '' || LABEL_NAME.test(value);
}
