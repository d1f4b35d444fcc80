/** A pod's status from what its containers do: phase, conditions, container statuses (kubernetes `pkg/kubelet/kubelet_pods.go`, `status/generate.go`). Pure. */
import {
  type Container,
  type ContainerState,
  type ContainerStatus,
  isSidecar,
  type Pod,
  type PodCondition,
  type PodStatus,
  type Terminated,
} from './pod.ts';

/** What is known of one container of a pod. */
export interface ContainerFacts {
  state: ContainerState;
  last: Terminated | undefined;
  restarts: number;
  /** What its readiness probe says; true without a probe once it is started. */
  ready: boolean;
  /** Running, and its startup probe has passed. */
  started: boolean;
  containerID: string | undefined;
}

/** What is known of a pod on its node. */
export interface PodFacts {
  containers: ReadonlyMap<string, ContainerFacts>;
  podIPs: readonly string[];
  hostIPs: readonly string[];
  /** When the kubelet first saw it. */
  startTime: string;
  /** Whether it has its place in the network. */
  placed: boolean;
  /** The kubelet ended it for a reason of its own (deadline, node shutdown). */
  failure?: { reason: string; message: string };
  now: string;
}

const WAITING: ContainerFacts = {
  state: { waiting: { reason: 'ContainerCreating' } },
  last: undefined,
  restarts: 0,
  ready: false,
  started: false,
  containerID: undefined,
};

/** The whole status that the kubelet writes; conditions of others (PodScheduled, gates, DisruptionTarget) are kept. */
export function podStatus(pod: Pod, facts: PodFacts): PodStatus {
  const { spec, status: before = {} } = pod;
  const inits = spec.initContainers ?? [];
  const initialized = isInitialized(pod, facts);
  const factsOf = (name: string, init: boolean): ContainerFacts => {
    const found = facts.containers.get(name);
    if (found) return found;
    // What comes after the init containers waits for them.
    const reason = !init && inits.length > 0 && !initialized ? 'PodInitializing' : 'ContainerCreating';
    return { ...WAITING, state: { waiting: { reason } } };
  };
  const statuses = spec.containers.map((one) => containerStatus(one, factsOf(one.name, false), false));
  const initStatuses = inits.map((one) => containerStatus(one, factsOf(one.name, true), !isSidecar(one)));
  const phase = podPhase(pod, facts, initialized);
  const next: PodStatus = {
    ...before,
    phase,
    hostIP: facts.hostIPs[0] ?? '',
    hostIPs: facts.hostIPs.map((ip) => ({ ip })),
    startTime: facts.startTime,
    containerStatuses: statuses,
    conditions: podConditions(pod, facts, {
      phase,
      initialized,
      statuses,
      sidecars: initStatuses.filter((_, index) => isSidecar(inits[index] as never)),
    }),
  };
  if (initStatuses.length > 0) next.initContainerStatuses = initStatuses;
  if (spec.ephemeralContainers) {
    // Nobody waits for these, so they are never ready.
    next.ephemeralContainerStatuses = spec.ephemeralContainers.map((one) => ({
      ...containerStatus(one, facts.containers.get(one.name) ?? WAITING, false),
      ready: false,
    }));
  }
  const [first] = facts.podIPs;
  if (first !== undefined) {
    next.podIP = first;
    next.podIPs = facts.podIPs.map((ip) => ({ ip }));
  } else {
    delete next.podIP;
    delete next.podIPs;
  }
  if (facts.failure) {
    next.reason = facts.failure.reason;
    next.message = facts.failure.message;
  }
  if (pod.metadata.generation !== undefined) next.observedGeneration = pod.metadata.generation;
  return next;
}

function containerStatus(
  { name, image }: { name: string; image: string },
  facts: ContainerFacts,
  init: boolean,
): ContainerStatus {
  const done = facts.state.terminated;
  return {
    name,
    state: facts.state,
    lastState: facts.last ? { terminated: facts.last } : {},
    // An init container that has done its work is ready.
    ready: init ? done?.exitCode === 0 : facts.ready,
    started: facts.started,
    restartCount: facts.restarts,
    image,
    // No image was pulled: what ran is a program of this machine.
    imageID: '',
    ...(facts.containerID !== undefined && { containerID: facts.containerID }),
  };
}

/** Whether all init containers have done their work, and sidecars among them have started. */
export function isInitialized({ spec }: Pod, { containers }: Pick<PodFacts, 'containers'>): boolean {
  return (spec.initContainers ?? []).every((container) => {
    const facts = containers.get(container.name);
    if (!facts) return false;
    return isSidecar(container) ? wasStarted(facts) : facts.state.terminated?.exitCode === 0;
  });
}

/** A sidecar that has begun once holds nobody back any more. */
const wasStarted = ({ started, restarts, state }: ContainerFacts): boolean =>
  started || restarts > 0 || state.terminated !== undefined;

/** What a container is to its pod. */
export type Role = 'main' | 'init' | 'sidecar' | 'ephemeral';

/** Whether a container that ended with `code` is started again. */
export function restarts({ spec, metadata }: Pod, container: Container, code: number, role: Role): boolean {
  if (metadata.deletionTimestamp || role === 'ephemeral') return false;
  // An init container that has done its work is not needed again.
  if (role === 'init' && code === 0) return false;
  return policyRestarts(container, spec.restartPolicy, code);
}

