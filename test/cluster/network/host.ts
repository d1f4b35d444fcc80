/** A process with a network, as `sluice cluster` is one, that does what a test asks over its channel. May be killed. */
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Network, NodePlace, PodPlace, RunningProgram } from '../../../src/cluster/network/network.ts';
import { type NetworkOptions, startNetwork } from '../../../src/cluster/network/start.ts';
import { waitFor } from '../../support/wait.ts';
import type { HostAnswer, HostCalls, HostRequest } from './host-protocol.ts';

let network: Network;
const stateDir = process.env['STATE_DIR'] ?? '';
const nodes = new Map<string, NodePlace>();
const places = new Map<string, NodePlace | PodPlace>();
const programs = new Map<string, RunningProgram>();
const lines = new Map<string, AsyncIterator<string>>();
const warned: string[] = [];
const connected: string[] = [];

const calls: { [Call in keyof HostCalls]: (...args: Parameters<HostCalls[Call]>) => unknown } = {
  async start(mode) {
    const api = createServer((socket) => socket.end('api\n'));
    await new Promise<void>((resolve) => {
      api.listen(0, '127.0.0.1', resolve);
    });
    api.unref();
    const options: NetworkOptions = {
      mode,
      stateDir,
      apiPort: (api.address() as { port: number }).port,
      onApiConnection: (socket) => {
        connected.push(socket.remoteAddress ?? '');
        api.emit('connection', socket);
      },
      warn: (message, error) => warned.push(error instanceof Error ? `${message}: ${error.message}` : message),
    };
    const begin = () => startNetwork(options);
    // Another test may have the addresses for now.
    const shared = process.env['SHARED_LOOPBACK'] === 'true';
    network = await (shared ? waitFor(begin, { what: 'loopback addresses', timeoutMs: 60_000 }) : begin());
    const { mode: chosen, families, description, apiServer, lowPortOffset } = network;
    return { mode: chosen, families, description, apiServer, lowPortOffset, stateDir };
  },
  async startNode(name, index) {
    const node = await network.startNode({ name, index });
    nodes.set(name, node);
    places.set(name, node);
    return node.addresses;
  },
  async addPod(node, name) {
    const pod = await found(nodes, node).addPod({ uid: name, name });
    places.set(name, pod);
    return pod.addresses;
  },
  async run(place, name, spec) {
    const program = await found(places, place).run(spec);
    programs.set(name, program);
    lines.delete(name);
    return program.pid;
  },
  async wait(name) {
    const { stdout, stderr, exit } = found(programs, name);
    const [out, err, how] = await Promise.all([text(stdout), text(stderr), exit]);
    return { stdout: out, stderr: err, exit: how };
  },
  waitUnread: (name) => found(programs, name).exit,
  async ask(name, line) {
    const program = found(programs, name);
    const answers = lines.get(name) ?? createInterface({ input: program.stdout })[Symbol.asyncIterator]();
    lines.set(name, answers);
    if (line !== '') program.stdin?.write(`${line}\n`);
    const { value, done } = await answers.next();
    if (done === true) throw new Error(`${name} has ended: ${await text(program.stderr)}`);
    return value;
  },
  write: (name, words) => void found(programs, name).stdin?.write(words),
  endInput: (name) => void found(programs, name).stdin?.end(),
  kill: (name, signal) => found(programs, name).kill(signal),
  closePlace: (name) => found(places, name).close(),
  async close() {
    await network.close();
  },
  warnings: () => warned,
  connections: () => connected,
};

function found<T>(map: Map<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`the test has named nothing ${name}`);
  return value;
}

process.on('message', (request: HostRequest) => {
  const call = calls[request.call] as (...args: unknown[]) => unknown;
  Promise.resolve()
    .then(() => call(...request.args))
    .then(
      (result) => answer({ id: request.id, result }),
      (error: Error) => answer({ id: request.id, error: { name: error.name, message: error.message } }),
    );
});

function answer(message: HostAnswer): void {
  process.send?.(message);
}

process.on('disconnect', () => process.exit());
answer({ id: 0 });
