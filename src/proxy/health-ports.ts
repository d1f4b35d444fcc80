/** The HTTP servers of `healthCheckNodePort`s, on this node's own addresses. */
import { createServer } from 'node:http';
import type { Logger } from '../runtime/logger.ts';
import type { IpFamily } from '../kube/objects.ts';
import { hostPort } from '../service/endpoints.ts';
import type { HealthCheck } from './desired.ts';
import { serviceHealthAnswer } from './health.ts';
import { Binding } from './binding.ts';
import type { Listener } from './listener.ts';

interface Port {
  check: HealthCheck;
  binding: Binding<Listener>;
}

export class HealthPorts {
  readonly #logger: Logger;
  readonly #healthy: () => boolean;
  readonly #ports = new Map<string, Port>();

  constructor(logger: Logger, healthy: () => boolean) {
    this.#logger = logger;
    this.#healthy = healthy;
  }

  /** Makes these the only ones. Resolves after the first attempt to listen. */
  async apply(checks: readonly HealthCheck[], addresses: Readonly<Record<IpFamily, readonly string[]>>): Promise<void> {
    const wanted = new Map<string, { check: HealthCheck; address: string }>();
    for (const check of checks) {
      for (const address of addresses[check.family]) wanted.set(hostPort(address, check.port), { check, address });
    }
    for (const [key, { binding }] of this.#ports) {
      if (wanted.has(key)) continue;
      void binding.close();
      this.#ports.delete(key);
    }
    const opening: Promise<void>[] = [];
    for (const [key, { check, address }] of wanted) {
      const port = this.#ports.get(key);
      if (port) port.check = check;
      else opening.push(this.#open(key, check, address));
    }
    await Promise.all(opening);
  }

  close(): void {
    for (const { binding } of this.#ports.values()) void binding.close();
    this.#ports.clear();
  }

  #open(key: string, check: HealthCheck, address: string): Promise<void> {
    const binding = new Binding<Listener>({
      open: () => listen(address, check.port, () => serviceHealthAnswer(port.check, this.#healthy())),
      failed: (error) =>
        this.#logger.warn('a health check port is not served; trying again', {
          service: check.service,
          field: 'spec.healthCheckNodePort',
          value: key,
          reason: error.code ?? error.message,
          remedy: 'end what listens there, or give the Service another healthCheckNodePort',
        }),
      recovered: () => this.#logger.info('a health check port is served now', { value: key }),
    });
    const port: Port = { check, binding };
    this.#ports.set(key, port);
    return binding.open();
  }
}

async function listen(
  host: string,
  port: number,
  answer: () => ReturnType<typeof serviceHealthAnswer>,
): Promise<Listener> {
  const server = createServer((_request, response) => {
    const { status, body, type, weight } = answer();
    response.writeHead(status, {
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'x-load-balancing-endpoint-weight': weight,
    });
    response.end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', () => {});
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
