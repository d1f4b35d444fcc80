import { isIPv6 } from 'node:net';

/** An address as people write it: an IPv4 client of a dual-stack socket as plain IPv4. */
export function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? '';
}

/** `10.0.0.1:80`, `[fd00::1]:80` */
export function joinHostPort(host: string, port: number | string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Takes `host:port` and `[v6]:port` apart; undefined if it is neither. */
export function splitHostPort(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (!match || Number(match[3]) > 65_535) return undefined;
  return { host: match[1] ?? match[2] ?? '', port: Number(match[3]) };
}

/** Whether a host stands for every address. */
export function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::';
}

/** The one of these that connections to an address can come from. */
export function sourceFor(address: string, sources: readonly string[]): string | undefined {
  return sources.find((source) => isIPv6(source) === isIPv6(address));
}
