/** Warnings about pods and templates of pods (kubernetes `pkg/api/pod/warnings.go`, `pkg/api/node/util.go`). Pure. */
import { at, goQuote, keyed } from '../../api/field-error.ts';
import type { ObjectMeta } from '../../api/object.ts';
import { ipWarnings } from '../../validation/ip.ts';
import { isLabelValue } from '../../validation/names.ts';
import { equal, list, type Part, texts } from './common.ts';
import { claimWarnings } from './claims.ts';
import { fractionWarning } from './fraction.ts';
import { nodeLabelWarning } from './node-labels.ts';
import { containersWithPaths } from './validate-os.ts';
import { overlapWarnings } from './volume-overlaps.ts';

const ANNOTATIONS: readonly (readonly [string, string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];

/** Volume plugins that are gone, and how upstream writes them. */
const VOLUMES: readonly (readonly [string, string, string?])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

const NO_POD = 'a null labelSelector results in matching no pod';
const SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

type Placed = ReturnType<typeof containersWithPaths>[number];

function termWarnings(term: Part, path: string, values: boolean): string[] {
  return list(term['matchExpressions']).flatMap((expression, index) => {
    const place = at(`${path}.matchExpressions`, index);
    const { key = '' } = expression;
    const old = nodeLabelWarning(key);
    const wrong = (value: string, i: number) =>
      isLabelValue(value).map((words) => `${at(`${place}.values`, i)}: ${value} is invalid, ${words}`);
    return [
      ...(old ? [`${place}.key: ${key} is ${old}`] : []),
      ...(values ? texts(expression['values']).flatMap(wrong) : []),
    ];
  });
}

function placeWarnings(spec: Part, path: string): string[] {
  const out: string[] = [];
  for (const key of Object.keys(spec['nodeSelector'] ?? {})) {
    const old = nodeLabelWarning(key);
    if (old) out.push(`${keyed(`${path}.nodeSelector`, key)}: ${old}`);
  }
  const affinity = spec['affinity']?.nodeAffinity ?? {};
  const place = `${path}.affinity.nodeAffinity`;
  list(affinity[REQUIRED]?.nodeSelectorTerms).forEach((term, i) => {
    out.push(...termWarnings(term, at(`${place}.${REQUIRED}.nodeSelectorTerms`, i), false));
  });
  list(affinity[PREFERRED]).forEach(({ preference = {} }, i) => {
    out.push(...termWarnings(preference, `${at(`${place}.${PREFERRED}`, i)}.preference`, true));
  });
  list(spec['topologySpreadConstraints']).forEach(({ topologyKey = '', labelSelector }, i) => {
    const spread = at(`${path}.topologySpreadConstraints`, i);
    const old = nodeLabelWarning(topologyKey);
    if (old) out.push(`${spread}.topologyKey: ${topologyKey} is ${old}`);
    if (!labelSelector) out.push(`${spread}.labelSelector: ${NO_POD}`);
  });
  return out;
}

function affinityWarnings(spec: Part, path: string): string[] {
  return ['podAffinity', 'podAntiAffinity'].flatMap((kind) => {
    const affinity = spec['affinity']?.[kind] ?? {};
    const place = `${path}.affinity.${kind}`;
    return [
      ...list(affinity[REQUIRED]).flatMap(({ labelSelector }, i) =>
        labelSelector ? [] : [`${at(`${place}.${REQUIRED}`, i)}.labelSelector: ${NO_POD}`],
      ),
      ...list(affinity[PREFERRED]).flatMap(({ podAffinityTerm }, i) =>
        podAffinityTerm?.labelSelector
          ? []
          : [`${at(`${place}.${PREFERRED}`, i)}.podAffinityTerm.labelSelector: ${NO_POD}`],
      ),
    ];
  });
}

const BYTES = ['memory', 'ephemeral-storage'];

const resourceWarnings = (resources: Part, path: string): string[] =>
  BYTES.flatMap((name) =>
    ['limits', 'requests'].flatMap((field) =>
      fractionWarning(resources[field]?.[name], keyed(`${path}.${field}`, name)),
    ),
  );

function envWarnings(variables: Part[], path: string): string[] {
  const seen = new Set<string>();
  return variables.flatMap(({ name = '', value = '', valueFrom }, index) => {
    const again = seen.has(name);
    seen.add(name);
    const reference = `$(${name})`;
    const hides = again && (valueFrom || value === reference || !value.includes(reference));
    const words = `hides previous definition of ${goQuote(name)}, which may be dropped when using apply`;
    return hides ? [`${at(path, index)}: ${words}`] : [];
  });
}

function containerWarnings({ container, path }: Placed, spec: Part, meta: ObjectMeta, template: string): string[] {
  const { name = '', securityContext: context } = container;
  const annotation = (key: string) => keyed(`${template}metadata.annotations`, key);
  const out: string[] = [];
  const seccomp = `container.seccomp.security.alpha.kubernetes.io/${name}`;
  if (!context?.seccompProfile && meta.annotations?.[seccomp] !== undefined)
    out.push(`${annotation(seccomp)}: ${SECCOMP}`);
  const armor = `container.apparmor.security.beta.kubernetes.io/${name}`;
  const told = meta.annotations?.[armor];
  if (template && !context?.appArmorProfile && told !== undefined) {
    const pods = spec['securityContext']?.appArmorProfile;
    if (!pods || !equal(pods, armorProfile(told))) {
      out.push(`${annotation(armor)}: deprecated since v1.30; use the "appArmorProfile" field instead`);
    }
  }
  return [
    ...out,
    ...resourceWarnings(container['resources'] ?? {}, `${path}.resources`),
    ...envWarnings(list(container['env']), `${path}.env`),
  ];
}

/** What an old annotation says about AppArmor. */
function armorProfile(annotation: string): Part | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  const local = 'localhost/';
  if (!annotation.startsWith(local) || annotation === local) return undefined;
  return { type: 'Localhost', localhostProfile: annotation.slice(local.length) };
}

