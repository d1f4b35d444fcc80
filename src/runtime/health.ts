/** Undefined when all is well, else the reason why not. A throw or a rejection counts as its message. */
export type HealthCheck = () => string | undefined | void | Promise<string | undefined | void>;

/** An answer that somebody else's convention prescribes. */
export interface HealthAnswer {
  status: number;
  body: string;
  /** Content type. */
  type: string;
}

/** Where the parts of a process say how they are; the health server asks. */
export interface HealthRegistry {
  /** Not ready: no traffic yet, or no longer. */
  addReadyCheck(name: string, check: HealthCheck): void;
  /** Not alive: only a restart helps. */
  addLiveCheck(name: string, check: HealthCheck): void;
  /** From now on this is what `path` answers, such as `/livez`, instead of a report of the checks. */
  setAnswer(path: string, answer: () => HealthAnswer): void;
}

export interface HealthReport {
  ok: boolean;
  /** `[+]name ok` or `[-]name failed: reason`, in the order the checks were added. */
  lines: string[];
}

/** A check that doesn't answer would otherwise hold the probe until the kubelet gives up without a reason. */
const defaultTimeoutMs = 2000;

/** The checks of one process. */
export class Health implements HealthRegistry {
  readonly #ready = new Map<string, HealthCheck>();
  readonly #live = new Map<string, HealthCheck>();
  readonly #answers = new Map<string, () => HealthAnswer>();
  readonly #timeoutMs: number;

  constructor(timeoutMs = defaultTimeoutMs) {
    this.#timeoutMs = timeoutMs;
  }

  addReadyCheck(name: string, check: HealthCheck): void {
    add(this.#ready, name, check);
  }

  addLiveCheck(name: string, check: HealthCheck): void {
    add(this.#live, name, check);
  }

  setAnswer(path: string, answer: () => HealthAnswer): void {
    this.#answers.set(path, answer);
  }

  /** What was set for this path. */
  answerOf(path: string): (() => HealthAnswer) | undefined {
    return this.#answers.get(path);
  }

  /** Runs every readiness check. */
  ready(): Promise<HealthReport> {
    return report(this.#ready, this.#timeoutMs);
  }

  /** Runs every liveness check. */
  live(): Promise<HealthReport> {
    return report(this.#live, this.#timeoutMs);
  }
}

/** A liveness check for a loop: it fails when the loop hasn't called `beat` for `maxAgeMs`. */
export function heartbeat(maxAgeMs: number, now: () => number = () => performance.now()) {
  let last = now();
  return {
    beat(): void {
      last = now();
    },
    check(): string | undefined {
      const age = now() - last;
      return age > maxAgeMs ? `no heartbeat for ${Math.round(age / 1000)}s` : undefined;
    },
  };
}

function add(checks: Map<string, HealthCheck>, name: string, check: HealthCheck): void {
  if (checks.has(name)) throw new Error(`health check ${JSON.stringify(name)} exists already`);
  checks.set(name, check);
}

async function report(checks: ReadonlyMap<string, HealthCheck>, timeoutMs: number): Promise<HealthReport> {
  const results = await Promise.all(
    [...checks].map(async ([name, check]) => ({ name, reason: await failure(check, timeoutMs) })),
  );
  return {
    ok: results.every(({ reason }) => reason === undefined),
    lines: results.map(({ name, reason }) =>
      reason === undefined ? `[+]${name} ok` : `[-]${name} failed: ${reason.replaceAll(/\s+/g, ' ')}`,
    ),
  };
}

async function failure(check: HealthCheck, timeoutMs: number): Promise<string | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve(`no answer within ${timeoutMs}ms`), timeoutMs);
  try {
    return (await Promise.race([check(), late])) ?? undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
