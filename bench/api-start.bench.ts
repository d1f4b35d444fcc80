/** Start to ready: `sluice cluster` as a user starts it, first and next time, against etcd and kube-apiserver. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../test/tools/control-plane.ts';
import { freePort, startProgram } from '../test/tools/processes.ts';
import { claim } from './support.ts';

const ROUNDS = 5;

/** Milliseconds from the start of the process to the line that says it is ready. */
async function startOnce(dir: string): Promise<number> {
  const from = performance.now();
  let ready: () => void = () => {};
  const done = new Promise<void>((resolve) => (ready = resolve));
  const args = [
    join(import.meta.dirname, '../src/main.ts'),
    'cluster',
    '--data-dir',
    dir,
    '--port',
    String(await freePort()),
  ];
  const program = await startProgram(process.execPath, args, {
    onLine: (line) => {
      if (line.includes('ready in')) ready();
    },
  });
  await done;
  const time = performance.now() - from;
  await program.end('SIGKILL');
  return time;
}

const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] ?? 0;

const first: number[] = [];
const next: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  first.push(await startOnce(dir));
  next.push(await startOnce(dir));
  rmSync(dir, { recursive: true, force: true });
}
const from = performance.now();
const plane = await startControlPlane();
const theirs = performance.now() - from;
await plane.stop();
console.log(
  `embedded: ${Math.round(median(first))} ms with a new folder, ${Math.round(median(next))} ms with a kept one (medians of ${ROUNDS})`,
);
console.log(`kube-apiserver + etcd: ${Math.round(theirs)} ms`);
claim('milliseconds from the process to ready, new folder', Math.round(median(first)), 1000);
