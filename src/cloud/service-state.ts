import type { Service } from '../kube/objects.ts';

/** What the controller remembers of each Service between two looks at it. Nothing here must survive a restart. */

export interface ServiceState {
  uid: string;
  /** It has, or is about to get, something in the cloud. */
  managed: boolean;
  /** Its cloud resources are gone; only its finalizer is left. */
  gone: boolean;
  /** What is known of AWS may be wrong: look again before planning. */
  doubtful: boolean;
  /** Compare everything at the next look, not only what a change touches. */
  deep: boolean;
  /** The digest of the model that everything in AWS was last compared with: what was read then need not be read again. */
  compared?: string;
  /** When to read target health next, in ms of the monotonic clock. */
  healthDueAt?: number;
  /** As `deep`, asked for by the drift sweep: nobody waits for it. */
  sweep: boolean;
  /** Looks in a row that found AWS still busy: for the pace of the next ones. */
  polls: number;
  healthPolls: number;
  /** The condition of the Service in one word, for the gauge. */
  phase: Phase;
  /** The Service as Sluice last wrote it: the watch may still be behind. */
  written?: Service;
  /** The last Warning event: its text and when, in ms of the monotonic clock. */
  warned?: { text: string; at: number };
}

export type Phase = 'pending' | 'ready' | 'refused' | 'failing' | 'deleting';

export class ServiceStates {
  readonly #states = new Map<string, ServiceState>();

  /** The state of a key; a Service made anew under an old name starts anew. */
  get(key: string, uid: string): ServiceState {
    const known = this.#states.get(key);
    if (known?.uid === uid) return known;
    const state: ServiceState = {
      uid,
      managed: false,
      gone: false,
      doubtful: false,
      deep: false,
      sweep: false,
      polls: 0,
      healthPolls: 0,
      phase: 'pending',
    };
    this.#states.set(key, state);
    return state;
  }

  forget(key: string): void {
    this.#states.delete(key);
  }

  /** Asks for a full comparison at the key's next look, as background work. */
  deepen(key: string): void {
    const state = this.#states.get(key);
    if (state) state.sweep = true;
  }

  managedKeys(): string[] {
    return [...this.#states].filter(([, state]) => state.managed && !state.gone).map(([key]) => key);
  }

  /** Whether any other Service than `key` has, or is about to get, something in the cloud. */
  othersManaged(key: string): boolean {
    return [...this.#states].some(([other, state]) => other !== key && state.managed && !state.gone);
  }

  isGone(key: string): boolean {
    return this.#states.get(key)?.gone === true;
  }

  countByPhase(): Map<Phase, number> {
    const counts = new Map<Phase, number>(
      (['pending', 'ready', 'refused', 'failing', 'deleting'] as const).map((phase) => [phase, 0]),
    );
    for (const { phase } of this.#states.values()) counts.set(phase, (counts.get(phase) ?? 0) + 1);
    return counts;
  }
}
