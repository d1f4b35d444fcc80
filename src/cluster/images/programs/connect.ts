import { connect as connectSocket } from 'node:net';
import { parseDuration } from '../../../runtime/duration.ts';
import { splitHostPort } from './address.ts';
import { askUdp, lookUp, type Target, targetOf } from './dialling.ts';
import type { Environment } from './environment.ts';
import { Failure } from './failure.ts';
import { parseFlags } from './flags.ts';

/**
 * agnhost connect: tries one connection, and ends with 0, or with 1 and a line whose first word says why not: UNKNOWN, DNS, TIMEOUT, REFUSED, OTHER.
 */
export async function connect(args: readonly string[], environment: Environment): Promise<void> {
  const { flags, operands } = parseFlags(args, { timeout: '0s', protocol: 'tcp', 'udp-data': 'hostname' });
  const { timeout, protocol } = flags;
  const timeoutMs = parseDuration(timeout);
  if (timeoutMs === undefined) throw new Failure(`--timeout: ${JSON.stringify(timeout)} is no duration such as 5s`);
  if (operands.length !== 1) throw new Failure(`connect takes one HOST:PORT, not ${operands.length}`);
  if (!/^(tcp|udp|)$/.test(protocol)) throw new Failure(`--protocol: ${JSON.stringify(protocol)} is not tcp or udp`);
  const [destination = ''] = operands;
  const asked = splitHostPort(destination);
  if (!asked) return end(`UNKNOWN: address ${destination}: write HOST:PORT`);
  let address: string;
  try {
    address = await lookUp(asked.host || 'localhost');
  } catch (error) {
    return end(`DNS: ${error instanceof Error ? error.message : String(error)}`);
  }
  const target = targetOf(address, asked.port, environment);
  try {
    if (protocol === 'udp') await askUdp(target, `${flags['udp-data']}\n`, timeoutMs);
    else await connectTcp(target, timeoutMs);
  } catch (error) {
    return end(explained(error, protocol));
  }
}

function connectTcp(target: Target, timeoutMs: number): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connectSocket(target);
    socket.setTimeout(timeoutMs, () => socket.destroy(Object.assign(new Error('i/o timeout'), { code: 'ETIMEDOUT' })));
    socket.on('error', fail);
    socket.on('connect', () => {
      socket.destroy();
      done();
    });
  });
}

function explained(error: unknown, protocol: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const word = { ETIMEDOUT: 'TIMEOUT', ECONNREFUSED: 'REFUSED' }[code];
  if (protocol === 'udp') return `${word ?? 'UNKNOWN'}: ${message}`;
  return word ?? `OTHER: ${message}`;
}

function end(line: string): void {
  process.stderr.write(`${line}\n`);
  process.exitCode = 1;
}
