/** Connections that programs make themselves. */
import { BlockList } from 'node:net';
import { isIPv4 } from 'node:net';
import { sourceFor } from './address.ts';
import type { Environment } from './environment.ts';

/** Where nodes, pods and Services are in loopback mode. */
const LOOPBACK_CLUSTER = new BlockList();
LOOPBACK_CLUSTER.addSubnet('127.64.0.0', 10);

export interface Target {
  host: string;
  port: number;
  /** The pod's own address where it shares an interface with others, so that the server sees who asks. */
  localAddress?: string;
}

/**
 * Where a connection to an address goes. Where low ports are moved, those of the loopback cluster's addresses are
 * dialled where they are: nobody can listen on the others.
 */
export function targetOf(
  host: string,
  port: number,
  { listen, lowPortOffset }: Pick<Environment, 'listen' | 'lowPortOffset'>,
): Target {
  const moved = port > 0 && port < 1024 && isIPv4(host) && LOOPBACK_CLUSTER.check(host);
  const localAddress = sourceFor(host, listen);
  return { host, port: moved ? port + lowPortOffset : port, ...(localAddress !== undefined && { localAddress }) };
}

/** The first address of a name. @throws when there is none. */
export async function lookUp(name: string): Promise<string> {
  const { lookup } = process.getBuiltinModule('node:dns/promises');
  return (await lookup(name)).address;
}

/** Sends one datagram and gives the answer. @throws an error with code ETIMEDOUT when there is none in time; 0 is no limit. */
export function askUdp({ host, port, localAddress }: Target, message: string, timeoutMs: number): Promise<Buffer> {
  const socket = process.getBuiltinModule('node:dgram').createSocket(isIPv4(host) ? 'udp4' : 'udp6');
  const answer = new Promise<Buffer>((done, fail) => {
    const late = () => fail(Object.assign(new Error('i/o timeout'), { code: 'ETIMEDOUT' }));
    if (timeoutMs > 0) setTimeout(late, timeoutMs).unref();
    socket.on('error', fail);
    socket.on('message', done);
    // Connected, so that a port that nobody listens on is an error.
    const connect = () => {
      socket.connect(port, host, (error?: Error) => {
        if (error) fail(error);
        else socket.send(message, (failed) => failed && fail(failed));
      });
    };
    if (localAddress === undefined) connect();
    else socket.bind({ address: localAddress, port: 0 }, connect);
  });
  return answer.finally(() => socket.close());
}
