/** Process groups that outlive a killed spawner, told from strangers by when they started. */
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweepPlaces } from './proc.ts';

/** A group is named by its leader; `started` is unlike that of any other process which ever has this id. */
interface ProcessGroup {
  id: number;
  started: string;
}

const GONE_WITHIN_MS = 2000;

/** When a process started, in the system's own words; undefined when it is none or has ended. */
export function processStart(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout?.trim() || undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it may hold anything. From there on: state, …, ticks since boot as the 20th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Kills a group; nothing when it is gone. */
export function signalGroup(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-id, signal);
  } catch {
    // Ended before.
  }
}

/** The groups that run now, in a file that is right at every moment. */
export class GroupFile {
  readonly #path: string;
  readonly #groups = new Map<number, ProcessGroup>();

  constructor(path: string) {
    this.#path = path;
  }

  /** To be called in the same turn as the start, when the process can't have been reaped yet. */
  add(id: number): void {
    const started = processStart(id);
    if (started === undefined) return;
    this.#groups.set(id, { id, started });
    this.#write();
  }

  delete(id: number): void {
    if (this.#groups.delete(id)) this.#write();
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }

  #write(): void {
    const next = `${this.#path}.next`;
    writeFileSync(next, JSON.stringify([...this.#groups.values()]));
    renameSync(next, this.#path);
  }
}

/**
 * Kills the groups that a file names, and what has left them, and removes it. Resolves to how many there were, when they are gone.
 * A group whose leader is not the process that it was is left alone.
 */
export async function killLeftovers(path: string): Promise<number> {
  const groups = readGroups(path).filter(({ id, started }) => processStart(id) === started);
  for (const { id } of groups) signalGroup(id, 'SIGKILL');
  const deadline = performance.now() + GONE_WITHIN_MS;
  while (groups.some(({ id, started }) => processStart(id) === started) && performance.now() < deadline) {
    await sleep(5);
  }
  sweepPlaces(placesOf(path));
  rmSync(path, { force: true });
  return groups.length;
}

/** What the places of the network begin with whose groups are in a file. */
export const placesOf = (groupFile: string): string => `${dirname(resolve(groupFile))}/`;

/** None where the file is missing or was cut off by a crash of the machine, which left no process either. */
function readGroups(path: string): ProcessGroup[] {
  try {
    const groups: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(groups) ? (groups as ProcessGroup[]).filter(({ id }) => Number.isInteger(id) && id > 1) : [];
  } catch {
    return [];
  }
}
