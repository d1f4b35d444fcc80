/** What went wrong in one sync, as one line in upstream's words. */
import { ApiError } from '../kube/errors.ts';

/** Several failures of one sync; one that says the same as another counts once. */
export class SyncError extends Error {
  override readonly name = 'SyncError';

  constructor(errors: readonly unknown[]) {
    const messages = [...new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))))];
    super(messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`, { cause: errors[0] });
  }
}

/** Whether a sync failed for nothing but that something had changed or gone meanwhile: the next one knows of it. */
export function isOvertaken(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 404 || error.status === 409;
  return error instanceof Error && error.cause !== undefined && isOvertaken(error.cause);
}
