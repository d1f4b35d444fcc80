import { Agent, request } from 'node:https';
import type { KubeAccess } from '../../tools/control-plane.ts';

/** An answer, as bytes. */
export interface RawAnswer {
  status: number;
  contentType: string;
  body: Buffer;
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** One request with its headers as they are. */
export function ask(
  access: KubeAccess,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Uint8Array | string,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method, agent, ca: access.ca, headers: { authorization: `Bearer ${access.token}`, ...headers } };
    const sent = request(new URL(path, access.url), options, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject).on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          contentType: answer.headers['content-type'] ?? '',
          body: Buffer.concat(parts),
        }),
      );
    });
    sent.on('error', reject).end(body);
  });
}

/** The parts of a watch's stream, each with its length before it. */
export function frames(stream: Buffer): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = at + 4 + stream.readUInt32BE(at);
    out.push(stream.subarray(at, end));
    at = end;
  }
  return out;
}
