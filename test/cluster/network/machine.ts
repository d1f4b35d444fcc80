/** What of a network can be seen on the machine that it runs on. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that runs, by its id and what it is started from. */
export interface Seen {
  pid: number;
  parent: number;
  command: string;
}

/** All processes of the machine but those that have ended. */
export function processes(): Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (state === 'Z' || state === 'X') return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return [{ pid: Number(pid), parent: Number(parent), command }];
      } catch {
        return [];
      }
    });
}

/** A process's children, theirs, and so on. */
export function descendants(pid: number): Seen[] {
  const all = processes();
  const found = all.filter(({ parent }) => parent === pid);
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid));
  return found;
}

/** Network namespaces that processes are in. */
export function namespacesOf(pids: readonly number[]): string[] {
  const names = pids.flatMap((pid) => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/net`)];
    } catch {
      return [];
    }
  });
  return [...new Set(names)];
}

/** What must be the same before and after: interfaces, named namespaces, mounts. */
export function machineState(): Record<string, string> {
  const run = (command: string, ...args: string[]) => {
    try {
      return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    } catch {
      return '';
    }
  };
  return {
    interfaces: run('ip', '-br', 'link'),
    routes: run('ip', 'route', 'show', 'table', 'all'),
    names: run('ls', '/run/netns'),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes('sluice'))
      .join('\n'),
  };
}
