import { isIPv6 } from 'node:net';

/** Where a server listens. Without a host: every address of the machine. */
export interface ListenAddress {
  host?: string;
  port: number;
}

/**
 * Reads `host:port`, `:port` or `[v6]:port`; `0` and the empty text mean "don't listen" and give `off`.
 * Port 0 takes any free port. Undefined if the text is none of these.
 */
export function parseAddress(text: string): ListenAddress | 'off' | undefined {
  if (text === '' || text === '0') return 'off';
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^\s:[\]]*)):(?<port>\d{1,5})$/.exec(text);
  const { v6, name, port: digits } = match?.groups ?? {};
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  if (v6 !== undefined) return isIPv6(v6) ? { host: v6, port } : undefined;
  return name ? { host: name, port } : { port };
}

/** The text that `parseAddress` reads. */
export function formatAddress({ host, port }: ListenAddress): string {
  if (host === undefined) return `:${port}`;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
