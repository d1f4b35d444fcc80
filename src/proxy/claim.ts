/**
 * Takes addresses for this node by local routes (AnyIP), so that packets to them come to this process. Only in a network
 * namespace of its own: in the machine's, other programs' packets to these ranges would come here too.
 */
import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
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
    if (claimed.has(address) || known.some((range) => range.contains(address)) || isOwn(address)) return;
    if (address.includes(':')) writeFileSync(NONLOCAL_BIND, '1');
    await addLocalRoute(`${address}/${address.includes(':') ? 128 : 32}`);
    claimed.add(address);
  };
}

function isOwn(address: string): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some((own) => own.address === address));
}

async function addLocalRoute(range: string): Promise<void> {
  await run('ip', [range.includes(':') ? '-6' : '-4', 'route', 'replace', 'local', range, 'dev', 'lo']);
}

/** Since Linux 6.18 the machine's own namespace always has this number (`PROC_NET_INIT_INO`). */
const INITIAL_NAMESPACE = 'net:[4026531833]';

/**
 * The first process's namespace is the machine's, or that of the container this is. Where that one may not be looked at, the
 * oldest that may be stands in; a process that sees none but itself is taken to be in the machine's.
 */
function isMachinesOwn(): boolean {
  const own = namespaceOf('self');
  if (own === undefined || own === INITIAL_NAMESPACE) return true;
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  for (const pid of others.toSorted((a, b) => Number(a) - Number(b))) {
    const namespace = namespaceOf(pid);
    if (namespace !== undefined) return namespace === own;
  }
  return true;
}

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}
