import { ConfigError } from '../runtime/config-error.ts';
import { createLogger } from '../runtime/logger.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { defineCommand, type Io } from './command.ts';
import { type ReleaseOptions, releaseOptions } from './options/release.ts';
import { loggerOptions } from './options/shared.ts';
import { type CommandSpec, wrongValue } from './parse.ts';
import { loadRelease, type ReleasePlane } from './planes.ts';
import { serviceKey } from './values.ts';

export const releaseSpec: CommandSpec<typeof releaseOptions> = {
  name: 'release',
  summary:
    'Lets go of Services: their load balancers keep serving, or are deleted, and Sluice holds the Services no more.',
  options: releaseOptions,
  operands: {
    usage: '[--all | NAMESPACE/NAME …]',
    read(operands) {
      for (const text of operands) {
        const result = serviceKey.safeParse(text);
        if (result.success) continue;
        throw new ConfigError(wrongValue({ source: 'argument', text }, result.error.issues[0]?.message ?? 'is wrong'));
      }
    },
  },
  check(config, _given, operands) {
    const [first] = operands;
    if (config.all && first !== undefined) {
      throw new ConfigError(
        `--all and ${JSON.stringify(first)} were both given; name Services or pass --all, not both`,
      );
    }
    if (!config.all && first === undefined) {
      throw new ConfigError('nothing to release: name Services as NAMESPACE/NAME, or pass --all');
    }
    if (config.delete && config.clusterName === undefined) {
      throw new ConfigError('--delete needs --cluster-name: pass --cluster-name NAME or set SLUICE_CLUSTER_NAME');
    }
  },
};

/** `sluice release`: results on stdout, the log on stderr. */
export const releaseCommand = defineCommand(releaseSpec, (options, operands, io) =>
  release(options, operands, { io, load: loadRelease }),
);

interface ReleaseContext {
  io: Io;
  load: () => Promise<ReleasePlane>;
}

/** Hands the release over to the cloud plane; gives the exit code. */
export async function release(options: ReleaseOptions, keys: string[], { io, load }: ReleaseContext): Promise<number> {
  const logger = createLogger({ ...loggerOptions(options), stream: process.stderr });
  const shutdown = installShutdown(logger);
  try {
    const { runRelease } = await load();
    const config = { ...options, keys: [...new Set(keys)] };
    await runRelease(config, { logger, write: io.out, signal: shutdown.signal });
    return 0;
  } finally {
    shutdown.dispose();
  }
}
