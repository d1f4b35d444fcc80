/**
 * Takes addresses for this node by local routes (AnyIP), so that packets to them come to this process. Only in a network
 * namespace of its own: in the machine's, other programs' packets to these ranges would come here too.
 */
import { execFile } from 'node:child_process';
import { readlinkSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { ConfigError } from '../runtime/config-error.ts';
import { type Range, readRange } from '../service/address.ts';

const run = promisify(execFile);
const NONLOCAL_BIND = '/proc/sys/net/ipv6/ip_nonlocal_bind';

/**
 * Claims the ranges now, and gives what claims a single address outside of them. @throws ConfigError in the machine's own
 * namespace, and where routes may not be made.
 */
export async function claimAddresses(ranges: readonly string[]): Promise<(address: string) => Promise<void>> {
  if (isMachinesOwn()) {
    throw new ConfigError(
      "--claim-addresses: this process is in the machine's own network namespace, where no route may be touched; " +
        'run it in one of its own (unshare -n), or leave the flag out',
    );
  }
  const known: Range[] = [];
  try {
    for (const text of ranges) {
      await addLocalRoute(text);
      const range = readRange(text);
      if (range) known.push(range);
    }
    // Binding to an IPv6 address takes more than a local route.
    if (known.some(({ family }) => family === 'IPv6')) writeFileSync(NONLOCAL_BIND, '1');
  } catch (error) {
    const why = error instanceof Error ? error.message.trim().replaceAll(/\s+/g, ' ') : String(error);
    throw new ConfigError(`--claim-addresses: ${why}; it needs the program ip and CAP_NET_ADMIN in its namespace`, {
      cause: error,
    });
  }
  const claimed = new Set<string>();
  return async (address) => {
    if (claimed.has(address) || known.some((range) => range.contains(address))) return;
    if (address.includes(':')) writeFileSync(NONLOCAL_BIND, '1');
    await addLocalRoute(`${address}/${address.includes(':') ? 128 : 32}`);
    claimed.add(address);
  };
}

async function addLocalRoute(range: string): Promise<void> {
  await run('ip', [range.includes(':') ? '-6' : '-4', 'route', 'replace', 'local', range, 'dev', 'lo']);
}

/** The first process's namespace is the machine's. Who may not look is no root, and in its own namespace one would be. */
function isMachinesOwn(): boolean {
  try {
    return readlinkSync('/proc/self/ns/net') === readlinkSync('/proc/1/ns/net');
  } catch {
    return true;
  }
}
