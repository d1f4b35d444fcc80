import { existsSync } from 'node:fs';
import { ConfigError } from '../runtime/config-error.ts';
import { createLogger } from '../runtime/logger.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { nearest } from '../service/nearest.ts';
import { defineCommand, type Io } from './command.ts';
import { loadNodes, type NodesPart } from './embedded.ts';
import { type NodeOptions, nodeOptions } from './options/node.ts';
import { type CommandSpec, wrongValue } from './parse.ts';
import { dnsName } from './values.ts';

const VERBS = ['add', 'stop', 'start', 'drain', 'remove'] as const;

export const nodeSpec: CommandSpec<typeof nodeOptions> = {
  name: 'node',
  summary:
    'Changes the nodes of a running sluice cluster: add starts a new one, stop pulls its plug, start brings it back, drain evicts its pods, remove ends it for good. kubectl drain and kubectl delete node do as well.',
  options: nodeOptions,
  operands: { usage: `${VERBS.join('|')} NAME`, read: (operands) => void readOperands(operands) },
};

/** `sluice node`: results on stdout. */
export const nodeCommand = defineCommand(nodeSpec, (options, operands, io) =>
  changeNode(options, operands, { io, load: loadNodes }),
);

interface NodeContext {
  io: Io;
  load: () => Promise<NodesPart>;
}

function readOperands([verb, name, ...rest]: readonly string[]): { verb: (typeof VERBS)[number]; name: string } {
  const known = VERBS.find((one) => one === verb);
  if (verb === undefined) throw new ConfigError(`nothing to do: name one of ${VERBS.join(', ')} and a node`);
  if (!known) {
    const near = nearest(verb, VERBS);
    const hint = near ? `did you mean ${near}?` : `there are ${VERBS.join(', ')}`;
    throw new ConfigError(wrongValue({ source: 'argument', text: verb }, `is nothing that can be done; ${hint}`));
  }
  if (name === undefined) throw new ConfigError(`${verb} needs the name of a node: sluice node ${verb} NAME`);
  const result = dnsName.safeParse(name);
  if (!result.success) {
    throw new ConfigError(wrongValue({ source: 'NAME', text: name }, result.error.issues[0]?.message ?? 'is wrong'));
  }
  if (rest[0] !== undefined)
    throw new ConfigError(`unexpected argument ${JSON.stringify(rest[0])}; one node at a time`);
  return { verb: known, name };
}

/** Where `sluice cluster` keeps it when nothing else is said. */
const DEFAULT_KUBECONFIG = '.sluice/cluster/kubeconfig';

/** Does it; gives the exit code. */
export async function changeNode(
  options: NodeOptions,
  operands: readonly string[],
  { io, load }: NodeContext,
): Promise<number> {
  const { verb, name } = readOperands(operands);
  const logger = createLogger({ level: 'warn', stream: process.stderr });
  const shutdown = installShutdown(logger);
  try {
    const { createKubeClient, runNodeCommand } = await load();
    const kubeconfig = options.kubeconfig ?? (existsSync(DEFAULT_KUBECONFIG) ? DEFAULT_KUBECONFIG : undefined);
    const client = createKubeClient(kubeconfig === undefined ? {} : { kubeconfig });
    try {
      await runNodeCommand(verb, name, {
        client,
        say: (line) => io.out(`${line}\n`),
        signal: shutdown.signal,
        timeoutMs: options.timeoutMs,
      });
      return 0;
    } finally {
      await client.close();
    }
  } finally {
    shutdown.dispose();
  }
}
