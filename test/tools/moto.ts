import { motoPython } from '../../scripts/tools.mjs';
import { readyOrTail } from './control-plane.ts';
import { freePort, startProgram } from './processes.ts';

/** A moto server: AWS's APIs in memory. */
export interface Moto {
  url: string;
  /** Forgets everything that was created. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts moto on a free loopback port and returns when it answers. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startProgram(motoPython(), ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    name: 'moto',
    // Loading a service is lazy; the account's default VPC and images come with the first call.
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  });
  try {
    await readyOrTail(server, async () => (await fetch(`${url}/moto-api/data.json`)).ok);
  } catch (error) {
    await server.end('SIGKILL');
    throw error;
  }
  return {
    url,
    reset: async () => {
      const answer = await fetch(`${url}/moto-api/reset`, { method: 'POST' });
      if (!answer.ok) throw new Error(`moto's reset answered ${answer.status}`);
    },
    stop: () => server.end('SIGKILL'),
  };
}
