/** One trial: a controller dies at one of its calls in the middle of a change, and the next one has to finish it. */
import { waitFor } from '../support/wait.ts';
import { type Callback, fates } from '../tools/aws-proxy.ts';
import type { KubeFate } from './crash-kube-proxy.ts';
import type { Form, Lane } from './crash-lane.ts';

/** Before the call is forwarded; carried out and never answered; answered. */
export const POINTS = ['before', 'applied', 'answered'] as const;
export type Point = (typeof POINTS)[number];

export interface Scenario {
  name: string;
  /** What the Service is before the change; undefined: not there. */
  from?: (lane: Lane, service: string) => Form;
  /** What it is to become; undefined: deleted. */
  to?: (lane: Lane, service: string) => Form;
  /** Whether it is deleted after all, after the death and before the next controller. */
  abandoned?: boolean;
}

/** Dies at the k-th call of one kind. */
export interface Kill {
  /** All calls to AWS, or the writes to Services. */
  via: 'aws' | 'kube';
  k: number;
  point: Point;
}

/** What a scenario's change asks for when nothing disturbs it. */
export interface Undisturbed {
  aws: string[];
  kube: string[];
}

const DEADLINE_MS = 40_000;
let trials = 0;

export async function undisturbed(lane: Lane, scenario: Scenario): Promise<Undisturbed> {
  const service = `t${++trials}`;
  await prepare(lane, scenario, service);
  lane.proxy.reset();
  lane.kubeProxy.reset();
  await change(lane, scenario, service);
  await waitFor(() => isDone(lane, scenario, service), { timeoutMs: DEADLINE_MS, what: `${scenario.name} to be done` });
  const calls = { aws: lane.proxy.calls.map(({ action }) => action), kube: [...lane.kubeProxy.writes] };
  await finish(lane, scenario, service);
  return calls;
}

/** Throws what went wrong. Returns whether the call at which to die came at all. */
export async function die(lane: Lane, scenario: Scenario, kill: Kill): Promise<boolean> {
  const service = `t${++trials}`;
  await prepare(lane, scenario, service);
  const doomed = await lane.run();
  const deadly = arm(lane, kill);
  await change(lane, scenario, service);
  // All may be done by the very call that kills: its coming is asked for last.
  await waitFor(async () => deadly.reached || ((await isDone(lane, scenario, service)) && !deadly.came), {
    timeoutMs: DEADLINE_MS,
    what: 'the call to die at',
  });
  const { reached } = deadly;
  if (reached) await doomed.exit;
  lane.proxy.reset();
  lane.kubeProxy.reset();
  if (reached && scenario.abandoned) await lane.remove(service);
  await lane.run();
  await finish(lane, reached && scenario.abandoned ? { name: scenario.name } : scenario, service);
  return reached;
}

/**
 * Every controller dies as soon as its first write, to AWS or to the Service, is carried out, and never hears of it.
 * Returns how many lives that took.
 */
export async function dieAtEachWrite(lane: Lane, scenario: Scenario): Promise<number> {
  const service = `t${++trials}`;
  await prepare(lane, scenario, service);
  const enough = 60;
  for (let lives = 1; lives <= enough; lives++) {
    let dying = false;
    lane.proxy.reset();
    lane.kubeProxy.reset();
    const cut = () => lane.kill();
    const once = () => !dying && (dying = true);
    lane.proxy.onCall = ({ action, params }) => {
      // moto refuses the protocols of an NLB here: nothing would be carried out.
      const refused = action === 'ModifyListener' && params.get('Protocol')?.includes('UDP');
      return !action.startsWith('Describe') && !refused && once() ? fates.appliedUnanswered(cut) : 'pass';
    };
    lane.kubeProxy.onCall = ({ write }) => (write !== undefined && once() ? { applied: cut, answer: 'never' } : 'pass');
    if (lives === 1) await change(lane, scenario, service);
    const doomed = await lane.run();
    await waitFor(async () => doomed.ended || ((await isDone(lane, scenario, service)) && !dying), {
      timeoutMs: DEADLINE_MS,
      what: `life ${lives} to write or to find everything done`,
    });
    if (doomed.ended) continue;
    lane.proxy.reset();
    lane.kubeProxy.reset();
    await finish(lane, scenario, service);
    return lives;
  }
  throw new Error(`not done after ${enough} lives`);
}

