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

const USERS = /\\?"(User|DefaultUser)\\?": (\d+|null)/g;

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
    what: 'nobody establishes what a CustomResourceDefinition defines, and so it stays as free as a new one',
    covers: ({ kind, verb }) => kind === 'apiextensions.k8s.io/CustomResourceDefinition' && verb !== 'create',
    source: `${KUBERNETES}/staging/src/k8s.io/apiextensions-apiserver/pkg/controller/establish/establishing_controller.go`,
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
