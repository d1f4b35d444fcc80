import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { commandLineTests } from '../cli/behaviour.ts';
import { describeWith } from '../support/requirements.ts';
import { ImageRoot } from '../tools/image.ts';

// Not as root, it is the same folder without the change of root and user.
describe('the image as a bare root', () => {
  let image: ImageRoot;
  beforeAll(() => {
    image = new ImageRoot();
  });
  afterAll(() => image.remove());

  commandLineTests((env) => image.commandLine(env));

  test('a stack trace names the source files and their lines', () => {
    const { command, env } = image.commandLine();
    const [first, ...words] = [...command, 'controller', '--log-level=debug'];
    const { stderr } = spawnSync(first, words, { env, encoding: 'utf8' });
    expect(stderr).toMatch(/^ConfigError: .*\n +at parseCommand \(\S*\/app\/src\/cli\/parse\.ts:\d+:\d+\)\n/m);
    expect(stderr).toMatch(/ \(\S*\/app\/src\/cli\/program\.ts:\d+:\d+\)$/m);
  });

  test('none of all these runs changed anything in the root', () => {
    expect(image.changes()).toEqual([]);
  });
});

/** Tries every folder of the root, and every file of /app. */
const TRY_TO_WRITE = `
const { appendFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const written = [];
const attempt = (path, write) => { try { write(); written.push(path); } catch {} };
for (const entry of readdirSync('/', { recursive: true, withFileTypes: true })) {
  const path = entry.parentPath + '/' + entry.name;
  if (entry.isDirectory()) attempt(path, () => writeFileSync(path + '/new', ''));
  else if (path.startsWith('//app/') || path.startsWith('/app/')) {
    attempt(path, () => appendFileSync(path, ''));
    attempt(path, () => rmSync(path));
  }
}
attempt('/', () => writeFileSync('/new', ''));
console.log('uid ' + process.getuid() + ', gid ' + process.getgid() + ', groups ' + process.getgroups() + '; written: ' + (written.join(' ') || 'none'));
`;

describeWith(['root'], 'the user of the image', () => {
  test('can write nowhere', () => {
    const image = new ImageRoot();
    onTestFinished(() => image.remove());
    const { command, env } = image.commandLine();
    const entrypoint = command.findIndex((word) => word.startsWith('/nodejs/'));
    const [first, ...words] = [...command.slice(0, entrypoint + 1), '-e', TRY_TO_WRITE];
    const { stdout, stderr } = spawnSync(first, words, { env, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'uid 65532, gid 65532, groups 65532; written: none\n', stderr: '' });
  });
});
