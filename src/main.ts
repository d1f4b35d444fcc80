import { runCli } from './cli/cli.ts';
import { flushOutput, survivePipeClosing } from './runtime/shutdown.ts';

survivePipeClosing();
const code = await runCli(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
await flushOutput();
// Connections kept alive for the next request would hold the process.
process.exit(code);
