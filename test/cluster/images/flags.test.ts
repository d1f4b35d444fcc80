import { expect, test } from 'vitest';
import { parseFlags } from '../../../src/cluster/images/programs/flags.ts';

const DEFAULTS = { port: 80, text: '', tcp: false, http: true };

test.each<[string[], object, string[]?]>([
  [[], {}],
  [['--port=81'], { port: 81 }],
  [['-port', '81'], { port: 81 }],
  [['--port', '-1'], { port: -1 }],
  [['-text', 'a b', '-tcp'], { text: 'a b', tcp: true }],
  [['--text=a=b'], { text: 'a=b' }],
  [['--text='], { text: '' }],
  [['--text', '--tcp'], { text: '--tcp' }],
  [['--http=false', '--tcp=1'], { http: false, tcp: true }],
  [['a', '--tcp', 'b'], { tcp: true }, ['a', 'b']],
  [['--', '--tcp'], {}, ['--tcp']],
  [['-'], {}, ['-']],
])('%j', (args, flags, operands = []) => {
  expect(parseFlags(args, DEFAULTS)).toEqual({ flags: { ...DEFAULTS, ...flags }, operands });
});

test.each([
  [['--prot=1'], 'unknown flag: --prot=1'],
  [['--toString'], 'unknown flag: --toString'],
  [['--port'], 'flag needs an argument: --port'],
  [['--port=x'], 'invalid value "x" for flag port: give a whole number'],
  [['--port='], 'invalid value "" for flag port: give a whole number'],
  [['--tcp=maybe'], 'invalid value "maybe" for flag tcp: give true or false'],
])('%j: %s', (args, message) => {
  expect(() => parseFlags(args, DEFAULTS)).toThrow(expect.objectContaining({ message, exitCode: 2 }));
});
