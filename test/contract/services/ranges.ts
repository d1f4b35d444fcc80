import ipaddr from 'ipaddr.js';

/** What a cluster allocates from. */
export interface Ranges {
  /** CIDRs as `--service-cluster-ip-range` has them, primary first. */
  cidrs: readonly string[];
  ports: { first: number; last: number };
}

/** Where in its range a number lies: which part of it says whether it was taken as KEP-3070 and KEP-3668 want. */
export type Band = 'static' | 'dynamic';

/** min(max(16, size/step), most), and nothing for a range of up to 16: KEP-3070, KEP-3668. */
function staticSize(size: bigint, step: bigint, most: bigint): bigint {
  if (size <= 16n) return 0n;
  const share = size / step;
  return share < 16n ? 16n : share > most ? most : share;
}

/** The band of a node port, or undefined when it is out of range. */
export function bandOfPort(port: number, { ports: { first, last } }: Ranges): Band | undefined {
  if (port < first || port > last) return undefined;
  return BigInt(port - first) < staticSize(BigInt(last - first + 1), 32n, 128n) ? 'static' : 'dynamic';
}

const valueOf = (ip: string): bigint =>
  ipaddr
    .parse(ip)
    .toByteArray()
    .reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

/** The family and band of a cluster IP, or undefined when it is none of the ranges' usable addresses. */
export function bandOfIp(ip: string, { cidrs }: Ranges): { family: 4 | 6; band: Band } | undefined {
  if (!ipaddr.isValid(ip)) return undefined;
  const family = ip.includes(':') ? 6 : 4;
  for (const cidr of cidrs) {
    const [base = '', length = ''] = cidr.split('/');
    if (base.includes(':') !== (family === 6)) continue;
    const size = 1n << BigInt((family === 6 ? 128 : 32) - Number(length));
    const offset = valueOf(ip) - valueOf(base);
    // The network's own address is never given out, nor IPv4's broadcast address.
    const end = family === 6 ? size : size - 1n;
    if (offset < 1n || offset >= end) continue;
    return { family, band: offset <= staticSize(size, 16n, 256n) ? 'static' : 'dynamic' };
  }
  return undefined;
}
