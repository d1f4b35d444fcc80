import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import type { Logger } from '../../src/runtime/logger.ts';
import { installShutdown } from '../../src/runtime/shutdown.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

function fakeProcess() {
  return Object.assign(new EventEmitter(), { exit: vi.fn() });
}

function quietLogger(): Logger {
  const logger: Logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn(), child: () => logger };
  return logger;
}

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
])('the first %s aborts, the second exits with %d', (name, code) => {
  const target = fakeProcess();
  const { signal } = installShutdown(quietLogger(), target);
  target.emit(name, name, 0);
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toMatchObject({ message: `stopped by ${name}` });
  expect(target.exit).not.toHaveBeenCalled();
  target.emit(name, name, 0);
  expect(target.exit).toHaveBeenCalledExactlyOnceWith(code);
});

test('once disposed, it listens no more', () => {
  const target = fakeProcess();
  const shutdown = installShutdown(quietLogger(), target);
  expect(target.eventNames()).toHaveLength(4);
  shutdown.dispose();
  expect(target.eventNames()).toEqual([]);
});

/** Runs a script in a Node process of its own; `started` is its first output. */
function run(script: string) {
  const prelude = `
    import { createLogger } from '${root}src/runtime/logger.ts';
    import { installShutdown, survivePipeClosing } from '${root}src/runtime/shutdown.ts';
    survivePipeClosing();
    const logger = createLogger({ level: 'info' });
    const { signal } = installShutdown(logger);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', prelude + script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { out: '', err: '' };
  const started = once(child.stdout, 'data');
  child.stdout.on('data', (chunk) => {
    output.out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    output.err += String(chunk);
  });
  return { child, output, started, ended: once(child, 'close') };
}

test.each([
  ['throw new Error("lost")', 'uncaught exception'],
  ['Promise.reject(new Error("lost"))', 'unhandled rejection'],
  ['setTimeout(() => { throw new Error("lost") })', 'uncaught exception'],
])('%s: logged once with its stack, exit code 1', async (script, message) => {
  const { output, ended } = run(`setInterval(() => {}, 1000); ${script}`);
  expect(await ended).toEqual([1, null]);
  expect(output.err).toBe('');
  const lines = output.out.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', message, error: { message: 'lost' } });
  expect(lines[0]).toContain('"stack":"Error: lost');
});

test('the last words of a failing process reach a reader that is behind', async () => {
  const { output, ended } = run(`
    for (let i = 0; i < 5000; i++) logger.info('x'.repeat(200));
    throw new Error('lost');
  `);
  expect(await ended).toEqual([1, null]);
  const lines = output.out.trim().split('\n');
  expect(lines).toHaveLength(5001);
  expect(lines.at(-1)).toContain('uncaught exception');
});

test('a reader that has stopped reading does not keep a failing process alive', async () => {
  const { child, ended } = run(`
    process.on('SIGUSR2', () => {
      for (let i = 0; i < 5000; i++) logger.info('x'.repeat(200));
      throw new Error('lost');
    });
    setInterval(() => {}, 1000);
    logger.info('up');
  `);
  await once(child.stdout, 'data');
  child.stdout.pause();
  const exited = once(child, 'exit');
  child.kill('SIGUSR2');
  expect(await exited).toEqual([1, null]);
  child.stdout.resume();
  await ended;
});

test('a real SIGTERM lets the work end in order', async () => {
  const { child, output, started, ended } = run(`
    setInterval(() => {}, 1000);
    signal.addEventListener('abort', () => { logger.info('drained'); setImmediate(() => process.exit(0)); });
    logger.info('up');
  `);
  await started;
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(output.out).toMatch(/up.*\n.*SIGTERM: stopping; send it again to exit at once.*\n.*drained/);
});

test('when the reader of stdout goes away, work goes on without a crash or a loop', async () => {
  const { child, output, started, ended } = run(`
    process.on('SIGUSR2', async () => {
      for (let i = 0; i < 50; i++) { logger.info('nobody reads this'); await new Promise(setImmediate); }
      process.stderr.write('still here', () => process.exit(7));
    });
    setInterval(() => {}, 1000);
    logger.info('up');
  `);
  await started;
  child.stdout.destroy();
  await once(child.stdout, 'close');
  child.kill('SIGUSR2');
  expect(await ended).toEqual([7, null]);
  expect(output.err).toBe('still here');
});
