import { print } from './log.ts';

/** Waits for a signal. Exit codes and words as the original's, which tests of termination look at. */
export async function pause(): Promise<void> {
  print('Paused');
  for (const [signal, words, code] of [
    ['SIGINT', 'interrupt', 1],
    ['SIGTERM', 'terminated', 2],
  ] as const) {
    process.on(signal, () => {
      print(`exiting because of signal "${words}"`);
      process.exit(code);
    });
  }
  // Handlers of signals keep no process alive.
  setInterval(() => undefined, 2 ** 30);
  print('Signals registered');
}
