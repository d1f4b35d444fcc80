import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import type { Logger } from './logger.ts';

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

/** A reader that has stopped reading must not keep a broken process alive. */
const flushLimitMs = 1000;

/** The part of `process` that is used. */
export type ProcessLike = EventEmitter & { exit(code: number): void };

export interface Shutdown {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Gives the process its default behaviour back. */
  dispose(): void;
}

/**
 * The first SIGINT or SIGTERM asks for an orderly end, the second exits at once (128 + signal number, as a shell reports it).
 * An exception or rejection that nobody handled leaves the process in an unknown state: it is logged and the exit code is 1.
 */
export function installShutdown(logger: Logger, target: ProcessLike = process): Shutdown {
  const controller = new AbortController();
  const onSignal = (name: (typeof stopSignals)[number]): void => {
    if (controller.signal.aborted) {
      target.exit(128 + constants.signals[name]);
      return;
    }
    logger.info(`${name}: stopping; send it again to exit at once`);
    controller.abort(new Error(`stopped by ${name}`));
  };

  let failing = false;
  const fail = (what: string) => (error: unknown) => {
    // Logging may fail too, and would come back here for ever.
    if (failing) return;
    failing = true;
    try {
      const stack = error instanceof Error ? { stack: error.stack } : {};
      logger.error(what, { error, ...stack });
    } finally {
      const tooLong = setTimeout(() => target.exit(1), flushLimitMs);
      void flushOutput().then(() => {
        clearTimeout(tooLong);
        target.exit(1);
      });
    }
  };

  const listeners: [string, (value: unknown) => void][] = [
    ...stopSignals.map((name): [string, () => void] => [name, () => onSignal(name)]),
    ['uncaughtException', fail('uncaught exception')],
    ['unhandledRejection', fail('unhandled rejection')],
  ];
  for (const [event, listener] of listeners) target.on(event, listener);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const [event, listener] of listeners) target.off(event, listener);
    },
  };
}

/**
 * A reader of our output that goes away (`sluice … | head`, a restarted log collector) is no reason to stop working.
 * Unhandled, the EPIPE would be an exception, whose report would be the next EPIPE.
 */
export function survivePipeClosing(streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Settles when all output has been handed over: `process.exit` drops what a slow reader hasn't taken yet. */
export async function flushOutput(): Promise<void> {
  // The logger's stream may pass its lines on only in a later tick.
  await new Promise((resolve) => setImmediate(resolve));
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
}
