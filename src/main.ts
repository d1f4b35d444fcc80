import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { flushOutput, survivePipeClosing } from './runtime/shutdown.ts';

// Compiled code is kept in the checkout between runs, which saves a start a quarter of its time; where that can't be,
// nothing is lost. What is imported before this line is compiled each time.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compile'));
const { runCli } = await import('./cli/cli.ts');

survivePipeClosing();
const code = await runCli(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
await flushOutput();
// Connections kept alive for the next request would hold the process.
process.exit(code);
