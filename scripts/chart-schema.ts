/** JSON schema of the chart's values: the structure is here, the flags come from their table. Pure. */

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What comes from the table of flags. */
export interface FlagSchemas {
  /** Values of `controller` by name. */
  flags: Readonly<Record<string, JsonSchema>>;
  clusterName: JsonSchema;
  /** Of `sluice release`. */
  timeout: JsonSchema;
}

/** Misspelt keys are refused: only the objects that Kubernetes itself defines are left to the API server. */
function section(properties: Readonly<Record<string, JsonSchema>>, rest: JsonSchema = {}): JsonSchema {
  return { type: 'object', additionalProperties: false, ...rest, properties };
}

const boolean = { type: 'boolean' };
const text = { type: 'string' };
const strings = { type: 'object', additionalProperties: text };
const integer = (minimum: number, maximum?: number) => ({
  type: 'integer',
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
});
const count = { type: ['integer', 'string'], pattern: '^[0-9]+%?$', minimum: 0 };
/** As in the Kubernetes API. */
const kubernetesObject = { type: 'object' };
const kubernetesList = { type: 'array', items: kubernetesObject };
const env = {
  type: 'array',
  items: { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 1 } } },
};
const prometheusDuration = { type: 'string', pattern: '^([0-9]+(ms|[smhdwy]))+$' };

/** The whole schema, draft 7. */
export function chartSchema({ flags, clusterName, timeout }: FlagSchemas): JsonSchema {
  return section(
    {
      clusterName,
      nameOverride: text,
      fullnameOverride: text,
      commonLabels: strings,
      image: section({
        repository: { type: 'string', minLength: 1 },
        tag: text,
        digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
        pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
      }),
      imagePullSecrets: kubernetesList,
      serviceAccount: section({ create: boolean, name: text, annotations: strings }),
      rbac: section({ create: boolean }),
      defaultLoadBalancerClass: section({ enabled: boolean, class: text }),
      release: section({
        enabled: boolean,
        deleteLoadBalancers: boolean,
        timeout,
        activeDeadlineSeconds: integer(1),
        resources: kubernetesObject,
      }),
      controller: section({ ...flags, ...controller }),
      global: kubernetesObject,
    },
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $comment: 'Made from the code by `npm run generate`; change it there.',
      title: 'Values of the chart sluice',
      required: ['clusterName'],
    },
  );
}

/** Values of `controller` that are about its pods. */
const controller: Readonly<Record<string, JsonSchema>> = {
  replicas: integer(0),
  metricsPort: integer(0, 65_535),
  healthPort: integer(1, 65_535),
  resources: kubernetesObject,
  priorityClassName: text,
  nodeSelector: strings,
  tolerations: kubernetesList,
  affinity: kubernetesObject,
  topologySpreadConstraints: kubernetesList,
  podAnnotations: strings,
  podLabels: strings,
  podSecurityContext: kubernetesObject,
  securityContext: kubernetesObject,
  terminationGracePeriodSeconds: integer(0),
  extraEnv: env,
  extraVolumes: kubernetesList,
  extraVolumeMounts: kubernetesList,
  podDisruptionBudget: section({ enabled: boolean, maxUnavailable: count, minAvailable: count }),
  serviceMonitor: section({
    enabled: boolean,
    force: boolean,
    labels: strings,
    interval: prometheusDuration,
    scrapeTimeout: prometheusDuration,
    relabelings: kubernetesList,
    metricRelabelings: kubernetesList,
  }),
  networkPolicy: section({
    enabled: boolean,
    apiServerPorts: { type: 'array', items: integer(1, 65_535), minItems: 1 },
    metricsFrom: kubernetesList,
    extraIngress: kubernetesList,
    extraEgress: kubernetesList,
  }),
};
