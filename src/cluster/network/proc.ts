/** What Linux tells about processes in /proc. Elsewhere, and where it isn't to be had, nothing is known and nothing done. */
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** Children of a process of one thread, oldest first. */
export function childrenOf(pid: number | string, proc = '/proc'): number[] {
  return (read(`${proc}/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
}

/** Ids of a process in the namespaces of processes that it is in, the outermost that `proc` shows first. */
export function namespacedIds(pid: number | string, proc = '/proc'): number[] {
  const ids = /^NSpid:(.*)$/m.exec(read(`${proc}/${pid}/status`) ?? '')?.[1];
  return (ids ?? '').trim().split(/\s+/).filter(Boolean).map(Number);
}

/**
 * The id of a child of this process as the machine sees it, while that has not been reaped. `machineProc` is the /proc of the
 * namespace that this process was started from, where it has one of its own.
 */
export function outerId(pid: number, machineProc = process.env['SLUICE_MACHINE_PROC']): number {
  if (machineProc === undefined) return pid;
  const self = attempt(() => readlinkSync(`${machineProc}/self`));
  if (self === undefined) return pid;
  const listed = childrenOf(self, machineProc);
  const found = (listed.length > 0 ? listed.toReversed() : allChildren(self, machineProc)).find(
    (candidate) => namespacedIds(candidate, machineProc).at(-1) === pid,
  );
  return found ?? pid;
}

/** For kernels without a list of children (CONFIG_PROC_CHILDREN). */
function allChildren(pid: string, proc: string): number[] {
  const parent = new RegExp(`^PPid:\\s*${pid}$`, 'm');
  return processesIn(proc).filter((candidate) => parent.test(read(`${proc}/${candidate}/status`) ?? ''));
}

function processesIn(proc: string): number[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Enough for what forks while it is being killed, and an end where something can't be. */
const SWEEPS = 20;

/** Kills all that is in the network namespace that a file stands for. */
export function sweepNamespace(file: string): void {
  const wanted = attempt(() => `net:[${statSync(file).ino}]`);
  if (wanted === undefined) return;
  sweep((entry) => attempt(() => readlinkSync(`/proc/${entry}/ns/net`)) === wanted);
}

/** The variable by which programs that share the machine's namespaces are known, and all that they start. */
export const PLACE_VARIABLE = 'SLUICE_PLACE';

/** Kills all whose PLACE_VARIABLE begins so: it is inherited, whichever session a process has gone to. */
export function sweepPlaces(beginning: string): void {
  const wanted = `${PLACE_VARIABLE}=${beginning}`;
  sweep((entry) => (read(`/proc/${entry}/environ`) ?? '').split('\0').some((one) => one.startsWith(wanted)));
}

function sweep(isWanted: (pid: number) => boolean): void {
  if (!existsSync('/proc/self')) return;
  // What is forked meanwhile is seen in the next round; what a killed one left is as wanted as it was.
  for (let found = true, sweeps = 0; found && sweeps < SWEEPS; sweeps += 1) {
    found = false;
    for (const entry of processesIn('/proc')) {
      if (!isWanted(entry)) continue;
      const id = namespacedIds(entry).at(-1);
      if (id === undefined || id === process.pid) continue;
      if (attempt(() => process.kill(id, 'SIGKILL')) === true) found = true;
    }
  }
}

function read(path: string): string | undefined {
  return attempt(() => readFileSync(path, 'utf8'));
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
