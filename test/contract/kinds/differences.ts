import type { KindDifference } from './compare-kinds.ts';

/** Where the embedded API server knowingly answers otherwise; the first of these that covers a difference explains it. */
export interface Allowed {
  what: string;
  covers(difference: KindDifference): boolean;
  /** Documentation or upstream source that tells who is right, or why neither is. */
  source: string;
}

const KUBERNETES = 'https://github.com/kubernetes/kubernetes/blob/v1.37.2';

const text = (value: unknown): string => JSON.stringify(value) ?? '';

/** Whether both sides are the same once each has gone through `change`. */
const alike = ({ first, second }: KindDifference, change: (value: string) => string): boolean =>
  change(text(first)) === change(text(second));

const isMessage = ({ path }: KindDifference): boolean => /^body\.(message|details\.causes\[\d+\]\.message)$/.test(path);

/** Go's nil and its empty lists and maps, in a value that a message quotes, and where a diff's lines are. */
const withoutEmpty = (value: string): string =>
  value.replaceAll(/\[\]|\{\}|null/g, 'nothing').replaceAll(/@@ [-+,0-9 ]+@@/g, '@@');

const EMBEDDED = /(?<=\.)[A-Z]\w*\.(?=[a-z])/g;
const USERS = /\\?"(User|DefaultUser)\\?": (\d+|null)/g;
const LENIENT: ReadonlySet<string> = new Set([
  '/Event',
  'coordination.k8s.io/Lease',
  'policy/PodDisruptionBudget',
  'apiextensions.k8s.io/CustomResourceDefinition',
]);
const STATUS_ONLY: ReadonlySet<string> = new Set(['networking.k8s.io/ServiceCIDR', 'storage.k8s.io/CSINode']);

export const DIFFERENCES: readonly Allowed[] = [
  {
    what: 'kube-apiserver panics, and the embedded server answers',
    covers: (one) => one.panic,
    source: `${KUBERNETES}/staging/src/k8s.io/apiserver/pkg/server/filters/wrap.go: it ends the connection`,
  },
  {
    what: 'a message quotes an empty list or map, of which the embedded server knows as of none',
    covers: (one) => isMessage(one) && alike(one, withoutEmpty),
    source: 'https://go.dev/ref/spec#The_zero_value: clients see no difference, save in messages',
  },
  {
    what: 'an autoscaler with an empty list of policies gets the default ones',
    covers: ({ kind, field }) => kind === 'autoscaling/HorizontalPodAutoscaler' && field.endsWith('.policies'),
    source: `${KUBERNETES}/pkg/apis/autoscaling/v2/defaults.go: none and empty differ, which the embedded server's form of objects does not`,
  },
  {
    what: 'nobody establishes what a CustomResourceDefinition defines, and so it stays as free as a new one',
    covers: ({ kind, verb }) => kind === 'apiextensions.k8s.io/CustomResourceDefinition' && verb !== 'create',
    source: `${KUBERNETES}/staging/src/k8s.io/apiextensions-apiserver/pkg/controller/establish/establishing_controller.go`,
  },
  {
    what: 'messages about types do not name the structs that Go embeds in others',
    covers: (one) => isMessage(one) && alike(one, (value) => value.replaceAll(EMBEDDED, '')),
    source:
      'https://pkg.go.dev/encoding/json#UnmarshalTypeError: since Go 1.24 its Field has them; not yet in the embedded server',
  },
  {
    what: 'base64 is read strictly, and where it is wrong is told otherwise',
    covers: ({ kind, field }) => (kind === '/Secret' || kind === '/ConfigMap') && /^(data|binaryData)\{\}$/.test(field),
    source:
      'https://pkg.go.dev/encoding/base64#Encoding.Strict: upstream is not strict; not yet in the embedded server',
  },
  {
    what: 'errors of events.k8s.io name their own group',
    covers: (one) =>
      one.kind === 'events.k8s.io/Event' &&
      (one.path === 'body.details.group' ||
        (isMessage(one) && alike(one, (value) => value.replace('Event.events.k8s.io ', 'Event ')))),
    source: `${KUBERNETES}/pkg/registry/core/event/strategy.go: both kinds are the core one there; not yet in the embedded server`,
  },
  {
    what: 'many warnings are not cut, and patches with owners twice are warned of earlier',
    covers: ({ path }) => path.startsWith('warnings'),
    source: `${KUBERNETES}/staging/src/k8s.io/apiserver/pkg/endpoints/filters/warning.go: 4 KiB; not yet in the embedded server`,
  },
  {
    what: "finalizers of events, leases, budgets and CustomResourceDefinitions are held to the rules of core's kinds",
    covers: ({ kind, field }) => LENIENT.has(kind) && field.startsWith('metadata.finalizers'),
    source: `${KUBERNETES}/pkg/apis/coordination/validation/validation.go: apimachinery's rules alone; not yet in the embedded server`,
  },
  {
    what: 'writes to the status of some kinds change their labels and annotations',
    covers: ({ kind, verb }) => verb === 'status' && STATUS_ONLY.has(kind),
    source: `${KUBERNETES}/pkg/registry/networking/servicecidr/strategy.go: metadata is reset; not yet in the embedded server`,
  },
  {
    what: 'an EndpointSlice whose old topology was all that a write would have changed is no new generation',
    covers: ({ field }) => field.includes('deprecatedTopology'),
    source: `${KUBERNETES}/pkg/registry/discovery/endpointslice/strategy.go: counted before it is dropped`,
  },
  {
    what: 'fields behind closed gates are dropped of each source of a volume that has several, which none may have',
    covers: (one) => isMessage(one) && alike(one, (value) => value.replaceAll(USERS, '')),
    source: `${KUBERNETES}/pkg/api/pod/util.go: dropDisabledAtomicWriteVolumeUserFields looks at the first source only`,
  },
];

export const unexplained = (differences: readonly KindDifference[]): KindDifference[] =>
  differences.filter((one) => !DIFFERENCES.some((allowed) => allowed.covers(one)));
