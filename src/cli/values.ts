import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { type ListenAddress, parseAddress } from '../runtime/address.ts';
import { type Range, readRange } from '../service/address.ts';
import { formatDuration, parseDuration } from '../runtime/duration.ts';

/**
 * The kinds of value that options take: text in, typed value out. A message follows the quoted value
 * (`"0" is not a whole number from 1 to 100`) and says what would be right.
 *
 * Each kind's metadata is the JSON schema of the same value in the chart's values file. It refuses nothing that the flag
 * takes. Its patterns are read by RE2 (Helm) and ECMAScript (editors) alike: no lookaround.
 */

/** Any text but the empty one. */
export const text = (what: string) =>
  z.string().min(1, `is empty; give ${what}`).meta({ type: 'string', minLength: 1 });

/** `true` or `false`. */
export const boolean = z
  .enum(['true', 'false'], { error: 'is neither true nor false' })
  .transform((value) => value === 'true')
  .meta({ type: 'boolean' });

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, { error: `is not one of ${words.join(', ')}` }).meta({ type: 'string', enum: words });
}

/** A whole number within bounds. */
export function integer(min: number, max: number): z.ZodType<number, string> {
  const schema = checked((value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? { is: number } : `is not a whole number from ${min} to ${max}`;
  });
  return schema.meta({ type: 'integer', minimum: min, maximum: max });
}

/** Node's timers hold 24.8 days; what is longer would fire at once. */
const longest = 240 * 3_600_000;

/** A Go-style duration within bounds, as milliseconds. */
export function duration(min: string): z.ZodType<number, string> {
  const minMs = parseDuration(min) ?? Number.NaN;
  const schema = checked((value) => {
    const ms = parseDuration(value);
    if (ms === undefined) {
      return /^\d+$/.test(value)
        ? `has no unit; ${value}s are seconds, ${value}m minutes`
        : 'is not a duration such as 90s, 10m or 1h30m';
    }
    if (ms < minMs) return `is shorter than the least, ${min}`;
    return ms > longest ? `is longer than the most, ${formatDuration(longest)}` : { is: ms };
  });
  return schema.meta({ type: 'string', pattern: '^(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$' });
}

/** `host:port`, `:port`, `[v6]:port`, or `0` for none. */
export const address: z.ZodType<ListenAddress | 'off', string> = checked((value) => {
  const parsed = parseAddress(value);
  return parsed === undefined ? 'is not host:port, :port, [IPv6]:port or 0 (off)' : { is: parsed };
});

/** Items between commas, each checked, doubles dropped. */
export function list<T>(item: z.ZodType<T, string>): z.ZodType<T[], string> {
  const schema = z.string().transform((value, context) => {
    const items = new Set<T>();
    for (const part of value.split(',').map((each) => each.trim())) {
      const result = item.safeParse(part);
      if (result.success) items.add(result.data);
      else {
        const message = result.error.issues[0]?.message ?? 'is wrong';
        // With one item the quoted value is the item already.
        context.addIssue({
          code: 'custom',
          message: part === value ? message : `holds ${JSON.stringify(part)}, which ${message}`,
        });
        return z.NEVER;
      }
    }
    return [...items];
  });
  return schema.meta({ type: 'array', items: item.meta(), minItems: 1 });
}

/** Several texts, one a line; empty lines are none. `what` says what each is. */
export const lines = (what: string): z.ZodType<string[], string> =>
  checked((value) => {
    const texts = value.split('\n').filter((line) => line.trim() !== '');
    return texts.length > 0 ? { is: texts } : `is empty; give ${what}`;
  }).meta({ type: 'array', items: { type: 'string' }, minItems: 1 });

/** The cluster's name, which becomes a tag value and part of hashed names. */
export const clusterName = z
  .string()
  .min(1, 'is empty; give the name of this cluster')
  .max(100, 'is longer than 100 characters')
  .regex(/^[^\s\p{C}]*$/u, 'holds a space or a control character')
  .meta({ type: 'string', minLength: 1, maxLength: 100, pattern: '^[^\\s\\p{C}]*$' });

/** An AWS region, which people mix up with its zones. */
export const region: z.ZodType<string, string> = checked((value) => {
  const zone = /^([a-z]+(?:-[a-z]+)+-\d)[a-z]$/.exec(value);
  if (zone) return `is an availability zone; its region is ${zone[1]}`;
  return /^[a-z][a-z0-9-]{1,62}$/.test(value) ? { is: value } : 'is not an AWS region such as eu-central-1';
}).meta({
  type: 'string',
  pattern: '^[a-z][a-z0-9-]{1,62}$',
  not: { pattern: '^[a-z]+(-[a-z]+)+-[0-9][a-z]$' },
});

