import type { ClusterName, Json } from './case.ts';
import { type Difference, compareValues } from './compare.ts';

/**
 * Where the embedded API server may answer another thing than kube-apiserver does. A difference that is not here fails, and
 * so does one that is here and no longer occurs.
 */
export interface Allowed {
  cluster: ClusterName;
  case: string;
  step: number;
  path: string;
  /** What kube-apiserver answers there; `undefined` for nothing. */
  first: Json;
  second: Json;
  /** Documentation or upstream issue that tells who is right, or why neither is. */
  source: string;
}

/** YAML that is none: a processor must reject it, and its words are its own. */
const YAML_ERRORS = 'https://yaml.org/spec/1.2.2/#33-loading-failure-points';

/** `updateClusterIPs` takes an address of a family that has no allocator: a nil pointer, and the connection ends. */
const PANIC = 'https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/service/storage/alloc.go';

const IMMUTABLE = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
  reason: 'Invalid',
  details: {
    name: 'web',
    kind: 'Service',
    causes: [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: ["None"]: may not change once set',
        field: 'spec.clusterIPs[0]',
      },
    ],
  },
  code: 422,
};

const panics = (step: number): Allowed[] => {
  const at = {
    cluster: 'single',
    case: 'on a cluster of one family, two are required while an address is given up for none',
    step,
    source: PANIC,
  } as const;
  return [
    { ...at, path: 'status', first: 0, second: 422 },
    { ...at, path: 'contentType', first: '', second: 'application/json' },
    { ...at, path: 'body', first: 'the connection ended', second: IMMUTABLE },
  ];
};

const words = (name: string, step: number, before: string, first: string, second: string, after = ''): Allowed => ({
  cluster: 'single',
  case: name,
  step,
  path: 'body.message',
  first: before + first + after,
  second: before + second + after,
  source: YAML_ERRORS,
});

const NO_NODE = 'line 1: did not find expected node content';
const NO_END = 'Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 5';

export const DIFFERENCES: readonly Allowed[] = [
  ...panics(1),
  ...panics(2),
  words(
    'apply of half an object',
    0,
    'error decoding patch: error converting YAML to JSON: yaml: ',
    "line 1: did not find expected ',' or '}'",
    'Flow map must end with a } at line 1, column 19',
  ),
  words(
    'YAML that is not an object',
    1,
    'the object provided is unrecognized (must be of type Service): yaml: ',
    NO_NODE,
    NO_END,
    ' (613a205b)',
  ),
  words('YAML is applied', 1, 'error encoding patch: yaml: ', NO_NODE, NO_END),
];

/** Without the answers to requests that met the listed panic: a generated case may come upon it too. */
export function withoutPanics<T extends Difference & { cluster: ClusterName }>(found: readonly T[]): T[] {
  const at = (difference: Difference) => `${difference.case}\n${difference.step}`;
  const panicked = new Set(
    found
      .filter(
        ({ cluster, path, first, second }) =>
          cluster === 'single' && path === 'status' && first === 0 && second === 422,
      )
      .map(at),
  );
  return found.filter((difference) => !panicked.has(at(difference)));
}

/** The differences that are not listed, and the listed ones that did not occur. */
export function unexpected(
  found: readonly (Difference & { cluster: ClusterName })[],
  allowed: readonly Allowed[],
): { unlisted: Difference[]; gone: Allowed[] } {
  const same = (a: Difference & { cluster: ClusterName }, { source: _, ...b }: Allowed) =>
    compareValues(a, b).length === 0;
  return {
    unlisted: found.filter((difference) => !allowed.some((entry) => same(difference, entry))),
    gone: allowed.filter((entry) => !found.some((difference) => same(difference, entry))),
  };
}
