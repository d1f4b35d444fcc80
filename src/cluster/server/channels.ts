/**
 * Several streams over one WebSocket (apimachinery `pkg/util/remotecommand/constants.go`): every message is binary, and
 * its first byte says which stream the rest belongs to. Pure.
 */
import type { JsonObject } from '../api/object.ts';
import type { Exit } from '../network/network.ts';

/** Newest first. Version 5 is version 4 with a message that ends one stream. */
export const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** The first byte of the message that ends a stream; the second one says which. */
const CLOSE = 255;

/** What a client sent. */
export type Frame =
  | { act: 'data'; channel: number; data: Buffer }
  /** No more comes on that channel. */
  | { act: 'end'; channel: number }
  /** Says nothing: an empty message, with which clients may try out the connection. */
  | { act: 'nothing' }
  /** Breaks the protocol. */
  | { act: 'wrong'; why: string };

/** Reads a message. What is for a channel that nobody reads is data like any other. */
export function readFrame(message: Buffer, protocol: Protocol): Frame {
  const [channel, second] = message;
  if (channel === undefined) return { act: 'nothing' };
  if (protocol === 'v4.channel.k8s.io' || channel !== CLOSE) {
    return { act: 'data', channel, data: message.subarray(1) };
  }
  if (second === undefined || message.length !== 2) {
    return { act: 'wrong', why: `one byte, the channel's, belongs behind ${CLOSE}, not ${message.length - 1}` };
  }
  return { act: 'end', channel: second };
}

/** The message with a piece of a stream. */
export const frameOf = (channel: number, data: Uint8Array): Buffer => Buffer.concat([Buffer.of(channel), data]);

/** The Status that ends an exec: what the error channel says of how the program ended. */
export function exitStatus({ code }: Exit, command: readonly string[]): JsonObject {
  if (code === 0) return { metadata: {}, status: 'Success' };
  const why = `error executing command [${command.join(' ')}], exit code ${code}`;
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: ${why}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}
