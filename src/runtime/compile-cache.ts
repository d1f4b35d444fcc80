import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';

/**
 * The environment in which a Node program of ours finds compiled what was compiled before, as this process does: it starts in
 * half the time and needs 13 MB less, for it has no TypeScript to strip. Nothing where this process has no such cache.
 */
export function compileCacheEnv(): Record<string, string> {
  const dir = getCompileCacheDir();
  // Node appends a folder for its version and the user.
  return dir === undefined ? {} : { NODE_COMPILE_CACHE: dirname(dir) };
}
