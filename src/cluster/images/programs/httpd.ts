import type { Environment } from './environment.ts';
import { serveSite } from './web-server.ts';

const WORKS = '<html><body><h1>It works!</h1></body></html>\n';

const errorPage = (status: number, words: string) => `<!DOCTYPE HTML>
<html><head><title>${status} ${words}</title></head><body><h1>${words}</h1></body></html>
`;

/** The image httpd as it comes: one page on port 80. Configuration files are not read, and flags mean nothing. */
export async function httpd(_args: readonly string[], environment: Environment): Promise<void> {
  const site = { server: 'Apache/2.4.65 (Unix)', pages: { '/': WORKS, '/index.html': WORKS }, errorPage };
  await serveSite({ ...site, combinedLog: false }, 80, environment);
}
