/** As whom, and in what kind of machine, a test's host process runs: the command that it is started through. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { missingTools } from '../../../scripts/tools.mjs';

const ROOT = join(import.meta.dirname, '../../..');
/** Runs the rest of the command after a script, in a mount namespace where that can hide and replace things. */
export function after(script: string): string[] {
  return ['unshare', '--mount', 'sh', '-ec', `${script}\nexec "$@"`, 'sh'];
}

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

/** Who may do nothing special: nobody, or where this checkout is in a home that nobody may read, a root who may not either. */
export const ORDINARY_USER = readableBy(NOBODY) ? NOBODY : ['setpriv', '--bounding-set=-sys_admin,-net_bind_service'];

function readableBy([command, ...args]: readonly string[]): boolean {
  const look = `require('fs').accessSync(${JSON.stringify(ROOT)})`;
  return command !== undefined && spawnSync(command, [...args, process.execPath, '-e', look]).status === 0;
}

/** Loopback addresses that no other test has, where that can be; else the machine's. */
export const OWN_LOOPBACK =
  missingTools().netns === undefined ? ['unshare', '--net', 'sh', '-ec', 'ip link set lo up; exec "$@"', 'sh'] : [];
