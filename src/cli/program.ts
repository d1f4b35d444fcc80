/** The whole program: this process's arguments, environment, output and exit code around the command line. */
import { flushOutput, survivePipeClosing } from '../runtime/shutdown.ts';
import { runCli } from './cli.ts';

survivePipeClosing();
const code = await runCli(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
await flushOutput();
// Connections kept alive for the next request would hold the process.
process.exit(code);
