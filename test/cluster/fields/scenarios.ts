import type { Json, JsonObject, KubeObject } from '../../../src/cluster/api/object.ts';
import {
  CONFIG_MAP,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  INGRESS,
  POD,
  SECRET,
  type ScenarioKind,
  SERVICE,
  SERVICE_ACCOUNT,
  type Step,
} from './oracle.ts';

/** Histories of one object each. */
export interface History {
  kind: ScenarioKind;
  steps: Step[];
}

const apply = (by: string, body: Step['body'], more: Partial<Step> = {}): Step => ({
  verb: 'apply',
  by,
  body,
  ...more,
});
const force = (by: string, body: Step['body']): Step => apply(by, body, { force: true });
const create = (by: string, body: Step['body']): Step => ({ verb: 'create', by, body });
const merge = (by: string, body: Step['body'], more: Partial<Step> = {}): Step => ({
  verb: 'merge',
  by,
  body,
  ...more,
});
const put = (by: string, body: Step['body'], more: Partial<Step> = {}): Step => ({ verb: 'put', by, body, ...more });

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The live object with a changed part. */
const changed = (part: (live: KubeObject) => Record<string, unknown>) => (live: KubeObject) =>
  ({ ...live, ...part(live) }) as never;

const container = (more: JsonObject = {}): JsonObject => ({ name: 'app', image: 'app:1', ...more });
const deployment = (spec: JsonObject = {}, containers: Json[] = [container()]): JsonObject => ({
  spec: {
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers } },
    ...spec,
  },
});

/** `A1` is A with the value 1. */
const envOf = (...items: string[]): Json => items.map((item) => ({ name: item.slice(0, 1), value: item.slice(1) }));

