/**
 * `npm test`: every check and every test, and at the end what failed and what was skipped and why.
 * Arguments go to vitest, and then the checks are left out: `npm test -- test/cloud`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureTools, missingTools } from './tools.mjs';

const ROOT = join(import.meta.dirname, '..');
const BIN = join(ROOT, 'node_modules', '.bin');
const REPORT = join(ROOT, '.sluice', 'test-report.json');
const COUNTS = join(ROOT, '.sluice', 'test-counts.txt');

/** The part of vitest's JSON report that is read here. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

function step(name: string, command: string, args: string[]): boolean {
  console.log(`\n${name}: ${command} ${args.join(' ')}`);
  const run = spawnSync(join(BIN, command), args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    // What these start with `#!/usr/bin/env node` must find this checkout's Node however this script was started.
    env: { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  if (run.error) console.error(`${command}: ${run.error.message}`);
  return run.status === 0;
}

/** vitest's own counts, or undefined when it did not get as far as a report. */
function readReport(): Report | undefined {
  try {
    return JSON.parse(readFileSync(REPORT, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

function main(vitestArgs: string[]): number {
  const failed: string[] = [];
  const check = (name: string, command: string, args: string[]) => {
    if (!step(name, command, args)) failed.push(name);
  };
  if (vitestArgs.length === 0) {
    check('format', 'biome', ['format', '.']);
    check('types', 'tsc', ['--noEmit']);
    check('lint', 'oxlint', ['--type-aware', '--deny-warnings', '.']);
  }
  ensureTools();
  mkdirSync(join(ROOT, '.sluice'), { recursive: true });
  for (const file of [REPORT, COUNTS]) rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  check('tests', 'vitest', ['run', ...reporters, ...vitestArgs]);

  const report = readReport();
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  console.log('');
  if (skipped > 0) {
    const reasons = new Set(Object.values(missingTools()));
    console.log(`${skipped} tests were skipped${reasons.size > 0 ? ', because' : ' by the tests themselves'}`);
    for (const reason of reasons) console.log(`  ${reason}`);
    if (process.env['CI'] === 'true') failed.push('nothing may be skipped in CI');
  }
  if (process.env['CI'] !== 'true' && vitestArgs.length === 0 && skipped === 0) {
    console.log(
      'one of eleven crash and fault trials, and the two main test files on LocalStack and on the embedded API server; CI=true runs them all',
    );
  }
  if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
  const line = counts(report);
  // For whoever runs this through something that adds lines of its own.
  writeFileSync(COUNTS, `${line}\n`);
  console.log(line);
  return failed.length === 0 ? 0 : 1;
}

/** A file that failed outside its tests (it does not load, a hook threw) counts as one failure. */
function counts(report: Report | undefined): string {
  if (!report) return '0 passed, 1 failed';
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  return `${report.numPassedTests} passed, ${report.numFailedTests + broken.length} failed`;
}

process.exitCode = main(process.argv.slice(2));