interface Port {
  path: string;
  port: Part;
}

/** A port as Go prints the struct. */
const printedPort = ({ name = '', hostPort = 0, containerPort = 0, protocol = '', hostIP = '' }: Part): string =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;

function conflict({ port }: Port, other: Port): string | undefined {
  const of = ({ hostIP = '', hostPort = 0 }: Part): Part => ({ hostIP, hostPort });
  const [a, b] = [of(port), of(other.port)];
  if (a['hostIP'] === b['hostIP'] && a['hostPort'] === b['hostPort']) return 'duplicate';
  if (a['hostPort'] === 0 || b['hostPort'] === 0) return 'overlapping';
  const oneHasNone = (a['hostIP'] === '') !== (b['hostIP'] === '');
  return a['hostPort'] === b['hostPort'] && oneHasNone ? 'dangerously ambiguous' : undefined;
}

function portWarnings(containers: readonly Placed[]): string[] {
  const out: string[] = [];
  const known = new Map<string, Port[]>();
  const ports = containers.flatMap(({ container, path }) =>
    list(container['ports']).map((port, i): Port => ({ port, path: at(`${path}.ports`, i) })),
  );
  for (const one of ports) {
    const { port, path } = one;
    if (port['hostIP'] && !port['hostPort']) out.push(`${path}: hostIP set without hostPort: ${printedPort(port)}`);
    const key = `${port['containerPort'] ?? 0}/${port['protocol'] ?? ''}`;
    const others = known.get(key) ?? [];
    for (const other of others) {
      const what = conflict(one, other);
      if (what) out.push(`${path}: ${what} port definition with ${other.path}`);
    }
    known.set(key, [...others, one]);
  }
  const names = new Map<string, string>();
  for (const { port, path } of ports) {
    const name: string = port['name'] ?? '';
    const other = names.get(name);
    if (name && other) {
      const use = `services and probes that select ports by name will use ${other}`;
      out.push(`${path}: duplicate port name ${goQuote(name)} with ${other}, ${use}`);
    } else if (name) names.set(name, path);
  }
  return out;
}

function twice(items: Part[], field: string, path: string, what: string): string[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const value: string = item[field] ?? '';
    const again = seen.has(value);
    seen.add(value);
    return again ? [`${at(path, index)}.${field}: duplicate ${what} ${goQuote(value)}`] : [];
  });
}

/** Warnings about a pod, or about a template of pods at `template` (such as `spec.template`). */
export function podWarnings(pod: { metadata?: ObjectMeta; spec?: Part }, template = ''): string[] {
  const { spec = {}, metadata = {} } = pod;
  const prefix = template && `${template}.`;
  const path = `${prefix}spec`;
  const annotation = (key: string) => keyed(`${prefix}metadata.annotations`, key);
  const has = (key: string) => metadata.annotations?.[key] !== undefined;
  const containers = containersWithPaths(spec, path);
  const pull = list(spec['imagePullSecrets']);
  const aliases = list(spec['hostAliases']);
  const seccomp = 'seccomp.security.alpha.kubernetes.io/pod';
  return [
    ...placeWarnings(spec, path),
    ...ANNOTATIONS.flatMap(([key, words]) => (has(key) ? [`${annotation(key)}: ${words}`] : [])),
    ...list(spec['volumes']).flatMap((volume, index) => [
      ...VOLUMES.flatMap(([source, words, printed = source]) =>
        volume[source] ? [`${at(`${path}.volumes`, index)}.${printed}: ${words}`] : [],
      ),
      ...claimWarnings(
        volume['ephemeral']?.volumeClaimTemplate?.spec ?? {},
        `${at(`${path}.volumes`, index)}.ephemeral.volumeClaimTemplate.spec`,
      ),
    ]),
    ...overlapWarnings(list(spec['volumes'])),
    ...twice(aliases, 'ip', `${path}.hostAliases`, 'ip'),
    ...twice(pull, 'name', `${path}.imagePullSecrets`, 'name'),
    ...pull.flatMap(({ name }, index) =>
      name ? [] : [`${at(`${path}.imagePullSecrets`, index)}.name: invalid empty name ""`],
    ),
    ...BYTES.flatMap((name) => fractionWarning(spec['overhead']?.[name], keyed(`${path}.overhead`, name))),
    ...(!spec['securityContext']?.seccompProfile && has(seccomp) ? [`${annotation(seccomp)}: ${SECCOMP}`] : []),
    ...containers.flatMap((one) => containerWarnings(one, spec, metadata, prefix)),
    ...portWarnings(containers),
    ...(spec['terminationGracePeriodSeconds'] < 0
      ? [`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(spec, path),
    ...texts(spec['dnsConfig']?.nameservers).flatMap((ip, i) => ipWarnings(at(`${path}.dnsConfig.nameservers`, i), ip)),
    ...aliases.flatMap(({ ip = '' }, i) => ipWarnings(`${at(`${path}.hostAliases`, i)}.ip`, ip)),
  ];
}
