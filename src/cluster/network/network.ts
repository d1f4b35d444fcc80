/**
 * Where nodes and pods are: the one interface that both network modes have. A node is a place with addresses; a pod is
 * a place on a node with addresses of its own; programs run in places. Whoever runs programs (`nodes/`) knows nothing of
 * namespaces or loopback addresses.
 */
import type { Readable, Writable } from 'node:stream';

/** `kernel`: a network namespace per node and pod. `loopback`: an address of 127.0.0.0/8 each, IPv4 only. */
export type NetworkMode = 'kernel' | 'loopback';

/** What to run, and how. */
export interface ProgramSpec {
  /** The program and its arguments; a name without a slash is looked up on PATH. */
  argv: readonly [string, ...string[]];
  /** All of the environment: nothing is inherited but PATH. */
  env: Readonly<Record<string, string>>;
  /** Working directory; this process's when absent. */
  cwd?: string;
  /** Whether it gets an open standard input; without it, it reads end-of-file at once. */
  stdin?: boolean;
  /** Whether it runs on a pseudo-terminal. Where there is none to be had, starting it fails with one clear line. */
  tty?: boolean;
}

/** How a program ended: with an exit code, or by a signal. */
export interface Exit {
  /** 128 + n when a signal ended it, as a shell and a container runtime say it. */
  code: number;
  signal?: NodeJS.Signals;
}

/** A running program. With it end all programs that it started and left behind. */
export interface RunningProgram {
  /** Seen from this process's own namespace: what `kill` on a terminal takes. */
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Undefined unless it was asked for. */
  readonly stdin: Writable | undefined;
  /** Resolves when it has ended and its output has been read; never rejects. */
  readonly exit: Promise<Exit>;
  /** To the whole group of the program; nothing when it has ended. */
  kill(signal: NodeJS.Signals): void;
}

/** A place that programs run in: a pod's, or a node's own (host network). */
export interface Place {
  /** The first is of the primary family. */
  readonly addresses: readonly string[];
  /** @throws when it cannot be started: no such program, no terminal. */
  run(program: ProgramSpec): Promise<RunningProgram>;
}

export interface PodPlace extends Place {
  /** Ends every program in it and gives the addresses back. Done when they can be used again. */
  close(): Promise<void>;
}

export interface NodePlace extends Place {
  readonly name: string;
  /** A place for a new pod. `name` is what the host name inside is, where there is such a thing. @throws when the node has no address left. */
  addPod(pod: { uid: string; name: string }): Promise<PodPlace>;
  /** As if its plug was pulled: every program on it is killed, its pods' addresses answer no more. */
  close(): Promise<void>;
}

export interface NodeSpec {
  name: string;
  /** From 1; no two nodes have the same one. The addresses of the node and of its pods follow from it. */
  index: number;
}

/** A network for a cluster. */
export interface Network {
  readonly mode: NetworkMode;
  /** Address families of nodes and pods; the first is the primary one. */
  readonly families: readonly ('IPv4' | 'IPv6')[];
  /** One line for people: what was chosen and, if that is less than could be, why. */
  readonly description: string;
  /** Where programs inside find the API server. */
  readonly apiServer: { host: string; port: number };
  /**
   * What is added to port numbers below 1024 that a program wants to listen on: 0, unless this is loopback mode and this user
   * may not bind such ports.
   */
  readonly lowPortOffset: number;
  startNode(node: NodeSpec): Promise<NodePlace>;
  /** Ends everything; leaves no process, namespace, interface or socket. */
  close(): Promise<void>;
}
