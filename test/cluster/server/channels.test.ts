import { describe, expect, test } from 'vitest';
import { CHANNEL, exitStatus, frameOf, type Protocol, readFrame } from '../../../src/cluster/server/channels.ts';

const V5 = 'v5.channel.k8s.io';
const V4 = 'v4.channel.k8s.io';
const data = (channel: number, text: string) => ({ act: 'data', channel, data: Buffer.from(text) });

describe('what a client sends', () => {
  test.each<[title: string, protocol: Protocol, message: number[], frame: object]>([
    ['a piece of stdin', V5, [0, 0x68, 0x69], data(CHANNEL.stdin, 'hi')],
    ['an empty piece', V5, [0], data(CHANNEL.stdin, '')],
    ['a size of the terminal', V5, [4, 0x7b, 0x7d], data(CHANNEL.resize, '{}')],
    ['the end of stdin', V5, [255, 0], { act: 'end', channel: CHANNEL.stdin }],
    ['the end of nothing', V5, [255], { act: 'wrong', why: "one byte, the channel's, belongs behind 255, not 0" }],
    [
      'too much of an end',
      V5,
      [255, 0, 1],
      { act: 'wrong', why: "one byte, the channel's, belongs behind 255, not 2" },
    ],
    ['what was no end yet in version 4', V4, [255, 0], data(255, '\0')],
    ['nothing', V5, [], { act: 'nothing' }],
    ['nothing in version 4', V4, [], { act: 'nothing' }],
  ])('%s (%s)', (_, protocol, message, frame) => {
    expect(readFrame(Buffer.from(message), protocol)).toEqual(frame);
  });
});

test('what the server sends begins with the channel', () => {
  expect([...frameOf(CHANNEL.stderr, Buffer.from('hi'))]).toEqual([2, 0x68, 0x69]);
  expect([...frameOf(CHANNEL.stdout, Buffer.alloc(0))]).toEqual([1]);
});

test.each([
  [0, { metadata: {}, status: 'Success' }],
  [
    3,
    {
      metadata: {},
      status: 'Failure',
      reason: 'NonZeroExitCode',
      message: 'command terminated with non-zero exit code: error executing command [sh -c exit], exit code 3',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    },
  ],
])('exit code %i', (code, status) => {
  expect(exitStatus({ code }, ['sh', '-c', 'exit'])).toEqual(status);
});
