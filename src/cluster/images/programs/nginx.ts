import type { Environment } from './environment.ts';
import { Failure } from './failure.ts';
import { parseFlags } from './flags.ts';
import { serveSite } from './web-server.ts';

const SERVER = 'nginx/1.29.3';

/** The page says what tests look for, and that this is not nginx. */
const WELCOME = `<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body>
<h1>Welcome to nginx!</h1>
<p>This page comes from Sluice, which answers for the image nginx in its embedded cluster.</p>
</body>
</html>
`;

const errorPage = (status: number, words: string) => `<html>
<head><title>${status} ${words}</title></head>
<body>
<center><h1>${status} ${words}</h1></center>
<hr><center>${SERVER}</center>
</body>
</html>
`;

/** The image nginx as it comes: one page on port 80. Configuration files are not read. */
export async function nginx(args: readonly string[], environment: Environment): Promise<void> {
  const { flags } = parseFlags(args, { port: 80, g: '', c: '', p: '', e: '', s: '', q: false, t: false, v: false });
  if (flags.v) return void process.stderr.write(`nginx version: ${SERVER}\n`);
  if (flags.t) return void process.stderr.write('nginx: configuration files are not read by the built-in nginx\n');
  if (flags.s) throw new Failure(`-s ${flags.s} is not part of the built-in nginx; end it by a signal`);
  const pages = { '/': WELCOME, '/index.html': WELCOME, '/50x.html': errorPage(500, 'Internal Server Error') };
  await serveSite({ server: SERVER, pages, errorPage, combinedLog: true }, flags.port, environment);
}
