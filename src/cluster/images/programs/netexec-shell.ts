import type { IncomingMessage, ServerResponse } from 'node:http';
import { formOf, goJson, sendText } from './http.ts';
import { log } from './log.ts';

/** `/shell`: runs a command on this machine, as the user that the pod runs as, and gives its output and how it failed. */
export async function shell(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = await formOf(request);
  const command = form.get('shellCommand') || form.get('cmd') || '';
  log(`GET /shell?cmd=${command}`);
  const { output, error } = await run(command);
  sendText(response, goJson({ ...(error && { error }), ...(output && { output }) }));
}

function run(command: string): Promise<{ output: string; error: string }> {
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((done) => {
    const end = (error: string) => done({ output: Buffer.concat(chunks).toString(), error });
    child.on('error', ({ message }) => end(message));
    child.on('close', (code, signal) => end(signal ? `signal: ${signal}` : code === 0 ? '' : `exit status ${code}`));
  });
}
