/**
 * When what a write answers happened: the earliest change since the sync before of when a pod became ready or ceased to be; for a
 * Service that is new here, its creation. Pure but for its memory. Rules: `trigger_time_tracker.go` of k8s.io/endpointslice (0.37).
 */
import type { Service } from '../kube/objects.ts';
import type { EndpointPod } from './pod.ts';

interface Seen {
  service: string;
  /** By the pod's name. */
  pods: Map<string, string>;
}

export class TriggerTimes {
  readonly #seen = new Map<string, Seen>();

  /** Called in every sync, also in one that writes nothing. Times are RFC 3339 in UTC and so compare as text. */
  next(key: string, { metadata }: Service, pods: Iterable<EndpointPod>): string | undefined {
    const last = this.#seen.get(key);
    const seen: Seen = { service: metadata.creationTimestamp ?? '', pods: new Map() };
    this.#seen.set(key, seen);
    let earliest: string | undefined;
    const consider = (time: string, before = '') => {
      if (time > before && (earliest === undefined || time < earliest)) earliest = time;
    };
    for (const { metadata: pod, readyChanged } of pods) {
      if (readyChanged === undefined) continue;
      seen.pods.set(pod.name, readyChanged);
      consider(readyChanged, last?.pods.get(pod.name));
    }
    if (!last) return metadata.creationTimestamp;
    consider(seen.service, last.service);
    return earliest;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }
}
