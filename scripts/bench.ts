/** `npm run bench [-- NAME…]`: runs every benchmark in bench/ (one file a claim), or those named, one after another. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const BENCH = join(import.meta.dirname, '..', 'bench');

function main(names: string[]): number {
  const files = existsSync(BENCH) ? readdirSync(BENCH).filter((file) => file.endsWith('.bench.ts')) : [];
  if (files.length === 0) console.error('there are no benchmarks yet');
  const unknown = names.filter((name) => !files.includes(`${name}.bench.ts`));
  if (unknown.length > 0) {
    console.error(
      `no benchmark named ${unknown.join(', ')}; there are: ${files.join(', ').replaceAll('.bench.ts', '')}`,
    );
    return 1;
  }
  const failed: string[] = [];
  for (const file of files) {
    const name = file.replace('.bench.ts', '');
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n${name}`);
    if (spawnSync(process.execPath, [join(BENCH, file)], { stdio: 'inherit' }).status !== 0) failed.push(name);
  }
  if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
