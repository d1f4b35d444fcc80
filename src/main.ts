import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Compiled code is kept in the checkout between runs, which halves the time to start. Where that can't be, nothing is lost.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compile'));
const { runCli } = await import('./cli/cli.ts');
const { flushOutput, survivePipeClosing } = await import('./runtime/shutdown.ts');

survivePipeClosing();
const code = await runCli(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
await flushOutput();
// Connections kept alive for the next request would hold the process.
process.exit(code);
