/**
 * What the process that runs all programs (`spawner.ts`) and its client say to each other, over Node's IPC channel with
 * structured clones. `id` is a program's, chosen by the client.
 */
export type ToSpawner =
  | { type: 'run'; id: number; command: Command }
  /** More of a program's standard input; without data: its end. */
  | { type: 'input'; id: number; data?: Uint8Array }
  /** The client has room for that many more bytes of the program's output. */
  | { type: 'room'; id: number; stream: OutputStream; bytes: number }
  | { type: 'kill'; id: number; signal: NodeJS.Signals }
  /**
   * End every process of a place, whichever group it has gone to: those in the network namespace that this file stands for, or
   * those whose PLACE_VARIABLE begins so.
   */
  | { type: 'sweep'; namespace: string }
  | { type: 'sweep'; places: string }
  /** Listen where the spawner is, and hand the listening socket over. */
  | { type: 'listen'; host: string; port: number }
  /** End everything, then yourself. */
  | { type: 'stop' };

export type FromSpawner =
  | { type: 'ready' }
  | { type: 'started'; id: number; pid: number }
  | { type: 'not-started'; id: number; message: string }
  | { type: 'output'; id: number; stream: OutputStream; data: Uint8Array }
  /** The last `input` has been taken: time for the next. */
  | { type: 'input-taken'; id: number }
  /** After all of the program's output. */
  | { type: 'ended'; id: number; code: number | null; signal: NodeJS.Signals | null }
  /** Comes with the socket. */
  | { type: 'listening' }
  | { type: 'not-listening'; message: string }
  /** Something is amiss, and goes on. */
  | { type: 'warning'; message: string };

export type OutputStream = 'stdout' | 'stderr';

/** Ready to be executed: nothing is looked up and nothing is inherited. */
export interface Command {
  /** A path. */
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Open, or at its end from the start. */
  stdin: boolean;
  /** Whether the program starts a session of its own, as `script` does for the one that it runs. */
  tty: boolean;
}

/** How much of a stream is on its way at most, so that who reads slowly slows the program down. */
export const WINDOW_BYTES = 256 * 1024;
