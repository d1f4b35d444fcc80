/** `pods/NAME/exec` and `pods/NAME/attach` (kubernetes `pkg/registry/core/pod/rest/subresources.go`). */
import type { JsonObject, KubeObject } from '../api/object.ts';
import { badRequest, internalError, StatusError } from '../api/status.ts';
import { list } from '../kinds/strategies/common.ts';
import type { Served } from '../registry/kinds.ts';
import { CHANNEL, exitStatus } from './channels.ts';
import type { Context } from './context.ts';
import type { Kubelets, LogOptions } from './kubelet.ts';
import { commandOf, containerOf, streamOptions } from './pod-options.ts';
import { type Channels, openChannels } from './web-socket.ts';

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
    const output = [
      channels.send(stdout ? CHANNEL.stdout : undefined, program.stdout),
      channels.send(stderr ? CHANNEL.stderr : undefined, program.stderr),
    ];
    const exit = await program.exit;
    // How it ended comes after all that it said.
    await Promise.allSettled(output);
    return exitStatus(exit, command);
  });
}

/**
 * What a container writes from now on, out of its log, and what the client types into its standard input, which ends with
 * the client if the container wants it so (`stdinOnce`).
 */
export async function podAttach(context: Context, kind: Served, kubelets: Kubelets): Promise<void> {
  const { stdin, stdout, stderr, tty, container: asked } = streamOptions(context.query);
  requireCreate(context);
  const { pod, container } = place(context, kind, asked);
  const channels = await openChannels(context, 'pods/attach');
  await conclude(channels, async () => {
    // Told so, kubectl shows the log instead.
    if (hasEnded(pod, container)) throw internalError(`container ${container} is not running`);
    const gone = new AbortController();
    const input = stdin ? kubelets.stdin?.(pod, container) : undefined;
    const once = list(pod['spec'].containers).some((one) => one['name'] === container && one['stdinOnce'] === true);
    void channels.closed.then(() => {
      gone.abort();
      if (once) input?.end();
    });
    channels.accept(input, once);
    const log = (stream: LogOptions['stream']) =>
      kubelets.logs(
        pod,
        { container, follow: true, previous: false, tailLines: 0, timestamps: false, unfinished: true, stream },
        gone.signal,
      );
    const shows = [
      // Who wants no output stays until the container ends all the same.
      ...(tty || (!stdout && !stderr)
        ? [{ channel: stdout ? CHANNEL.stdout : undefined, stream: 'All' as const }]
        : []),
      ...(stdout && !tty ? [{ channel: CHANNEL.stdout, stream: 'Stdout' as const }] : []),
      ...(stderr ? [{ channel: CHANNEL.stderr, stream: 'Stderr' as const }] : []),
    ];
    await Promise.all(shows.map(async ({ channel, stream }) => channels.send(channel, await log(stream))));
    return { metadata: {}, status: 'Success' };
  });
}

function hasEnded({ status }: KubeObject, container: string): boolean {
  const all = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'];
  const found = all.flatMap((field) => list(status?.[field])).find(({ name }) => name === container);
  return (found?.['state'] as JsonObject | undefined)?.['terminated'] !== undefined;
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
