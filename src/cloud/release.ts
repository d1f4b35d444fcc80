import type { Logger } from '../runtime/logger.ts';
import type { ReleaseConfig } from './config.ts';

export async function runRelease(
  _config: ReleaseConfig,
  _context: { logger: Logger; write: (text: string) => void; signal: AbortSignal },
): Promise<void> {
  throw new Error('being written');
}
