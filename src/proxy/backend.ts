import type { FrontendChange } from './plan.ts';
import type { Inside } from './select.ts';

/** What makes frontends so. There is one for each way of doing it; all are given the same changes. */
export interface Backend {
  /**
   * Makes these changes, in any order, and resolves when they are made; what can't be made now is reported and tried again
   * without being asked. Never called while an earlier call is under way. Rejects when nothing could be made at all: then the
   * same changes come again.
   */
  apply(changes: readonly FrontendChange[], inside: Inside): Promise<void>;
  /** Lets go of what ends with this process. */
  close(): Promise<void>;
}