export const vpcId = z
  .string()
  .regex(/^vpc-[0-9a-z]+$/, 'is not a VPC id (vpc-…)')
  .meta({ type: 'string', pattern: '^vpc-[0-9a-z]+$' });

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const labels = `${label}(?:\\.${label})*`;
const subdomain = `(?=.{1,253}$)${labels}`;
const word = '[A-Za-z0-9](?:[-\\w.]{0,61}[A-Za-z0-9])?';

/** A namespace. */
export const dnsLabel = z
  .string()
  .regex(new RegExp(`^${label}$`), 'is not a DNS label (up to 63 of a-z, 0-9 and -, neither first nor last a -)')
  .meta({ type: 'string', pattern: `^${label}$` });

/** The name of most other objects. */
export const dnsName = z
  .string()
  .regex(new RegExp(`^${subdomain}$`), 'is not an object name (a-z, 0-9, - and ., up to 253 characters)')
  .meta({ type: 'string', maxLength: 253, pattern: `^${labels}$` });

/** `PREFIX/NAME` or `NAME`, as a load balancer class must be. */
export const qualifiedName: z.ZodType<string, string> = checked((value) => {
  const parts = value.split('/');
  const name = parts.pop() ?? '';
  const nameIsValid = new RegExp(`^${word}$`).test(name);
  const prefixIsValid = parts.length === 0 || (parts.length === 1 && new RegExp(`^${subdomain}$`).test(parts[0] ?? ''));
  return nameIsValid && prefixIsValid ? { is: value } : 'is not a load balancer class such as sluice.dev/nlb';
}).meta({ type: 'string', pattern: `^(?:${labels}/)?${word}$` });

/** `NAMESPACE/NAME` of a Service. */
export const serviceKey: z.ZodType<string, string> = checked((value) =>
  new RegExp(`^${label}/${label}$`).test(value) ? { is: value } : 'is not NAMESPACE/NAME of a Service',
);

/** `NAMESPACE/NAME` of another kind of object. */
export function namespacedName(what: string): z.ZodType<string, string> {
  return checked((value) =>
    new RegExp(`^${label}/${subdomain}$`).test(value) ? { is: value } : `is not NAMESPACE/NAME of ${what}`,
  );
}

/** One range of addresses, or one of each family, in canonical form: `10.96.0.0/16,fd00:96::/108`. */
export const serviceCidrs: z.ZodType<string[], string> = checked((value) => {
  const ranges = value.split(',').map((each) => each.trim());
  if (ranges.length > 2) return 'has more than two ranges';
  for (const range of ranges) {
    if (!ipaddr.isValidCIDR(range)) return `holds ${JSON.stringify(range)}, which is not a range such as 10.96.0.0/16`;
    const [address, prefix] = ipaddr.parseCIDR(range);
    const most = address.kind() === 'ipv4' ? 30 : 126;
    if (prefix > most) return `holds ${JSON.stringify(range)}, which has too few addresses (/${most} at most)`;
    if (address.kind() === 'ipv6' && prefix < 64) return `holds ${JSON.stringify(range)}, which is wider than /64`;
    const network = (address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(range).toString();
    if (`${network}/${prefix}` !== range) return `holds ${JSON.stringify(range)}; the range is ${network}/${prefix}`;
  }
  const families = new Set(ranges.map((range) => ipaddr.parseCIDR(range)[0].kind()));
  return families.size === ranges.length ? { is: ranges } : 'has two ranges of one family';
});

/** A range of addresses, or one address: `10.244.0.0/16`. */
export const addressRange: z.ZodType<Range, string> = checked((value) => {
  const range = readRange(value);
  return range ? { is: range } : 'is not a range of addresses such as 10.244.0.0/16';
});

/** `30000-32767`. */
export const portRange: z.ZodType<{ first: number; last: number }, string> = checked((value) => {
  const [, first = '', last = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(value) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (!first) return 'is not a range of ports such as 30000-32767';
  if (range.first < 1 || range.last > 65535) return 'goes beyond the ports 1 to 65535';
  return range.first <= range.last ? { is: range } : 'ends before it starts';
});

/** A schema from a function that gives the value, or the message that says what is wrong. */
function checked<T>(read: (value: string) => { is: T } | string): z.ZodType<T, string> {
  return z.string().transform((value, context) => {
    const result = read(value);
    if (typeof result !== 'string') return result.is;
    context.addIssue({ code: 'custom', message: result });
    return z.NEVER;
  });
}
