import type { Json } from './case.ts';

/** How many cases run at once on a big cluster; each lane has a namespace and numbers of its own. */
export const LANES = 6;

/**
 * The lane of cases that run once more: no case was there before. On a busy kube-apiserver the repair of addresses deletes
 * one that an update is about to use, makes it again and leaves it for a minute (`syncIPAddress` of `repairip.go`).
 */
export const AGAIN = LANES;

const PORTS = 12;
const IPV4 = 30;
const IPV6 = 0x20;

/**
 * A body with the numbers that a case chose moved into its lane's part of the static bands (ports 30000–30083, addresses
 * 10.96.0.10–219, fd00:96::10–ef), from which no server allocates unasked while the upper band has room (KEP-3070).
 */
export function inLane<T extends Json>(body: T, lane: number): T {
  if (lane === 0) return body;
  if (typeof body === 'number') return (body >= 30000 && body < 30000 + PORTS ? body + lane * PORTS : body) as T;
  if (typeof body === 'string') {
    return body
      .replaceAll(/\b10\.96\.0\.([1-3]\d)\b(?!\.)/g, (_, last) => `10.96.0.${Number(last) + lane * IPV4}`)
      .replaceAll(
        /\bfd00:96::([12][0-9a-f])\b/g,
        (_, last) => `fd00:96::${(parseInt(last, 16) + lane * IPV6).toString(16)}`,
      )
      .replaceAll(/\b300(?:0\d|1[01])\b/g, (port) => String(Number(port) + lane * PORTS)) as T;
  }
  if (Array.isArray(body)) return body.map((item) => inLane(item, lane)) as T;
  if (body !== null && typeof body === 'object') {
    return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, inLane(value, lane)])) as T;
  }
  return body;
}
