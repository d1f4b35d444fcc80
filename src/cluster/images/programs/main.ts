import type { ProgramName } from '../built-in.ts';
import { readEnvironment } from './environment.ts';
import { Failure } from './failure.ts';
import type { Program } from './program.ts';

const PROGRAMS: Readonly<Record<ProgramName, () => Promise<Program>>> = {
  agnhost: async () => (await import('./agnhost.ts')).agnhost,
  'serve-hostname': async () => (await import('./serve-hostname.ts')).serveHostname,
  whoami: async () => (await import('./whoami.ts')).whoami,
  'http-echo': async () => (await import('./http-echo.ts')).httpEcho,
  nginx: async () => (await import('./nginx.ts')).nginx,
  httpd: async () => (await import('./httpd.ts')).httpd,
  echoserver: async () => (await import('./echoserver.ts')).echoserver,
  'echo-server': async () => (await import('./hello.ts')).echoServer,
  'hello-app': async () => (await import('./hello.ts')).helloApp,
  'kubernetes-bootcamp': async () => (await import('./hello.ts')).kubernetesBootcamp,
};

/** Runs the program of this name until it ends by itself or by a signal. */
export async function main([name = '', ...args]: readonly string[], variables: NodeJS.ProcessEnv): Promise<void> {
  try {
    const load = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name as ProgramName] : undefined;
    if (!load) throw new Failure(`no such program; there are ${Object.keys(PROGRAMS).join(', ')}`, 2);
    const program = await load();
    await program(args, readEnvironment(variables));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exit(error.exitCode);
  }
}
