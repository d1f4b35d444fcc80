import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const STATE = join(ROOT, '.sluice');
const SOURCES = ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'LICENSE'];
const PREFIX = 'bundle-';
const DAY_MS = 86_400_000;

/**
 * The folder with the files of the image's /app, of the sources as they are now: built at the first call (two seconds),
 * and kept for the next ones, of other processes too.
 * @throws Error with what esbuild said.
 */
export function bundleDir(): string {
  const dir = join(STATE, `${PREFIX}${sourceHash()}`);
  if (existsSync(dir)) return dir;
  removeOld();
  mkdirSync(STATE, { recursive: true });
  const temporary = mkdtempSync(join(STATE, 'bundling-'));
  try {
    const built = join(temporary, 'app');
    const run = spawnSync(process.execPath, [join(ROOT, 'scripts', 'bundle.ts'), built], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`the bundle does not build:\n${run.stderr}`);
    try {
      // Whole or not at all.
      renameSync(built, dir);
    } catch (error) {
      // Another process was first: its files are the same.
      if (!existsSync(dir)) throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return dir;
}

/** The program of the image as one file, to be started with Node 24. Builds it where needed, see `bundleDir`. */
export function bundlePath(): string {
  return join(bundleDir(), 'sluice.mjs');
}

function sourceHash(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const path = join(ROOT, source);
    const files = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }).sort() : [''];
    for (const name of files) {
      const file = join(path, name);
      if (statSync(file).isFile()) hash.update(`${source}/${name}\0`).update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function removeOld(): void {
  if (!existsSync(STATE)) return;
  for (const name of readdirSync(STATE).filter((one) => one.startsWith(PREFIX) || one.startsWith('bundling-'))) {
    const path = join(STATE, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Number.POSITIVE_INFINITY };
    if (Date.now() - mtimeMs > DAY_MS) rmSync(path, { recursive: true, force: true });
  }
}
