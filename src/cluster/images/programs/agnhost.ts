import type { Environment } from './environment.ts';
import { Failure } from './failure.ts';
import type { Program } from './program.ts';

const COMMANDS: Readonly<Record<string, () => Promise<Program>>> = {
  netexec: async () => (await import('./netexec.ts')).netexec,
  'serve-hostname': async () => (await import('./serve-hostname.ts')).serveHostname,
  porter: async () => (await import('./porter.ts')).porter,
  connect: async () => (await import('./connect.ts')).connect,
  pause: async () => (await import('./agnhost-pause.ts')).pause,
  help: async () => async () => {
    const lines = Object.keys(COMMANDS).map((name) => `  ${name}\n`);
    process.stdout.write(`The built-in agnhost has these commands:\n${lines.join('')}`);
  },
};

/** Kubernetes' image for tests of all kinds; here what tests of Services need of it. kubernetes/test/images/agnhost */
export async function agnhost([command = 'help', ...args]: readonly string[], environment: Environment): Promise<void> {
  const name = /^(-h|--help)$/.test(command) ? 'help' : command;
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) {
    throw new Failure(
      `${JSON.stringify(command)} is not part of the built-in agnhost, which has ${Object.keys(COMMANDS).join(', ')}`,
    );
  }
  const program = await load();
  await program(args, environment);
}