export const SCENARIOS: Record<string, History> = {
  'appliers of different keys, removal, nothing to do': {
    kind: CONFIG_MAP,
    steps: [
      apply('one', { data: { a: '1', b: '1' }, metadata: { labels: { x: 'y', constructor: 'c' } } }),
      apply('one', { data: { a: '1', b: '1' }, metadata: { labels: { x: 'y', constructor: 'c' } } }),
      apply('two', { data: { b: '1', c: '2' } }),
      apply('two', { data: { b: '1', c: '2' } }),
      apply('one', { data: { a: '1' } }),
      apply('two', {}),
      apply('one', { data: null }),
      apply('one', { data: {} }),
      apply('one', { metadata: { annotations: { k: 'v' } } }),
      apply('one', { data: { q: '' }, binaryData: { z: 'aGFsbG8=' }, immutable: false }),
    ],
  },
  'a new manager of values that are there already': {
    kind: CONFIG_MAP,
    steps: [
      apply('one', { data: { a: '1' } }),
      apply('two', { data: { a: '1' } }),
      apply('two', { data: { a: '1' } }),
      apply('two', {}),
      apply('one', {}),
    ],
  },
  'conflicts: one, several, of several managers, forced': {
    kind: CONFIG_MAP,
    steps: [
      create('creator', { data: { a: '1', b: '1', c: '1' }, metadata: { labels: { l: 'm' } } }),
      apply('one', { data: { a: '2' } }),
      apply('one', { data: { a: '2', b: '2' } }),
      apply('two', { data: { d: '1' } }),
      apply('one', { data: { a: '2', d: '2' } }),
      apply('one', { data: { a: '2', c: '2', d: '2' }, metadata: { labels: { l: 'n' } } }),
      force('one', { data: { a: '2', d: '2' } }),
      merge('updater', { data: { a: '3' } }),
      apply('one', { data: { a: '2', d: '2' } }),
      force('one', { data: { a: '2', d: '2' } }),
      force('one', {}),
      force('creator', { data: { b: '9' } }),
    ],
  },
  'updates between applies': {
    kind: CONFIG_MAP,
    steps: [
      apply('one', { data: { a: '1', b: '1' } }),
      merge('patcher', { data: { b: '2', c: '3' }, metadata: { finalizers: ['a.b/c'] } }),
      put(
        'putter',
        changed((live) => ({ data: { ...live['data'], d: '4', a: '9' } })),
      ),
      apply('one', { data: { b: '2' } }),
      merge('patcher', { data: null, metadata: { finalizers: null } }),
      merge('patcher', { metadata: { labels: { a: 'b' } } }),
      merge('patcher', { metadata: { labels: { a: 'b' } } }),
      put('putter', { data: { z: '1' } }),
    ],
  },
  'managedFields that clients send': {
    kind: CONFIG_MAP,
    steps: [
      create('creator', { data: { a: '1' } }),
      merge('patcher', {
        metadata: {
          managedFields: [
            {
              manager: 'x',
              operation: 'Update',
              apiVersion: 'v1',
              fieldsType: 'FieldsV1',
              fieldsV1: { 'f:data': { 'f:a': {}, '.': {} } },
            },
          ],
        },
      }),
      merge('patcher', {
        data: { b: '1' },
        metadata: {
          managedFields: [
            {
              manager: 'x',
              operation: 'Apply',
              apiVersion: 'v1',
              fieldsType: 'FieldsV1',
              fieldsV1: {
                'f:data': {
                  'f:a': { 'f:deep': {} },
                  'f:B': {},
                  'x:future': {},
                  'v:"x"': {},
                  'k:{"b":1,"a":"<"}': {},
                  'i:01': {},
                },
              },
            },
            {
              manager: 'old',
              operation: 'Update',
              apiVersion: 'bogus/v9',
              fieldsType: 'FieldsV1',
              fieldsV1: { 'f:data': { 'f:a': {} } },
            },
          ],
        },
      }),
      merge('patcher', {
        data: { c: '1' },
        metadata: {
          managedFields: [
            { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { data: {} } },
          ],
        },
      }),
      merge('patcher', { data: { c: '2' }, metadata: { managedFields: [{}] } }),
      merge('patcher', { data: { c: '3' } }),
      apply('one', { data: { a: '1', e: '1' } }),
      put(
        'putter',
        changed((live) => ({ metadata: { ...live.metadata, managedFields: [] }, data: { a: '2' } })),
      ),
      apply('one', { data: { a: '1' } }),
      force('one', { data: { a: '1' } }),
      apply('one', { metadata: { managedFields: [] } }),
    ],
  },
  'kubectl takes over from client-side apply': {
    kind: CONFIG_MAP,
    steps: [
      create('kubectl-client-side-apply', {
        data: { a: '1', b: '1', c: '1' },
        metadata: {
          annotations: {
            [LAST_APPLIED]:
              '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"annotations":{}},"data":{"a":"1","b":"1"}}',
          },
        },
      }),
      apply('other', { data: { a: '2' } }),
      apply('kubectl', { data: { a: '2', c: '2' } }),
      merge('editor', { data: { b: '3' } }),
      apply('kubectl', { data: { a: '2', b: '2' } }),
      apply('kubectl', { data: { a: '2' } }),
      apply('kubectl', { data: { a: '<&>' }, metadata: { annotations: { x: 'y' }, labels: { z: '1' } } }),
      apply('kubectl', { data: { a: '<&>' }, metadata: { annotations: { x: 'y' }, labels: { z: '1' } } }),
      apply('kubectl', { metadata: { annotations: { [LAST_APPLIED]: 'mine' } } }),
    ],
  },
  'more than ten updaters': {
    kind: CONFIG_MAP,
    steps: [
      ...Array.from({ length: 13 }, (_, index) => merge(`m${index}`, { data: { [`k${index}`]: 'v' } })).map(
        (step, index) => (index === 0 ? create('m0', { data: { k0: 'v' } }) : step),
      ),
      apply('applier', { data: { k3: 'v' } }),
    ],
  },
  'what can not be applied': {
    kind: DEPLOYMENT,
    steps: [
      apply('one', { spec: { replicas: 'x' } }),
      apply('one', { spec: { nothing: 1 } }),
      apply('one', { ...deployment({ replicas: 1.5 }) }),
      apply('one', { metadata: { labels: { a: 1, b: 'x' } } }),
      apply('one', { metadata: { annotations: 'x' } }),
      apply('one', { metadata: { labels: { a: [1, 'b', null, { z: true, y: 1e7 }] } } }),
      apply('one', { metadata: { finalizers: ['a', 'a'] } }),
      apply('one', { metadata: { finalizers: [['a']] } }),
      apply('one', { metadata: { finalizers: [{ a: 1 }] } }),
      apply('one', { metadata: { finalizers: { a: 1 } } }),
      apply('one', { metadata: { ownerReferences: [{ name: 'x' }, { name: 'y' }] } }),
      apply('one', { ...deployment({}, [container(), container()]) }),
      apply('one', { ...deployment({}, [container({ env: [{ value: 'x' }, { value: 'y' }] })]) }),
      apply('one', { ...deployment({}, [container({ ports: [{ protocol: 'UDP' }, { protocol: 'UDP' }] })]) }),
      apply('one', { ...deployment({}, [container({ resources: { limits: { cpu: 'abc' } } })]) }),
      apply('one', { ...deployment({}, [container({ livenessProbe: { httpGet: { port: { a: 1 } } } })]) }),
      apply('one', { ...deployment({ strategy: { rollingUpdate: { maxSurge: true } } }) }),
      apply('one', { ...deployment({ template: 'x' }) }),
      apply('one', { ...deployment({ template: { metadata: { creationTimestamp: 'yesterday' } } }) }),
      apply('one', { ...deployment({}, [null, 'x']) }),
    ],
  },
  'deployments: containers, env, ports, resources': {
    kind: DEPLOYMENT,
    steps: [
      apply(
        'one',
        deployment({ replicas: 2 }, [
          container({
            ports: [{ containerPort: 80 }],
            env: [
              { name: 'A', value: 'a' },
              { name: 'B', value: 'b' },
            ],
          }),
        ]),
      ),
      apply('two', { spec: { template: { spec: { containers: [{ name: 'side', image: 'side:1' }] } } } }),
      apply('two', {
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'app', env: [{ name: 'C', value: 'c' }] },
                { name: 'side', image: 'side:1' },
              ],
            },
          },
        },
      }),
      apply(
        'one',
        deployment({ replicas: 3 }, [
          container({
            ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }],
            env: [
              { name: 'B', value: 'b2' },
              { name: 'A', value: 'a' },
            ],
          }),
        ]),
      ),
      merge('scaler', { spec: { replicas: 7 } }),
      apply('one', deployment({ replicas: 3 }, [container()])),
      apply('one', deployment({}, [container({ resources: { limits: { cpu: '1000m', memory: '1Gi' } } })])),
      apply('one', deployment({}, [container({ resources: { limits: { cpu: '1' } } })])),
      apply('three', {
        spec: { template: { spec: { containers: [{ name: 'app', resources: { limits: { cpu: 2 } } }] } } },
      }),
      force('three', {
        spec: { template: { spec: { containers: [{ name: 'app', resources: { limits: { cpu: 2 } } }] } } },
      }),
      apply('two', { spec: { template: { spec: { containers: [{ name: 'app', env: [] }] } } } }),
      apply('one', deployment({ strategy: { type: 'Recreate', rollingUpdate: null } })),
      apply('one', deployment({ strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: '10%' } } })),
      force(
        'four',
        deployment({ strategy: {} }, [container({ image: 'app:2', volumeMounts: [{ name: 'v', mountPath: '/v' }] })]),
      ),
      apply('one', deployment({}, [])),
      merge(
        'status',
        { status: { replicas: 1, conditions: [{ type: 'Available', status: 'True' }] } },
        { subresource: 'status' },
      ),
      apply('status', { status: { conditions: [{ type: 'Progressing', status: 'True' }] } }, { subresource: 'status' }),
      apply(
        'status',
        {
          status: {
            conditions: [
              { type: 'Progressing', status: 'True' },
              { type: 'Available', status: 'False' },
            ],
          },
        },
        { subresource: 'status' },
      ),
      apply(
        'status',
        { metadata: { labels: { no: 'no' } }, spec: { replicas: 1 }, status: { observedGeneration: 1 } },
        { subresource: 'status', force: true },
      ),
      apply('status', { status: {} }, { subresource: 'status', force: true }),
    ],
  },
  'deployments: ephemeral and init containers, volumes, tolerations, affinity': {
    kind: DEPLOYMENT,
    steps: [
      create('creator', {
        ...deployment({}, [
          container({
            envFrom: [{ configMapRef: { name: 'x' } }],
            args: ['a'],
            securityContext: { capabilities: { add: ['NET_ADMIN'] } },
            lifecycle: { preStop: { exec: { command: ['x'] } } },
            readinessProbe: { httpGet: { port: 'http', path: '/' } },
            resources: { requests: { cpu: '100m' } },
          }),
        ]),
        metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u1' }] },
      }),
      merge('editor', {
        spec: {
          template: {
            spec: {
              tolerations: [{ key: 'a' }],
              nodeSelector: { a: 'b' },
              affinity: {
                nodeAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: {
                    nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
                  },
                },
              },
              volumes: [
                { name: 'v', emptyDir: {} },
                { name: 'w', secret: { secretName: 's' } },
              ],
              imagePullSecrets: [{ name: 'p' }],
              hostAliases: [{ ip: '1.2.3.4', hostnames: ['h'] }],
              topologySpreadConstraints: [
                {
                  maxSkew: 1,
                  topologyKey: 'zone',
                  whenUnsatisfiable: 'DoNotSchedule',
                  labelSelector: { matchLabels: { app: 'x' } },
                },
              ],
              initContainers: [
                {
                  name: 'init',
                  image: 'i',
                  env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
                },
              ],
              securityContext: { runAsUser: 0, sysctls: [{ name: 'a.b', value: '1' }] },
            },
          },
        },
      }),
      apply('one', {
        spec: {
          template: {
            spec: {
              volumes: [{ name: 'u', configMap: { name: 'c' } }],
              tolerations: [{ key: 'a' }],
              containers: [{ name: 'app', image: 'app:1' }],
            },
          },
        },
      }),
      apply('one', {
        spec: {
          template: {
            spec: {
              volumes: [
                { name: 'v', emptyDir: { medium: 'Memory' } },
                { name: 'u', configMap: { name: 'c' } },
              ],
            },
          },
        },
      }),
      force('one', {
        spec: {
          template: {
            spec: { volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }], nodeSelector: null, tolerations: [] },
          },
        },
      }),
      force('one', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'm', uid: 'u2' }] } }),
      merge('editor', {
        metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u1', controller: true }] },
      }),
      merge('editor', { spec: { template: { spec: { volumes: null, imagePullSecrets: null } } } }),
      apply('one', { spec: { template: { spec: { imagePullSecrets: [{}] } } } }),
    ],
  },
  'names with characters that JSON escapes': {
    kind: DEPLOYMENT,
    steps: [
      create(
        'creator<&>',
        deployment({}, [
          container({
            env: [
              { name: '<&>"\\', value: 'a' },
              { name: ' ~', value: 'b' },
            ],
          }),
        ]),
      ),
      apply('one', {
        spec: { template: { spec: { containers: [{ name: 'app', env: [{ name: '<&>"\\', value: 'c' }] }] } } },
      }),
      force('one', {
        spec: { template: { spec: { containers: [{ name: 'app', env: [{ name: '<&>"\\', value: 'c' }] }] } } },
      }),
      merge('x', { metadata: { annotations: { 'a.b/c': '\u2028\b' } } }),
    ],
  },
  'services: ports by port and protocol': {
    kind: SERVICE,
    steps: [
      create('creator', {
        metadata: { labels: { a: 'b' } },
        spec: { selector: { app: 'x' }, ports: [{ name: 'http', port: 80 }] },
      }),
      apply('one', { spec: { ports: [{ name: 'https', port: 443, targetPort: 'https' }] } }),
      apply('one', {
        spec: {
          ports: [
            { name: 'dns', port: 443, protocol: 'UDP' },
            { name: 'https', port: 443, protocol: 'TCP', targetPort: 'https' },
          ],
        },
      }),
      apply('one', {
        spec: {
          ports: [
            { name: 'dns', port: 443, protocol: 'UDP' },
            { port: 80, name: 'web' },
          ],
        },
      }),
      force('one', {
        spec: {
          ports: [
            { name: 'dns', port: 443, protocol: 'UDP' },
            { port: 80, name: 'web' },
          ],
        },
      }),
      apply('two', { spec: { selector: { app: 'y' } } }),
      force('two', { spec: { selector: { app: 'y', z: 'z' }, type: 'NodePort' } }),
      apply('two', { spec: { type: 'LoadBalancer', loadBalancerClass: 'x.y/z', selector: { app: 'y' } } }),
      merge('lb', { status: { loadBalancer: { ingress: [{ hostname: 'h' }] } } }, { subresource: 'status' }),
      apply('lb2', { status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } }, { subresource: 'status' }),
      apply(
        'lb2',
        {
          status: {
            loadBalancer: { ingress: [{ ip: '1.2.3.4' }] },
            conditions: [
              { type: 'Ready', status: 'True', reason: 'R', message: 'm', lastTransitionTime: '2024-01-01T00:00:00Z' },
            ],
          },
        },
        { subresource: 'status', force: true },
      ),
      apply(
        'lb2',
        {
          status: {
            loadBalancer: { ingress: [{ ip: '1.2.3.4' }] },
            conditions: [
              {
                type: 'Ready',
                status: 'True',
                reason: 'R',
                message: 'm',
                lastTransitionTime: '2024-01-01T01:00:00+01:00',
              },
            ],
          },
        },
        { subresource: 'status', force: true },
      ),
      apply('one', { status: { loadBalancer: {} }, spec: { ports: [{ port: 80, name: 'web' }] } }),
      merge('x', {
        spec: {
          ports: [
            { port: 80, name: 'a' },
            { port: 80, name: 'b', targetPort: 81 },
          ],
        },
      }),
      apply('two', { metadata: { finalizers: ['a.b/c'] } }),
      apply('three', { metadata: { finalizers: ['a.b/d', 'a.b/c'] } }),
      apply('two', {}),
      apply('three', { metadata: { finalizers: [] } }),
      apply('new', { spec: { ports: [{ port: 8080 }] }, metadata: { annotations: { x: 'y' } } }),
      put(
        'putter',
        changed((live) => ({ spec: { ...live['spec'], ports: live['spec'].ports.slice(0, 1) } })),
      ),
    ],
  },
  'a service created by apply': {
    kind: SERVICE,
    steps: [
      apply('one', { spec: { ports: [{ port: 80 }], selector: {} } }),
      apply('one', { spec: { ports: [{ port: 80 }], selector: null } }),
      apply('one', { spec: { ports: [{ port: 81, targetPort: 80 }], externalIPs: ['1.2.3.4'] } }),
      apply('two', { spec: { externalIPs: ['1.2.3.4', '1.2.3.5'] } }),
      apply('one', {
        spec: {
          ports: [{ port: 81 }],
          sessionAffinity: 'ClientIP',
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
        },
      }),
      apply('one', { spec: { ports: [{ port: 81 }] } }),
    ],
  },
  'owners of parts of what is owned whole': {
    kind: SERVICE,
    steps: [
      create('creator', { spec: { selector: { app: 'x' }, externalIPs: ['1.2.3.4'], ports: [{ port: 80 }] } }),
      merge('patcher', {
        metadata: {
          managedFields: [
            {
              manager: 'parts',
              operation: 'Apply',
              apiVersion: 'v1',
              fieldsType: 'FieldsV1',
              fieldsV1: {
                'f:spec': {
                  'f:selector': { '.': {}, 'f:app': {}, 'f:other': {} },
                  'f:externalIPs': { 'v:"1.2.3.4"': {} },
                  'f:ports': { 'k:{"protocol":"TCP", "port":80.0}': { 'f:port': {}, 'f:nothing': { 'f:deep': {} } } },
                },
                'f:status': { 'f:loadBalancer': { 'f:ingress': { 'i:0': {} } } },
                'f:nothing': { 'f:at': { 'f:all': {} } },
              },
            },
          ],
        },
      }),
      merge('patcher', { metadata: { labels: { a: 'b' } } }),
      apply('other', { spec: { selector: { app: 'y' } } }),
      apply('other', { spec: { externalIPs: ['1.2.3.9'] } }),
      apply('parts', { spec: { externalIPs: ['1.2.3.4'] } }),
      merge('patcher', { spec: { externalIPs: null } }),
    ],
  },
  'items that a list has twice': {
    kind: DEPLOYMENT,
    steps: [
      create('creator', deployment({}, [container({ env: envOf('A1', 'A2', 'B1') })])),
      merge('one', deployment({}, [container({ env: envOf('A1', 'A2', 'B2') })])),
      merge('two', deployment({}, [container({ env: envOf('A1', 'A3', 'B2', 'B2') })])),
      merge('three', deployment({}, [container({ env: envOf('A3', 'B2', 'B2', 'C1') })])),
      merge('four', deployment({}, [container({ env: envOf('A3', 'A3', 'B2') })])),
      apply('applier', deployment({}, [container({ env: envOf('A3', 'B2') })])),
      force('applier', deployment({}, [container({ env: envOf('B2', 'A4') })])),
      merge('five', deployment({}, [container({ env: envOf('A4', 'B2', 'C1', 'C1', 'D1') })])),
      apply('other', { spec: { template: { spec: { containers: [{ name: 'app', env: envOf('D1', 'A4') }] } } } }),
      force('applier', deployment({}, [container({ env: envOf('C2') })])),
      merge('six', deployment({}, [container({ env: envOf('C2', 'C2', 'C2') })])),
      force(
        'applier',
        deployment({}, [container({ env: [{ name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] })]),
      ),
      apply('other', {}),
      force('applier', deployment({}, [container()])),
    ],
  },
  'secrets: stringData': {
    kind: SECRET,
    steps: [
      apply('one', { stringData: { a: 'x' }, data: { b: 'aGFsbG8=' }, type: 'Opaque' }),
      apply('one', { stringData: { a: 'x' }, data: { b: 'aGFsbG8=' }, type: 'Opaque' }),
      apply('two', { data: { a: 'eA==' } }),
      apply('one', { data: { b: 'aGFsbG8=' } }),
      apply('one', { data: { b: '***' } }),
    ],
  },
  'endpoint slices': {
    kind: ENDPOINT_SLICE,
    steps: [
      apply('one', {
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'p' } }],
        ports: [{ name: 'http', port: 80 }],
        metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
      }),
      merge('two', { endpoints: [{ addresses: ['10.0.0.2'] }] }),
      apply('one', { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [] }),
      force('one', { addressType: 'IPv4', endpoints: [], ports: [] }),
      apply('one', { addressType: 'IPv4' }),
    ],
  },
  ingresses: {
    kind: INGRESS,
    steps: [
      create('one', {
        spec: {
          rules: [
            {
              host: 'h',
              http: {
                paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }],
              },
            },
          ],
          tls: [{ hosts: ['h'] }],
        },
      }),
      apply('two', {
        spec: { ingressClassName: 'c', defaultBackend: { service: { name: 's', port: { name: 'x' } } } },
      }),
      merge('lb', { status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } }, { subresource: 'status' }),
      apply(
        'lb',
        { status: { loadBalancer: { ingress: [{ ip: '1.2.3.5' }] } } },
        { subresource: 'status', force: true },
      ),
      apply('two', { spec: { ingressClassName: 'c' } }),
    ],
  },
  'pods: status conditions': {
    kind: POD,
    steps: [
      apply('one', {
        spec: {
          containers: [container({ ports: [{ containerPort: 80, name: 'a' }] })],
          schedulingGates: [{ name: 'a.b/gate' }],
        },
      }),
      merge(
        'kubelet',
        {
          status: {
            phase: 'Running',
            podIPs: [{ ip: '10.0.0.1' }],
            podIP: '10.0.0.1',
            conditions: [{ type: 'Ready', status: 'True' }],
          },
        },
        { subresource: 'status' },
      ),
      apply(
        'gate',
        { status: { conditions: [{ type: 'a.b/gate', status: 'True', lastProbeTime: null }] } },
        { subresource: 'status' },
      ),
      apply('gate', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }, { subresource: 'status' }),
      merge('ungater', { spec: { schedulingGates: [] } }),
      apply('one', {
        metadata: { labels: { a: 'b' } },
        spec: { containers: [container({ image: 'app:2', ports: [{ containerPort: 80, name: 'a' }] })] },
      }),
      merge(
        'ephemeral',
        { spec: { ephemeralContainers: [{ name: 'debug', image: 'd', env: [{ name: 'A', value: 'b' }], ports: [] }] } },
        { subresource: 'ephemeralcontainers' },
      ),
    ],
  },
  'service accounts: references by name': {
    kind: SERVICE_ACCOUNT,
    steps: [
      apply('one', { secrets: [{ name: 'a' }, { name: 'b', namespace: 'x' }], imagePullSecrets: [{ name: 'p' }, {}] }),
      apply('two', { secrets: [{ name: 'c' }, { name: 'a' }], imagePullSecrets: [{ name: 'p' }] }),
      apply('one', { secrets: [{ name: 'b', namespace: 'x' }], automountServiceAccountToken: false }),
      apply('one', { secrets: [{ kind: 'x' }] }),
      merge('dup', { imagePullSecrets: [{ name: 'q' }, { name: 'q' }] }),
      apply('two', { secrets: [{ name: 'c' }], imagePullSecrets: [{ name: 'q' }] }),
      apply('two', { secrets: [{ name: 'c' }] }),
      merge('dup', { imagePullSecrets: [{ name: 'q' }, { name: 'r' }] }),
      merge('dup', { secrets: [{ kind: 'none' }, { name: 'c' }] }),
      merge('dup', { imagePullSecrets: [{ name: 'r' }] }),
    ],
  },
};