async function prepare(lane: Lane, { from }: Scenario, service: string): Promise<void> {
  await lane.awake();
  if (from) {
    const form = from(lane, service);
    await lane.create(service, form);
    await lane.settled({ [service]: form });
  }
}

async function change(lane: Lane, { from, to }: Scenario, service: string): Promise<void> {
  if (!to) await lane.remove(service);
  else if (from) await lane.update(service, to(lane, service));
  else await lane.create(service, to(lane, service));
}

async function isDone(lane: Lane, { to }: Scenario, service: string): Promise<boolean> {
  if (!to) return (await lane.get(service)) === undefined;
  return (await lane.faults({ [service]: to(lane, service) })).length === 0;
}

/** The Service gets what it asks for, then it is deleted, and with it goes everything. */
async function finish(lane: Lane, { to }: Scenario, service: string): Promise<void> {
  if (to) {
    await lane.settled({ [service]: to(lane, service) }, DEADLINE_MS);
    await lane.remove(service);
  }
  await lane.gone(service, DEADLINE_MS);
  const left = await lane.leftovers();
  if (left.length > 0) throw new Error(`the Service is gone, and there is still\n  ${left.join('\n  ')}`);
}

/** `came`: the call is on its way. `reached`: it is where the controller dies. */
function arm(lane: Lane, { via, k, point }: Kill): { came: boolean; reached: boolean } {
  lane.proxy.reset();
  lane.kubeProxy.reset();
  const deadly = { came: false, reached: false };
  const cut = () => {
    deadly.reached = true;
    return lane.kill();
  };
  const when = <T>(isIt: boolean, fate: T): T | 'pass' => {
    deadly.came ||= isIt;
    return isIt ? fate : 'pass';
  };
  if (via === 'aws') {
    const fate = { before: fates.cutBefore, applied: fates.appliedUnanswered, answered: fates.answered }[point](cut);
    lane.proxy.onCall = ({ n }) => when(n === k, fate);
  } else {
    const fate = kubeFate(point, cut);
    lane.kubeProxy.onCall = ({ write }) => when(write === k, fate);
  }
  return deadly;
}

function kubeFate(point: Point, cut: Callback): KubeFate {
  if (point === 'before') return { before: cut, forward: false, answer: 'never' };
  return point === 'applied' ? { applied: cut, answer: 'never' } : { answered: cut };
}

/** How a pool of trials went. */
export interface Tally {
  reached: number;
  /** The call at which to die did not come. */
  missed: string[];
  failures: string[];
}

const ENOUGH_FAILURES = 6;

/** Works off the trials, one at a time in each lane. */
export async function inLanes<T>(
  lanes: Lane[],
  items: T[],
  nameOf: (item: T) => string,
  trial: (lane: Lane, item: T) => Promise<boolean>,
): Promise<Tally> {
  const tally: Tally = { reached: 0, missed: [], failures: [] };
  const left = [...items];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) {
        if (tally.failures.length >= ENOUGH_FAILURES) return;
        try {
          if (await trial(lane, item)) tally.reached++;
          else tally.missed.push(nameOf(item));
        } catch (error) {
          const log = lane.program?.tail(25).replaceAll(/arn:aws:[^/ ]*:/g, '') ?? '';
          tally.failures.push(`${nameOf(item)}:\n${(error as Error).message}\n${log}`);
          await lane.clear();
        }
      }
    }),
  );
  return tally;
}
