/** `pods/NAME/exec` and `pods/NAME/attach` (kubernetes `pkg/registry/core/pod/rest/subresources.go`). */
import type { Readable } from 'node:stream';
import type { JsonObject, KubeObject } from '../api/object.ts';
import { badRequest, internalError, notImplemented, StatusError } from '../api/status.ts';
import type { Served } from '../registry/kinds.ts';
import { CHANNEL, exitStatus } from './channels.ts';
import type { Context } from './context.ts';
import type { Kubelets, LogOptions } from './kubelet.ts';
import { commandOf, containerOf, streamOptions } from './pod-options.ts';
import { type Channels, discard, openChannels } from './web-socket.ts';

/** A pod that has a node, and the container that the request is about. @throws StatusError without. */
function place({ info, registry }: Context, kind: Served, asked: string): { pod: KubeObject; container: string } {
  const { object: pod } = registry.get(kind, info.namespace, info.name);
  const container = containerOf(pod, asked);
  if (!pod['spec']?.nodeName) throw badRequest(`pod ${info.name} does not have a host assigned`);
  return { pod, container };
}

/** Who gets a WebSocket asks with GET, and what they do is a create all the same (AuthorizePodWebsocketUpgradeCreatePermission). */
function requireCreate({ authority, info, user }: Context): void {
  if (info.verb !== 'create') authority.require(user, { ...info, verb: 'create' });
}

/** Runs a program in a container, with its streams on a WebSocket; ends with the program, which ends with the client. */
export async function podExec(context: Context, kind: Served, kubelets: Kubelets): Promise<void> {
  const { query } = context;
  const { stdin, stdout, stderr, tty, container: asked } = streamOptions(query);
  const command = commandOf(query);
  requireCreate(context);
  const { pod, container } = place(context, kind, asked);
  const channels = await openChannels(context, 'pods/exec');
  await conclude(channels, async () => {
    const program = await kubelets.exec(pod, { container, command, stdin, tty });
    void channels.closed.then(() => program.kill('SIGKILL'));
    channels.accept(program.stdin);
    const send = (channel: number, wanted: boolean, stream: Readable) =>
      wanted ? channels.send(channel, stream) : discard(stream);
    const output = [send(CHANNEL.stdout, stdout, program.stdout), send(CHANNEL.stderr, stderr, program.stderr)];
    const exit = await program.exit;
    // How it ended comes after all that it said.
    await Promise.allSettled(output);
    return exitStatus(exit, command);
  });
}

/** What a container writes from now on, out of its log; nobody can type into a container that runs. */
export async function podAttach(context: Context, kind: Served, kubelets: Kubelets): Promise<void> {
  const { stdin, stdout, stderr, tty, container: asked } = streamOptions(context.query);
  requireCreate(context);
  const { pod, container } = place(context, kind, asked);
  if (stdin) throw notImplemented('pods/attach with stdin', 'use exec, or attach without stdin');
  const channels = await openChannels(context, 'pods/attach');
  await conclude(channels, async () => {
    const gone = new AbortController();
    void channels.closed.then(() => gone.abort());
    channels.accept(undefined);
    const show = async (stream: LogOptions['stream'], channel: number) => {
      const part = { container, follow: true, previous: false, tailLines: 0, timestamps: false, stream };
      await channels.send(channel, await kubelets.logs(pod, part, gone.signal));
    };
    // A terminal has one output.
    if (tty) await show('All', CHANNEL.stdout);
    else {
      await Promise.all([
        stdout ? show('Stdout', CHANNEL.stdout) : undefined,
        stderr ? show('Stderr', CHANNEL.stderr) : undefined,
      ]);
    }
    return { metadata: {}, status: 'Success' };
  });
}

/** Once the connection is a WebSocket, what came of the request is the last word on its error channel, a refusal too. */
async function conclude(channels: Channels, work: () => Promise<JsonObject>): Promise<void> {
  let status: JsonObject;
  try {
    status = await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    ({ status } = error instanceof StatusError ? error : internalError(why));
  }
  await channels.end(status);
}
