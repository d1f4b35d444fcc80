import type { IncomingMessage } from 'node:http';
import { StatusError, tooLarge } from '../api/status.ts';

/** As kube-apiserver's default. */
const MOST_BYTES = 3 * 1024 * 1024;

/** Reads a request's body; 413 beyond three mebibytes, whose rest is read and thrown away, so that the answer arrives. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= MOST_BYTES) parts.push(part);
      else reject(tooLarge(`limit is ${MOST_BYTES}`));
    });
    request.on('end', () => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)));
    // A client that goes gets no answer; this only ends the wait.
    request.on('close', () => reject(new StatusError(400, 'BadRequest', 'the request ended before its body did')));
  });
}
