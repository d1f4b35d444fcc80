import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GroupFile, killLeftovers, processStart } from '../../../src/cluster/network/process-groups.ts';

describe('process groups that were left', () => {
  let dir: string;
  let path: string;
  let child: ChildProcess & { pid: number };
  let ended: Promise<unknown>;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-groups-'));
    path = join(dir, 'programs.json');
    child = spawn('sleep', ['100'], { detached: true, stdio: 'ignore' }) as typeof child;
    ended = once(child, 'exit');
    await once(child, 'spawn');
  });
  afterEach(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });

  test('are killed, and the file goes', async () => {
    new GroupFile(path).add(child.pid);
    expect(await killLeftovers(path)).toBe(1);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(existsSync(path)).toBe(false);
    expect(await killLeftovers(path)).toBe(0);
  });

  test('are let live when another process has the number by now', async () => {
    new GroupFile(path).add(child.pid);
    const [group] = JSON.parse(readFileSync(path, 'utf8')) as [{ id: number; started: string }];
    expect(group).toEqual({ id: child.pid, started: processStart(child.pid) });
    writeFileSync(path, JSON.stringify([{ ...group, started: group.started.replace(/\d$/, (digit) => `${digit}0`) }]));
    expect(await killLeftovers(path)).toBe(0);
    expect(processStart(child.pid)).toBe(group.started);
  });

  test('are not in the file when they have ended', () => {
    const file = new GroupFile(path);
    file.add(child.pid);
    file.delete(child.pid);
    expect(readFileSync(path, 'utf8')).toBe('[]');
    file.remove();
    expect(existsSync(path)).toBe(false);
  });

  test.each(['', '[{"id":', '{}', '[{"id":"x"},{"id":1,"started":"y"},{"id":-1}]'])(
    'a file that says %j kills nothing',
    async (text) => {
      writeFileSync(path, text);
      expect(await killLeftovers(path)).toBe(0);
    },
  );
});
