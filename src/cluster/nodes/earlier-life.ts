/** What a pod's status tells of containers that ran before this process began. Pure. */
import type { Pod } from './pod.ts';
import type { ContainerFacts } from './pod-status.ts';

/**
 * What the containers did: those that ran have been ended by its end, and are told of as container runtimes do after a
 * restart of their machine. Init containers begin anew, as where a pod's sandbox was lost; but where the policy is not Always the
 * API server lets none run again that has done its work. `now` is RFC 3339.
 */
export function earlierLife(pod: Pod, now: string): Map<string, ContainerFacts> {
  const facts = new Map<string, ContainerFacts>();
  const always = (pod.spec.restartPolicy ?? 'Always') === 'Always';
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  for (const status of [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses]) {
    const { containerID, restartCount } = status;
    const { running } = status.state;
    if (!containerID) continue;
    const lost = running && {
      exitCode: 255,
      reason: 'Unknown',
      startedAt: running.startedAt,
      finishedAt: now,
      containerID,
    };
    const ended = lost ?? status.state.terminated;
    const before = status.lastState.terminated;
    const again = !ended || (always && initContainerStatuses.includes(status));
    facts.set(status.name, {
      state: again ? { waiting: { reason: 'ContainerCreating' } } : { terminated: ended },
      last: again ? (ended ?? before) : before,
      restarts: restartCount,
      ready: false,
      started: false,
      containerID,
    });
  }
  return facts;
}
