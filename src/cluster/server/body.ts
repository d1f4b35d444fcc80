import type { IncomingMessage } from 'node:http';
import { tooLarge } from '../api/status.ts';

/** As kube-apiserver's default. */
const MOST_BYTES = 3 * 1024 * 1024;

/** Reads a request's body; 413 beyond three mebibytes. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const bytes = part as Buffer;
    size += bytes.length;
    if (size > MOST_BYTES) throw tooLarge(`limit is ${MOST_BYTES}`);
    parts.push(bytes);
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}