/** As upstream's `ContainerShouldRestart` (`pkg/api/v1/pod/util.go`); to restart all containers is to restart this one. */
function policyRestarts(container: Container, ofPod: string | undefined, code: number): boolean {
  const matching = (container.restartPolicyRules ?? []).find(({ exitCodes }) => {
    const listed = exitCodes?.values?.includes(code) ?? false;
    return exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' && !listed;
  });
  if (matching) return true;
  const policy = container.restartPolicy ?? ofPod ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && code !== 0);
}

/** As upstream's `getPhase`. */
export function podPhase(pod: Pod, facts: PodFacts, initialized: boolean): NonNullable<PodStatus['phase']> {
  const { spec } = pod;
  if (facts.failure) return 'Failed';
  if (!initialized) {
    const failed = (spec.initContainers ?? []).some((container) => {
      const code = facts.containers.get(container.name)?.state.terminated?.exitCode ?? 0;
      return !isSidecar(container) && code !== 0 && !policyRestarts(container, spec.restartPolicy, code);
    });
    return failed ? 'Failed' : 'Pending';
  }
  const states = spec.containers.map((container) => ({ container, ...facts.containers.get(container.name) }));
  if (states.some(({ state, last }) => !state || (state.waiting && !last))) return 'Pending';
  if (states.some(({ state }) => state?.running)) return 'Running';
  // A sidecar that is still at it holds the pod's end back.
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  if (sidecars.some(({ name }) => facts.containers.get(name)?.state.running)) return 'Running';
  // What ended may be about to run again, unless the pod is going.
  const ends = states.map(({ container, state, last }) => ({ container, code: (state?.terminated ?? last)?.exitCode }));
  if (ends.some(({ container, code = 0 }) => restarts(pod, container, code, 'main'))) return 'Running';
  return ends.every(({ code }) => code === 0) ? 'Succeeded' : 'Failed';
}

interface Seen {
  phase: string;
  initialized: boolean;
  statuses: readonly ContainerStatus[];
  sidecars: readonly ContainerStatus[];
}

function podConditions(pod: Pod, facts: PodFacts, seen: Seen): PodCondition[] {
  const before = pod.status?.conditions ?? [];
  const own = [placed(facts), initializedCondition(pod, facts, seen), ready(pod, seen), containersReady(seen)];
  const written = own.map((one): PodCondition => {
    const old = before.find(({ type }) => type === one.type);
    const same = old?.status === one.status;
    return {
      ...one,
      lastProbeTime: null,
      lastTransitionTime: same ? (old.lastTransitionTime ?? facts.now) : facts.now,
      ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    };
  });
  const names = new Set(own.map(({ type }) => type));
  return [...written, ...before.filter(({ type }) => !names.has(type))];
}

type Said = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

const placed = ({ placed: has }: PodFacts): Said => ({
  type: 'PodReadyToStartContainers',
  status: has ? 'True' : 'False',
});

function initializedCondition({ spec }: Pod, facts: PodFacts, { phase, initialized }: Seen): Said {
  const type = 'Initialized';
  if (initialized) return { type, status: 'True', ...(phase === 'Succeeded' && { reason: 'PodCompleted' }) };
  const left = (spec.initContainers ?? [])
    .filter(({ name }) => facts.containers.get(name)?.state.terminated?.exitCode !== 0)
    .map(({ name }) => name);
  return {
    type,
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${left.join(' ')}]`,
  };
}

function containersReady({ phase, statuses, sidecars }: Seen): Said {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const unready = [...sidecars, ...statuses].filter((one) => !one.ready).map(({ name }) => name);
  if (unready.length === 0) return { type, status: 'True' };
  return {
    type,
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

function ready(pod: Pod, seen: Seen): Said {
  const type = 'Ready';
  const containers = containersReady(seen);
  if (containers.status !== 'True') return { ...containers, type };
  const gates = (pod.spec.readinessGates ?? []).map(({ conditionType }) => conditionType);
  const conditions = pod.status?.conditions ?? [];
  const closed = gates.filter((gate) => conditions.find((one) => one.type === gate)?.status !== 'True');
  if (closed.length === 0) return { type, status: 'True' };
  const said = closed.map((gate) => {
    const found = conditions.find((one) => one.type === gate);
    return found
      ? `the status of pod readiness gate "${gate}" is not "True", but ${found.status}`
      : `corresponding condition of pod readiness gate "${gate}" does not exist.`;
  });
  return { type, status: 'False', reason: 'ReadinessGatesNotReady', message: said.join(', ') };
}

/** What is said of a container that ended, by its exit code. */
export function terminatedState(
  exit: { code: number; signal?: number; reason?: string; message?: string },
  times: { startedAt: string | null; finishedAt: string; containerID: string },
): Terminated {
  return {
    exitCode: exit.code,
    ...(exit.signal !== undefined && { signal: exit.signal }),
    reason: exit.reason ?? (exit.code === 0 ? 'Completed' : 'Error'),
    ...(exit.message && { message: exit.message }),
    ...times,
  };
}
