/** What a test asks of the process that has a network (`host.ts`). Nodes, pods and programs go by the names that the test gives them. */
import type { Exit, Network, ProgramSpec } from '../../../src/cluster/network/network.ts';

export interface HostCalls {
  start(mode: Network['mode'] | 'auto'): NetworkFacts;
  /** Addresses of the new node. */
  startNode(name: string, index: number): string[];
  addPod(node: string, pod: string): string[];
  /** Process id of the new program. */
  run(place: string, program: string, spec: ProgramSpec): number;
  /** Everything that it put out, and its end. */
  wait(program: string): Ended;
  /** Only its end: nobody reads. */
  waitUnread(program: string): Exit;
  /** Writes a line, resolves to the next line that it puts out. */
  ask(program: string, line: string): string;
  write(program: string, text: string): void;
  endInput(program: string): void;
  kill(program: string, signal: NodeJS.Signals): void;
  closePlace(name: string): void;
  close(): void;
  warnings(): string[];
  connections(): string[];
}

export interface NetworkFacts {
  mode: Network['mode'];
  families: Network['families'];
  description: string;
  apiServer: { host: string; port: number };
  lowPortOffset: number;
  stateDir: string;
}

export interface Ended {
  stdout: string;
  stderr: string;
  exit: Exit;
}

export interface HostRequest {
  id: number;
  call: keyof HostCalls;
  args: unknown[];
}

export interface HostAnswer {
  id: number;
  result?: unknown;
  error?: { name: string; message: string };
}
