import fc from 'fast-check';
import type { Json, JsonObject } from '../../../src/cluster/api/object.ts';
import { CONFIG_MAP, DEPLOYMENT, type ScenarioKind, SERVICE, type Step } from './oracle.ts';

/** Random histories: few names and values, so that managers meet. */

const VALUE = fc.constantFrom('1', '2');
const BY = fc.constantFrom('one', 'two', 'three', 'kubectl');

const some = (shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<JsonObject> =>
  fc.record(shape, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;

const mapOf = (...keys: string[]) => some(Object.fromEntries(keys.map((key) => [key, VALUE])));

const METADATA = some({
  labels: fc.oneof(mapOf('a', 'b'), fc.constant(null)),
  annotations: mapOf('x', 'kubectl.kubernetes.io/last-applied-configuration'),
  finalizers: fc.uniqueArray(fc.constantFrom('a.b/c', 'a.b/d', 'a.b/e')),
});

const CONFIG = some({ metadata: METADATA, data: mapOf('a', 'b', 'c') });

const PORT = fc
  .record({
    port: fc.constantFrom(80, 81),
    protocol: fc.constantFrom('TCP', 'UDP', undefined),
    targetPort: fc.constantFrom(1, 2, 'x', undefined),
  })
  .map(({ port, protocol, targetPort }) => ({
    port,
    name: `${(protocol ?? 'TCP').toLowerCase()}-${port}`,
    ...(protocol && { protocol }),
    ...(targetPort !== undefined && { targetPort }),
  }));

const PORTS = fc.uniqueArray(PORT, { selector: ({ name }) => name, minLength: 1, maxLength: 4 });

const SERVICE_BODY = some({ metadata: METADATA }).chain((rest) =>
  some({ ports: PORTS, selector: mapOf('a', 'b'), sessionAffinity: fc.constantFrom('None', 'ClientIP') }).map(
    (spec) => ({
      ...rest,
      spec: { ports: [{ port: 99, name: 'always' }], ...spec } as Json,
    }),
  ),
);

const ENV = fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F'), value: VALUE }), {
  selector: ({ name }) => name,
});

const CONTAINER = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c'),
    image: VALUE,
    more: some({
      env: ENV,
      args: fc.array(VALUE, { maxLength: 2 }),
      resources: some({ limits: mapOf('cpu', 'memory') }),
    }),
  })
  .map(({ name, image, more }) => ({ name, image, ...more }));

const CONTAINERS = fc.uniqueArray(CONTAINER, { selector: ({ name }) => name, minLength: 1, maxLength: 3 });

const DEPLOYMENT_BODY = fc
  .record({
    containers: CONTAINERS,
    more: some({ replicas: fc.constantFrom(1, 2), paused: fc.boolean() }),
    metadata: METADATA,
  })
  .map(({ containers, more, metadata }) => ({
    metadata,
    spec: {
      selector: { matchLabels: { app: 'x' } },
      template: { metadata: { labels: { app: 'x' } }, spec: { containers } },
      ...more,
    },
  })) as fc.Arbitrary<JsonObject>;

const stepOf = (body: fc.Arbitrary<JsonObject>): fc.Arbitrary<Step> =>
  fc
    .record({ verb: fc.constantFrom('apply', 'apply', 'apply', 'merge', 'put'), by: BY, force: fc.boolean(), body })
    .map((step) => ({ ...step, verb: step.verb as Step['verb'], force: step.verb === 'apply' && step.force }));

/** A creation and what follows. */
export interface RandomHistory {
  kind: ScenarioKind;
  steps: Step[];
}

const history = (kind: ScenarioKind, body: fc.Arbitrary<JsonObject>): fc.Arbitrary<RandomHistory> =>
  fc
    .record({
      first: fc.record({ verb: fc.constantFrom<Step['verb']>('apply', 'create'), by: BY, body }),
      rest: fc.array(stepOf(body), { minLength: 3, maxLength: 9 }),
    })
    .map(({ first, rest }) => ({ kind, steps: [first, ...rest] }));

export const HISTORY: fc.Arbitrary<RandomHistory> = fc.oneof(
  history(CONFIG_MAP, CONFIG),
  history(SERVICE, SERVICE_BODY),
  history(DEPLOYMENT, DEPLOYMENT_BODY),
);
