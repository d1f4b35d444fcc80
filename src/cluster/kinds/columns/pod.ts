/** What `kubectl get pods` shows (kubernetes `pkg/printers/internalversion/printers.go`, printPod). */
import type { KubeObject } from '../../api/object.ts';
import type { RowCondition } from '../columns.ts';
import { AGE, describe, NAME, text, wide } from './column.ts';
import { since, timeOf, ZERO_TIME } from './format.ts';

interface Terminated {
  exitCode?: number;
  signal?: number;
  reason?: string;
  finishedAt?: string;
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string }; running?: object; terminated?: Terminated };
  lastState?: { terminated?: Terminated };
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
}

interface Pod {
  spec: {
    nodeName?: string;
    containers?: { name: string }[];
    initContainers?: { name: string; restartPolicy?: string }[];
    readinessGates?: { conditionType: string }[];
  };
  status: {
    phase?: string;
    reason?: string;
    podIP?: string;
    podIPs?: { ip?: string }[];
    nominatedNodeName?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

/** The columns that say how a pod is. */
export interface PodSummary {
  /** `1/2` */
  ready: string;
  /** `Running`, `CrashLoopBackOff`, `Init:0/1` … */
  status: string;
  /** `3`, or `3 (5m ago)`. */
  restarts: string;
}

const podOf = (object: KubeObject): Pod => ({ spec: object['spec'] ?? {}, status: object['status'] ?? {} });

const hasCondition = (pod: Pod, type: string): boolean =>
  (pod.status.conditions ?? []).some((one) => one.type === type && one.status === 'True');

const exitReason = ({ reason, signal, exitCode }: Terminated): string =>
  reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`);

/** Restarts, and when the last one was. */
class Restarts {
  #count = 0;
  #last = ZERO_TIME;

  add(status: ContainerStatus): void {
    this.#count += status.restartCount ?? 0;
    this.#last = Math.max(this.#last, timeOf(status.lastState?.terminated?.finishedAt));
  }

  text(now: number): string {
    if (this.#count === 0 || this.#last === ZERO_TIME) return String(this.#count);
    return `${this.#count} (${since(new Date(this.#last).toISOString(), now)} ago)`;
  }
}

/** Sums up a pod; `now` is in milliseconds since 1970. */
export function podSummary(object: KubeObject, now: number): PodSummary {
  const pod = podOf(object);
  const { phase = '', initContainerStatuses = [] } = pod.status;
  const inits = pod.spec.initContainers ?? [];
  const sidecars = new Set(inits.filter((one) => one.restartPolicy === 'Always').map((one) => one.name));
  let status = pod.status.reason || phase;
  for (const condition of pod.status.conditions ?? []) {
    if (condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated') status = 'SchedulingGated';
  }
  const initRestarts = new Restarts();
  const restarts = new Restarts();
  let ready = 0;
  let initializing = false;
  for (const [index, container] of initContainerStatuses.entries()) {
    const sidecar = sidecars.has(container.name);
    initRestarts.add(container);
    if (sidecar) restarts.add(container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated && (terminated.exitCode ?? 0) === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) ready++;
      continue;
    }
    initializing = true;
    if (terminated) status = `Init:${exitReason(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') status = `Init:${waiting.reason}`;
    else status = `Init:${index}/${inits.length}`;
    // What comes after the first that is not done has not begun.
    break;
  }
  const running = !initializing || initialized(pod);
  if (running) {
    const main = containersState(pod, status, restarts);
    status = main.status;
    ready += main.ready;
  }
  if (object.metadata.deletionTimestamp) {
    if (pod.status.reason === 'NodeLost') status = 'Unknown';
    else if (phase !== 'Failed' && phase !== 'Succeeded') status = 'Terminating';
  }
  const all = (pod.spec.containers ?? []).length + inits.filter((one) => one.restartPolicy === 'Always').length;
  return { ready: `${ready}/${all}`, status, restarts: (running ? restarts : initRestarts).text(now) };
}

/** The first condition of that type decides. */
const initialized = (pod: Pod): boolean =>
  pod.status.conditions?.find((one) => one.type === 'Initialized')?.status === 'True';

/** Looks at the containers from the last to the first, so that the first one's reason stays. */
function containersState(pod: Pod, before: string, restarts: Restarts): { status: string; ready: number } {
  let status = before;
  let ready = 0;
  let errorReason = '';
  for (const container of (pod.status.containerStatuses ?? []).toReversed()) {
    restarts.add(container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason) status = waiting.reason;
    else if (terminated) {
      status = exitReason(terminated);
      if (terminated.exitCode) errorReason = status;
    } else if (container.ready && running) ready++;
  }
  if (status === 'Completed') {
    // One container is done while another still runs.
    if (ready > 0 && hasCondition(pod, 'Ready')) status = 'Running';
    else if (errorReason) status = errorReason;
    else if (ready > 0) status = 'NotReady';
  }
  return { status, ready };
}

function readinessGates(object: KubeObject): string {
  const { spec, status } = podOf(object);
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(
    ({ conditionType }) => status.conditions?.find((one) => one.type === conditionType)?.status === 'True',
  );
  return `${open.length}/${gates.length}`;
}

export const POD_COLUMNS = describe('/Pod', [
  NAME,
  text('Ready', (object, now) => podSummary(object, now).ready),
  text('Status', (object, now) => podSummary(object, now).status),
  text('Restarts', (object, now) => podSummary(object, now).restarts),
  AGE,
  wide(text('IP', (object) => podOf(object).status.podIP || podOf(object).status.podIPs?.[0]?.ip || '<none>')),
  wide(text('Node', (object) => podOf(object).spec.nodeName || '<none>')),
  wide(text('Nominated Node', (object) => podOf(object).status.nominatedNodeName || '<none>')),
  wide(text('Readiness Gates', readinessGates)),
]);

/** Pods that are done are marked, so that clients may leave them out. */
export function podConditions(object: KubeObject): RowCondition[] {
  const { phase } = podOf(object).status;
  const completed = (reason: string, message: string) => [{ type: 'Completed', status: 'True', reason, message }];
  if (phase === 'Succeeded') return completed(phase, 'The pod has completed successfully.');
  if (phase === 'Failed') return completed(phase, 'The pod failed.');
  return [];
}
