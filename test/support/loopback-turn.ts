import { createServer } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { waitFor } from './wait.ts';

/** Nobody else's: not an address of a node or a pod. */
const TURN = { host: '127.64.255.253', port: 22_765 };
const TURN_MS = 300_000;

/**
 * A machine has one loopback network: two clusters on it would take each other's addresses. Files whose tests start one
 * call this first, and run one after the other.
 */
export function takeLoopbackTurn(): void {
  const server = createServer();
  beforeAll(async () => {
    const take = () =>
      new Promise<boolean>((resolve) => {
        server.once('error', () => resolve(false));
        server.listen({ ...TURN, exclusive: true }, () => resolve(true));
      });
    await waitFor(take, { what: 'the turn of this file at the loopback network', timeoutMs: TURN_MS, intervalMs: 100 });
  }, TURN_MS);
  afterAll(() => void server.close());
}
