import manifest from '../../package.json' with { type: 'json' };
import { ConfigError } from '../runtime/config-error.ts';
import { errorLine } from '../runtime/log-fields.ts';
import { nearest } from '../service/nearest.ts';
import { redactText } from '../runtime/redact.ts';
import type { CommandRunner, Io } from './command.ts';

interface CommandEntry {
  summary: string;
  /** Loaded when it is run, so that each command costs only its own start. */
  load(): Promise<CommandRunner>;
}

const commands: Readonly<Record<string, CommandEntry>> = {
  controller: {
    summary: 'LoadBalancer Services → Network Load Balancers, targets and security groups',
    load: async () => (await import('./controller.ts')).controllerCommand,
  },
  proxy: {
    summary: "Services' addresses → their endpoints, on this node",
    load: async () => (await import('./proxy.ts')).proxyCommand,
  },
  endpoints: {
    summary: "Services' EndpointSlices and Endpoints, from their pods; against any API server",
    load: async () => (await import('./endpoints.ts')).endpointsCommand,
  },
  cluster: {
    summary:
      'a Kubernetes cluster of its own, for trying things out and for tests: API server, nodes and pods, in a second',
    load: async () => (await import('./cluster.ts')).clusterCommand,
  },
  node: {
    summary: 'add, stop, start, drain or remove a node of a running sluice cluster',
    load: async () => (await import('./node.ts')).nodeCommand,
  },
  release: {
    summary: 'let go of Services, with or without deleting their load balancers',
    load: async () => (await import('./release.ts')).releaseCommand,
  },
  doctor: {
    summary: 'check cluster and cloud for what the controller needs; say what is wrong and the remedy',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  'iam-policy': {
    summary: 'print the AWS IAM policy that the controller needs',
    load: async () => (await import('./iam-policy.ts')).iamPolicyCommand,
  },
};

/** Exit codes: the user can mend it (2), or can't (1). */
const usageFault = 2;
const fault = 1;

/** Runs a command line and gives the exit code. Whatever goes wrong is one line on stderr (and a stack at log level debug). */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = argv;
  try {
    if (first === '--version' || first === '-V') return print(io, `sluice ${manifest.version}\n`);
    if (first === '--help' || first === '-h') return print(io, help());
    if (first === 'help') return rest[0] === undefined ? print(io, help()) : await commandOf(rest[0])(['--help'], io);
    if (first === undefined) throw new ConfigError(`no command; one of ${names()} (sluice --help)`);
    if (first.startsWith('-'))
      throw new ConfigError(`unknown flag ${JSON.stringify(first)}; flags go after the command`);
    return await commandOf(first)(rest, io);
  } catch (error) {
    // A ConfigError is the line; of anything else the causes say more.
    io.err(`sluice: ${errorLine(error instanceof ConfigError ? error.message : error)}\n`);
    if (wantsStack(argv, io) && error instanceof Error && error.stack) io.err(`${redactText(error.stack)}\n`);
    return error instanceof ConfigError ? usageFault : fault;
  }
}

function print(io: Io, text: string): number {
  io.out(text);
  return 0;
}

function commandOf(name: string): CommandRunner {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry) return async (argv, io) => (await entry.load())(argv, io);
  const near = nearest(name, Object.keys(commands));
  throw new ConfigError(
    `unknown command ${JSON.stringify(name)}; ${near ? `did you mean ${near}?` : `there are ${names()} (sluice --help)`}`,
  );
}

function names(): string {
  return Object.keys(commands).join(', ');
}

function help(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `${manifest.description}

Usage: sluice COMMAND [flags]

Commands:
${list.join('\n')}

  sluice COMMAND --help   its flags and their environment variables
  sluice --version        the version
`;
}

/** The log level may be what is wrong, so it is looked for without the parser. */
function wantsStack(argv: readonly string[], io: Io): boolean {
  const flag = argv.findLastIndex((word) => word === '--log-level' || word.startsWith('--log-level='));
  const word = argv[flag] ?? '';
  const level = word === '--log-level' ? argv[flag + 1] : word.slice('--log-level='.length);
  return (flag === -1 ? io.env['SLUICE_LOG_LEVEL'] : level) === 'debug';
}
