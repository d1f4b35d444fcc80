import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';

/** A program that a test started. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  /** The last lines that it wrote to stdout and stderr. */
  tail(lines?: number): string;
  /** Has it ended? */
  readonly ended: boolean;
  /** Resolves when it has ended, with its exit code or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals>;
  /** Ends it and waits until it is gone; one that ignores the signal is killed after `graceMs`. */
  end(signal?: NodeJS.Signals, graceMs?: number): Promise<void>;
}

/** What to run and where its output goes besides the tail kept in memory. */
export interface StartOptions {
  name?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  logFile?: string;
  onLine?: (line: string) => void;
}

const TAIL_LINES = 400;

/** Starts a program that ends with this process, however this process ends. */
export async function startProgram(command: string, args: string[], options: StartOptions = {}): Promise<Program> {
  const name = options.name ?? command;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: a terminal's Ctrl-C goes to this process, which ends its programs in order.
    detached: true,
    ...(options.env && { env: options.env }),
    ...(options.cwd && { cwd: options.cwd }),
  });
  const lines: string[] = [];
  const log = options.logFile ? createWriteStream(options.logFile, { flags: 'a' }) : undefined;
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      log?.write(text);
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        options.onLine?.(line);
        lines.push(line);
      }
      if (lines.length > TAIL_LINES) lines.splice(0, lines.length - TAIL_LINES);
    });
  }
  // 'close' rather than 'exit': by then the tail is complete.
  const exit = once(child, 'close').then(([code, signal]) => {
    log?.end();
    return (code ?? signal) as number | NodeJS.Signals;
  });
  // A program that was never asked about must not become an unhandled rejection.
  exit.catch(() => {});
  await once(child, 'spawn');
  const pid = child.pid as number;
  const release = killWithThisProcess(pid);
  const program = {
    name,
    pid,
    ended: false,
    exit,
    tail: (count = 40) => lines.slice(-count).join('\n'),
    end: (signal: NodeJS.Signals = 'SIGTERM', graceMs = 5_000) => endChild(child, exit, signal, graceMs),
  };
  const gone = () => {
    program.ended = true;
    release();
  };
  exit.then(gone, gone);
  return program;
}

async function endChild(child: ChildProcess, exit: Promise<unknown>, signal: NodeJS.Signals, graceMs: number) {
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exit;
  clearTimeout(timer);
}

/** A TCP port on 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}

/**
 * A shell that reads what to clean up and does it when its input ends: that happens even when this process is killed
 * with SIGKILL, where no exit hook runs. It is in a process group of its own, so what ends this one leaves it be.
 */
const WATCHDOG = `pids=' '
while read -r what value; do
  case $what in
    pid) pids="$pids$value " ;;
    gone) pids="\${pids%% $value *} \${pids#* $value }" ;;
    dir) set -- "$@" "$value" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
for dir in "$@"; do rm -rf -- "$dir"; done`;

let watchdog: ChildProcess | undefined;

function tellWatchdog(line: string): void {
  if (!watchdog) {
    watchdog = spawn('/bin/sh', ['-c', WATCHDOG], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    watchdog.unref();
    // Its own death (nothing to clean up any more) is no error of the test.
    watchdog.on('error', () => {});
    watchdog.stdin?.on('error', () => {});
    if (watchdog.stdin && 'unref' in watchdog.stdin) (watchdog.stdin as unknown as { unref(): void }).unref();
  }
  watchdog.stdin?.write(`${line}\n`);
}

function killWithThisProcess(pid: number): () => void {
  tellWatchdog(`pid ${pid}`);
  return () => tellWatchdog(`gone ${pid}`);
}

/** Removes a temporary folder when this process ends, if it is still there then. */
export function removeWithThisProcess(dir: string): void {
  tellWatchdog(`dir ${dir}`);
}
