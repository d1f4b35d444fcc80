/** What went wrong in one sync, as one line in upstream's words. */

/** Several failures of one sync; one that says the same as another counts once. */
export class SyncError extends Error {
  override readonly name = 'SyncError';

  constructor(errors: readonly unknown[]) {
    const messages = [...new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))))];
    super(messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`, { cause: errors[0] });
  }
}
