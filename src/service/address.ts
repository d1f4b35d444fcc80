import ipaddr from 'ipaddr.js';
import type { IpFamily } from '../kube/objects.ts';

/** An IP address in the one way of writing it, and its family. */
export interface Address {
  family: IpFamily;
  text: string;
}

/**
 * Reads an IP address as Kubernetes does (`ParseIPSloppy`): a part of an IPv4 address may have leading zeros and is decimal
 * for all that, and an IPv4 address in IPv6 clothes is an IPv4 address. Undefined if the text is none.
 */
export function readAddress(text: string): Address | undefined {
  if (/^\d{1,10}(\.\d{1,10}){3}$/.test(text)) {
    const parts = text.split('.').map(Number);
    return parts.every((part) => part <= 255) ? { family: 'IPv4', text: parts.join('.') } : undefined;
  }
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress()) return { family: 'IPv4', text: address.toIPv4Address().toString() };
  return { family: 'IPv6', text: address.toString() };
}

/** The addresses of one family among these, in the one way of writing them; what is no address is left out. */
export function addressesOf(family: IpFamily, texts: readonly string[] | undefined): string[] {
  const addresses: string[] = [];
  for (const text of texts ?? []) {
    const address = readAddress(text);
    if (address?.family === family) addresses.push(address.text);
  }
  return addresses;
}

/** A range of addresses that answers whether an address is in it. */
export interface Range {
  /** As it was given, without spaces around it. */
  readonly text: string;
  readonly family: IpFamily;
  readonly prefix: number;
  contains(address: string): boolean;
}

/** Reads `10.0.0.0/8` (bits below the prefix are ignored), or a bare address as the range of that one. Undefined if it is neither. */
export function readRange(text: string): Range | undefined {
  const [base = '', length, ...rest] = text.trim().split('/');
  const address = readAddress(base);
  const most = address?.family === 'IPv4' ? 32 : 128;
  const prefix = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!address || rest.length > 0 || !(prefix <= most)) return undefined;
  const { family } = address;
  const network = ipaddr.parse(address.text);
  return {
    text: text.trim(),
    family,
    prefix,
    contains(other) {
      const read = readAddress(other);
      return read?.family === family && ipaddr.parse(read.text).match(network, prefix);
    },
  };
}
