import { compareValues } from '../services/compare.ts';
import type { Json } from '../services/case.ts';
import type { Difference } from './play.ts';

/**
 * Where Sluice writes other slices or Endpoints than kube-controller-manager does. A difference that is not here fails, and so
 * does one that is here and no longer occurs.
 */
export interface Allowed {
  history: string;
  step: number;
  path: string;
  /** What kube-controller-manager writes there; `undefined` for nothing. */
  first: Json;
  second: Json;
  /** Specification or upstream issue that tells who is right. */
  source: string;
}

/**
 * Upstream's tracker waits for each slice that it wrote to be seen again with the Service's labels and not on its way out. One
 * that was given away, or that a finalizer holds, never is: every sync of the Service ends with "informer cache is out of
 * date", and the Service stays without slices until the controller restarts.
 */
const TRACKER = 'https://github.com/kubernetes/kubernetes/issues/108779';
/** Which asks for slices to be made again when theirs are changed. */
const REACTS = 'https://github.com/kubernetes/kubernetes/issues/85353';

/** The slice that upstream doesn't make again. */
const MADE_AGAIN: Json = {
  name: '',
  labels: {
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    'kubernetes.io/service-name': 'web',
  },
  annotations: {},
  ownerReferences: [
    { apiVersion: 'v1', kind: 'Service', name: 'web', uid: 'Service web', controller: true, blockOwnerDeletion: true },
  ],
  addressType: 'IPv4',
  ports: [{ name: '', protocol: 'TCP', port: 80 }],
  counts: [2],
  triggers: { none: 1 },
  endpoints: [
    { name: 'one', ip: '10.1.0.1', nodeName: 'a1', zone: 'a' },
    { name: 'two', ip: '10.1.0.2', nodeName: 'b1', zone: 'b' },
  ].map(({ name, ip, nodeName, zone }) => ({
    addresses: [ip],
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: { kind: 'Pod', name, uid: `Pod ${name}` },
    nodeName,
    zone,
  })),
};

const WEB = 'web.slices.IPv4 80/TCP of endpointslice-controller';

export const DIFFERENCES: readonly Allowed[] = [
  {
    history: 'a slice is given to somebody else',
    step: 2,
    path: WEB,
    first: undefined,
    second: MADE_AGAIN,
    source: REACTS,
  },
  {
    history: 'a slice is given to another Service',
    step: 3,
    path: WEB,
    first: undefined,
    second: MADE_AGAIN,
    source: REACTS,
  },
  {
    history: 'a slice that is being deleted is none',
    step: 3,
    path: `${WEB} #2`,
    first: undefined,
    second: MADE_AGAIN,
    source: TRACKER,
  },
  {
    // `RepackSubsets` holds ports as keys of a map, and an application protocol there is a pointer: two that read alike are two.
    history: 'an address that is ready and not ready on a port with an application protocol',
    step: 1,
    path: 'web.slices.IPv4 a:80/TCP of endpointslicemirroring-controller.endpoints[0].conditions.ready',
    first: true,
    second: false,
    source: 'https://github.com/kubernetes/kubernetes/pull/114155',
  },
];

/** The differences that are not listed, and the listed ones that did not occur. */
export function unexpected(
  found: readonly Difference[],
  allowed: readonly Allowed[],
): { unlisted: Difference[]; gone: Allowed[] } {
  const same = (a: Difference, { source: _, ...b }: Allowed) => compareValues(a, b).length === 0;
  return {
    unlisted: found.filter((difference) => !allowed.some((entry) => same(difference, entry))),
    gone: allowed.filter((entry) => !found.some((difference) => same(difference, entry))),
  };
}

/** Differences to read: each history once, with what was done up to there. */
export function reported(
  differences: readonly Difference[],
  histories: readonly { name: string; steps: readonly unknown[] }[],
): string {
  const byHistory = Map.groupBy(differences, ({ history }) => history);
  const parts = [...byHistory].slice(0, 20).map(([name, found]) => {
    const steps = histories.find((history) => history.name === name)?.steps.slice(0, (found[0]?.step ?? 0) + 1) ?? [];
    const done = steps.map((step, i) => `  ${i}. ${JSON.stringify(step).slice(0, 500)}`);
    const lines = found.slice(0, 12).map(({ step, path, first, second }) => {
      return `  step ${step}, ${path}:\n    ${JSON.stringify(first)}\n    ${JSON.stringify(second)}`;
    });
    return [name, ...done, ...lines].join('\n');
  });
  return `${differences.length} differences in ${byHistory.size} histories\n${parts.join('\n')}`;
}
