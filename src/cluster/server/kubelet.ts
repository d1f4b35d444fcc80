/**
 * What the API server wants of the nodes' kubelets: the one interface between them. The server has read and checked the
 * request, knows that pod and container are there and that the pod has a node; a kubelet does the work.
 */
import type { Writable } from 'node:stream';
import type { KubeObject } from '../api/object.ts';
import type { RunningProgram } from '../network/network.ts';

/** Which part of a container's log is wanted (PodLogOptions, checked). */
export interface LogOptions {
  container: string;
  /** Go on with what is written from now on, until the container has ended. */
  follow: boolean;
  /** Of the run before the present one. */
  previous: boolean;
  /** This many lines from the end; all of them when absent. */
  tailLines?: number;
  /** At most so many bytes, timestamps included. */
  limitBytes?: number;
  /** Nothing that was written before then: milliseconds since 1970. */
  sinceMs?: number;
  /** Every line begins with the time it was written (RFC 3339 with nanoseconds, UTC) and a space. */
  timestamps: boolean;
  /** Of a line that has no end yet, what there is: who types sees the prompt. */
  unfinished?: boolean;
  /** All: both, in the order they were written. */
  stream: 'All' | 'Stdout' | 'Stderr';
}

/** A program to run in a container. */
export interface ExecOptions {
  container: string;
  command: readonly [string, ...string[]];
  stdin: boolean;
  /** On a terminal, where everything is standard output. */
  tty: boolean;
}

export interface Kubelets {
  /**
   * Finds a container's log; resolves before there is anything in it. Its chunks end when it is complete (or, following, when
   * the container has ended), and early when `signal` is aborted, for the client has gone.
   * @throws StatusError when there is no such log; any other error's message is shown with a 500.
   */
  logs(pod: KubeObject, options: LogOptions, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  /**
   * Starts a program beside the container's own. The server reads all of its output, and kills it when the client goes.
   * @throws StatusError when the container does not run; any other error's message is shown as why it did not start.
   */
  exec(pod: KubeObject, options: ExecOptions): Promise<RunningProgram>;
  /** Standard input of a container's own program; undefined when it has none, and then what clients type is lost. */
  stdin?(pod: KubeObject, container: string): Writable | undefined;
}
