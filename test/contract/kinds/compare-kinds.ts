import type { KubeAccess } from '../../tools/control-plane.ts';
import type { Json } from '../services/case.ts';
import { compareAnswers, type Difference } from '../services/compare.ts';
import { CLUSTERS } from '../services/contract.ts';
import { neutral } from '../services/neutral.ts';
import { type Answer, type Exchange, Runner } from '../services/run.ts';
import { bodyOf, type KindCase, kindOf, pathOf, SAMPLES } from './cases.ts';
import { LIMITED, NAMESPACE } from './sample.ts';

const AT_ONCE = 6;
/** How often kube-apiserver is asked again, to see whether an answer's order is one that Go draws (maps). */
const AGAIN = 8;
const UP_MS = 3_600_000;

type Request = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: Json }>;

/** Brings the samples into an API server. What it cannot take is a mistake in a sample. */
export async function prepare(request: Request): Promise<void> {
  const make = async (method: string, path: string, body: Json) => {
    const answer = await request(method, path, body);
    if (answer.status >= 300 && answer.status !== 409) throw new Error(`${method} ${path}: ${answer.body?.message}`);
  };
  for (const name of [NAMESPACE, LIMITED]) await make('POST', '/api/v1/namespaces', { metadata: { name } });
  await make('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: 'default' } });
  for (const sample of SAMPLES) {
    const kind = kindOf(sample);
    await make('POST', pathOf(kind), bodyOf(sample));
    const path = `${pathOf(kind, sample.object.metadata.name)}/status`;
    if (sample.status) await make('PATCH', path, { status: sample.status });
  }
}

export interface KindDifference extends Difference {
  kind: string;
  verb: string;
  field: string;
  /** kube-apiserver ended the connection without an answer. */
  panic: boolean;
}

/** Without who owns which field: of that test/contract/services knows more. */
function withoutOwners(answer: Answer): Answer {
  if (!answer.body?.metadata?.managedFields) return answer;
  const { managedFields: _, ...metadata } = answer.body.metadata;
  return { ...answer, body: { ...answer.body, metadata } };
}

const isRefusal = ({ body }: Answer): boolean => Array.isArray(body?.details?.causes);

/** A refusal without the order of what is wrong. */
function unordered(answer: Answer): Answer {
  if (!isRefusal(answer)) return answer;
  const causes = (answer.body.details.causes as Json[]).toSorted((a, b) =>
    JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
  );
  const { message: _, ...body } = answer.body;
  return { ...answer, body: { ...body, details: { ...body.details, causes } } };
}

/** Sends the cases to both and compares the last answer of each. */
export async function compareKinds(
  first: KubeAccess,
  second: KubeAccess,
  cases: readonly KindCase[],
): Promise<{ differences: KindDifference[]; statuses: Map<number, number> }> {
  const [one, two] = [new Runner(first), new Runner(second)];
  const from = Date.now() - UP_MS;
  const last = (exchanges: readonly Exchange[]) =>
    neutral(exchanges, CLUSTERS.single, { from, to: Date.now() }).slice(-1).map(withoutOwners);
  const differences: KindDifference[] = [];
  const statuses = new Map<number, number>();
  let next = 0;

  /** Whether kube-apiserver itself answers now so, now so. */
  async function changes(kind: KindCase, answer: Answer[]): Promise<boolean> {
    for (let i = 0; i < AGAIN; i++) {
      if (compareAnswers(kind.name, answer, last(await one.run(kind, 0))).length > 0) return true;
    }
    return false;
  }

  async function work(): Promise<void> {
    for (let kind = cases[next++]; kind; kind = cases[next++]) {
      const [left, right] = await Promise.all([one.run(kind, 0), two.run(kind, 0)]);
      const [real, ours] = [last(left), last(right)];
      const status = real[0]?.status ?? 0;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const found = compareAnswers(kind.name, real, ours);
      if (found.length === 0) continue;
      const sameButOrder = compareAnswers(kind.name, real.map(unordered), ours.map(unordered)).length === 0;
      if (sameButOrder && (await changes(kind, real))) continue;
      const { kind: of, verb, field } = kind;
      const panic = status === 0;
      differences.push(...found.map((difference) => ({ ...difference, kind: of, verb, field, panic })));
    }
  }

  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    one.close();
    two.close();
  }
  return { differences, statuses };
}
