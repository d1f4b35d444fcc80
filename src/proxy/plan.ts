/** From what each Service wants to what changes at each address. */
import type { Endpoint } from '../service/endpoints.ts';
import type { Frontend } from './desired.ts';

/** What changes at one address, protocol and port. */
export interface FrontendChange {
  key: string;
  old: Frontend | undefined;
  next: Frontend | undefined;
}

/** Two Services want one address, protocol and port: only the first gets it. */
export interface Conflict {
  key: string;
  holder: string;
  refused: string;
}

/** Who wants an address, the older Service first: an address never goes to who comes later. */
interface Claim {
  age: string;
  frontend: Frontend;
}

/** All frontends of this node, by address. Where Services want the same one, the oldest has it, and then the first by name. */
export class FrontendTable {
  readonly #byService = new Map<string, readonly Frontend[]>();
  readonly #claims = new Map<string, Claim[]>();

  get size(): number {
    return this.#claims.size;
  }

  /**
   * Takes in all that a Service wants now, which is nothing when it is gone, and gives what changes by that.
   * `age` sorts Services by their creation.
   */
  set(
    service: string,
    age: string,
    frontends: readonly Frontend[],
  ): { changes: FrontendChange[]; conflicts: Conflict[] } {
    const before = new Map<string, Frontend | undefined>();
    for (const { key } of [...(this.#byService.get(service) ?? []), ...frontends]) before.set(key, this.#holder(key));
    for (const { key } of this.#byService.get(service) ?? []) this.#withdraw(key, service);
    for (const frontend of frontends) this.#claim({ age, frontend });
    if (frontends.length > 0) this.#byService.set(service, frontends);
    else this.#byService.delete(service);

    const changes: FrontendChange[] = [];
    const conflicts: Conflict[] = [];
    for (const [key, old] of before) {
      const next = this.#holder(key);
      if (!sameFrontend(old, next)) changes.push({ key, old, next });
      for (const { frontend } of this.#claims.get(key)?.slice(1) ?? []) {
        if (next && frontend.service !== next.service) {
          conflicts.push({ key, holder: next.service, refused: frontend.service });
        }
      }
    }
    return { changes, conflicts };
  }

  #holder(key: string): Frontend | undefined {
    return this.#claims.get(key)?.[0]?.frontend;
  }

  #claim(claim: Claim): void {
    const { key } = claim.frontend;
    const claims = this.#claims.get(key);
    if (claims) claims.push(claim);
    else this.#claims.set(key, [claim]);
    claims?.sort(
      (a, b) => order(a) - order(b) || compare(a.age, b.age) || compare(a.frontend.service, b.frontend.service),
    );
  }

  #withdraw(key: string, service: string): void {
    const rest = this.#claims.get(key)?.filter(({ frontend }) => frontend.service !== service) ?? [];
    if (rest.length > 0) this.#claims.set(key, rest);
    else this.#claims.delete(key);
  }
}

/** Nobody can take a ClusterIP by calling it an external one. */
function order({ frontend }: Claim): number {
  return frontend.kind === 'clusterIP' ? 0 : 1;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether there is nothing to do between the two. */
export function sameFrontend(a: Frontend | undefined, b: Frontend | undefined): boolean {
  if (!a || !b) return a === b;
  return (
    a.key === b.key &&
    a.kind === b.kind &&
    a.service === b.service &&
    a.portName === b.portName &&
    a.policy === b.policy &&
    a.otherwise === b.otherwise &&
    a.affinitySeconds === b.affinitySeconds &&
    sameKeys(a.endpoints, b.endpoints) &&
    sameKeys(a.insideEndpoints, b.insideEndpoints) &&
    a.serving.size === b.serving.size &&
    [...a.serving].every((key) => b.serving.has(key)) &&
    rangesText(a) === rangesText(b)
  );
}

function rangesText({ sourceRanges }: Frontend): string | undefined {
  return sourceRanges?.map(({ text }) => text).join(',');
}

function sameKeys(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  return (
    a.length === b.length && a.every(({ key, local }, index) => key === b[index]?.key && local === b[index]?.local)
  );
}
