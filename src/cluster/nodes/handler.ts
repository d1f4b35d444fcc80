/** What probes and hooks do: an HTTP request, a TCP connection, a program in the container, a sleep. */
import type { ProgramSpec, RunningProgram } from '../network/network.ts';
import type { Handler, HttpGet } from './pod.ts';
import type { Prober, ProbeResult } from './prober.ts';

/** What a handler needs of the container that it is about. */
export interface HandlerContext {
  prober: Prober;
  /** Where the pod is asked when the handler names no host. */
  address: string;
  /** The container's port of a name; undefined when it has none such. */
  portNamed(name: string): number | undefined;
  /** What a low port really is (`Network.lowPortOffset`). */
  realPort(port: number): number;
  /** Runs a program in the container. */
  run(argv: ProgramSpec['argv']): Promise<RunningProgram>;
}

const MOST_OUTPUT = 1024;

/** Does it, for so long at most. Never rejects; an unknown handler passes, as one that does nothing. */
export async function handle(handler: Handler, timeoutMs: number, context: HandlerContext): Promise<ProbeResult> {
  if (handler.exec) return execute(handler.exec.command ?? [], timeoutMs, context);
  if (handler.httpGet) return http(handler.httpGet, timeoutMs, context);
  if (handler.tcpSocket) {
    const { host = '', port } = handler.tcpSocket;
    const number = portOf(port, context);
    if (number === undefined) return { ok: false, message: `the container has no port named ${port}` };
    return context.prober.ask({ kind: 'tcp', host: host || context.address, port: number, timeoutMs });
  }
  if (handler.sleep) {
    await new Promise((resolve) => setTimeout(resolve, Math.min((handler.sleep?.seconds ?? 0) * 1000, timeoutMs)));
    return { ok: true, message: '' };
  }
  if (handler.grpc) return { ok: false, message: 'gRPC probes are not supported here; use httpGet, tcpSocket or exec' };
  return { ok: true, message: '' };
}

function portOf(port: number | string, { portNamed, realPort }: HandlerContext): number | undefined {
  const number = typeof port === 'number' ? port : (portNamed(port) ?? (/^\d+$/.test(port) ? Number(port) : undefined));
  return number === undefined ? undefined : realPort(number);
}

function http(get: HttpGet, timeoutMs: number, context: HandlerContext): Promise<ProbeResult> | ProbeResult {
  const port = portOf(get.port, context);
  if (port === undefined) return { ok: false, message: `the container has no port named ${get.port}` };
  const headers = Object.fromEntries((get.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const path = get.path?.startsWith('/') ? get.path : `/${get.path ?? ''}`;
  return context.prober.ask({
    kind: 'http',
    host: get.host || context.address,
    port,
    path,
    scheme: get.scheme ?? 'HTTP',
    headers,
    timeoutMs,
  });
}

async function execute(command: readonly string[], timeoutMs: number, context: HandlerContext): Promise<ProbeResult> {
  const [program, ...args] = command;
  if (program === undefined) return { ok: false, message: 'the command is empty' };
  try {
    const running = await context.run([program, ...args]);
    let output = '';
    const collect = (chunk: Buffer): void => {
      if (output.length < MOST_OUTPUT) output += chunk.toString();
    };
    running.stdout.on('data', collect);
    running.stderr.on('data', collect);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      running.kill('SIGKILL');
    }, timeoutMs);
    const { code } = await running.exit;
    clearTimeout(timer);
    if (late)
      return { ok: false, message: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s` };
    return { ok: code === 0, message: output.slice(0, MOST_OUTPUT) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
