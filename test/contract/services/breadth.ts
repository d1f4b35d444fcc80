import type { Answer, Exchange } from './run.ts';

/** How much of a server's behaviour the cases met: what a reader needs to trust that they are many different ones. */
export class Breadth {
  cases = 0;
  requests = 0;
  /** Status codes by number. */
  readonly statuses = new Map<number, number>();
  /** Field, reason and message of every cause, without the values. */
  readonly causes = new Set<string>();
  /** Messages of refusals without causes, without the values. */
  readonly refusals = new Set<string>();
  readonly warnings = new Set<string>();

  add(answers: readonly Answer[], exchanges: readonly Exchange[]): void {
    this.cases++;
    for (const [i, { status, warnings, body }] of answers.entries()) {
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
      for (const warning of warnings) this.warnings.add(template(warning));
      if (body?.kind !== 'Status' || status < 400) continue;
      const causes = body.details?.causes ?? [];
      for (const { field, reason, message } of causes) {
        this.causes.add(`${template(field ?? '')} | ${reason} | ${template(message)}`);
      }
      if (causes.length === 0)
        this.refusals.add(`${exchanges[i]?.method} ${status} ${body.reason}: ${template(body.message)}`);
    }
  }

  merge(other: Breadth): void {
    this.cases += other.cases;
    this.requests += other.requests;
    for (const [status, count] of other.statuses) this.statuses.set(status, (this.statuses.get(status) ?? 0) + count);
    for (const key of ['causes', 'refusals', 'warnings'] as const) for (const item of other[key]) this[key].add(item);
  }

  toString(): string {
    const statuses = [...this.statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}×${count}`);
    return (
      `${this.cases} cases, ${this.requests} requests (${statuses.join(' ')}), ${this.causes.size} kinds of causes, ` +
      `${this.refusals.size} other refusals, ${this.warnings.size} warnings`
    );
  }
}

/** A message without the values in it, so that two of a kind are the same. */
function template(text: string): string {
  return text
    .replace(/^(Invalid|Unsupported|Duplicate) value: .*?(: (?!.*": )|$)/s, '$1 value: …$2')
    .replace(/cannot unmarshal .*/s, 'cannot unmarshal …')
    .replaceAll(/"[^"]*"/g, '"…"')
    .replaceAll(/<[^>]+>/g, '…')
    .replaceAll(/\[\d+\]/g, '[]')
    .replaceAll(/\d+/g, '#')
    .slice(0, 200);
}
