/** The environment of a container (kubernetes `pkg/kubelet/kubelet_pods.go`, `makeEnvironmentVariables`). Pure. */
import type { KubeObject } from '../api/object.ts';
import { nanosOf } from '../kinds/strategies/common.ts';
import { expand } from './expand.ts';
import type { Container, EnvFrom, EnvVar, Pod } from './pod.ts';

/** What the variables may be taken from. */
export interface Sources {
  configMap(name: string): KubeObject | undefined;
  secret(name: string): KubeObject | undefined;
  /** The pod with the addresses that it has now. */
  pod: Pod;
  podIPs: readonly string[];
  hostIPs: readonly string[];
  nodeName: string;
  /** Capacity of the node, for resources that have no limit. */
  allocatable: Readonly<Record<string, string>>;
}

/** Why a container can't be started yet: something that it refers to is not there. */
export class ConfigMissing extends Error {}

/**
 * Variables in the order in which they were given, later ones over earlier ones. `base` is what is there before the
 * container says anything. @throws ConfigMissing
 */
export function containerEnv(
  container: Container,
  sources: Sources,
  base: ReadonlyMap<string, string>,
): Map<string, string> {
  const env = new Map(base);
  for (const from of container.envFrom ?? []) for (const [key, value] of allOf(from, sources)) env.set(key, value);
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, container, sources, env);
    if (value !== undefined) env.set(variable.name, value);
  }
  return env;
}

function* allOf({ prefix = '', configMapRef, secretRef }: EnvFrom, sources: Sources): Iterable<[string, string]> {
  if (configMapRef) {
    const found = sources.configMap(configMapRef.name);
    if (!found && !configMapRef.optional) throw new ConfigMissing(`configmap "${configMapRef.name}" not found`);
    for (const [key, value] of Object.entries(found?.['data'] ?? {})) yield [prefix + key, String(value)];
  }
  if (secretRef) {
    const found = sources.secret(secretRef.name);
    if (!found && !secretRef.optional) throw new ConfigMissing(`secret "${secretRef.name}" not found`);
    for (const [key, value] of Object.entries(found?.['data'] ?? {})) yield [prefix + key, decode(value)];
  }
}

const decode = (base64: unknown): string => Buffer.from(String(base64), 'base64').toString();

function valueOf(
  { value, valueFrom }: EnvVar,
  container: Container,
  sources: Sources,
  env: ReadonlyMap<string, string>,
): string | undefined {
  if (!valueFrom) return expand(value ?? '', env);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) return fieldOf(fieldRef.fieldPath, sources);
  if (resourceFieldRef) {
    const { containerName, resource, divisor } = resourceFieldRef;
    const { containers, initContainers = [] } = sources.pod.spec;
    const named = [...containers, ...initContainers].find(({ name }) => name === containerName);
    return resourceOf(resource, divisor, named ?? container, sources.allocatable);
  }
  if (configMapKeyRef) {
    const found = sources.configMap(configMapKeyRef.name)?.['data']?.[configMapKeyRef.key];
    if (found !== undefined) return String(found);
    return absent(configMapKeyRef, 'configmap', sources.configMap(configMapKeyRef.name) !== undefined, sources);
  }
  if (secretKeyRef) {
    const found = sources.secret(secretKeyRef.name)?.['data']?.[secretKeyRef.key];
    if (found !== undefined) return decode(found);
    return absent(secretKeyRef, 'secret', sources.secret(secretKeyRef.name) !== undefined, sources);
  }
  throw new ConfigMissing('valueFrom names no source that this kubelet has');
}

function absent(
  { name, key, optional }: { name: string; key: string; optional?: boolean },
  kind: string,
  there: boolean,
  { pod }: Sources,
): undefined {
  if (optional) return undefined;
  if (!there) throw new ConfigMissing(`${kind} "${name}" not found`);
  throw new ConfigMissing(`couldn't find key ${key} in ${kind} ${pod.metadata.namespace}/${name}`);
}

/** What the downward API says of a pod (`pkg/fieldpath`). */
function fieldOf(path: string, { pod, podIPs, hostIPs, nodeName }: Sources): string {
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (keyed) {
    const [, map, key = ''] = keyed;
    return (map === 'labels' ? pod.metadata.labels : pod.metadata.annotations)?.[key] ?? '';
  }
  const values: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': nodeName,
    'spec.serviceAccountName': pod.spec.serviceAccountName,
    'status.hostIP': hostIPs[0],
    'status.hostIPs': hostIPs.join(','),
    'status.podIP': podIPs[0],
    'status.podIPs': podIPs.join(','),
  };
  return values[path] ?? '';
}

/** A limit or request in units of `divisor`, rounded up, as upstream's `ExtractContainerResourceValue`. */
function resourceOf(
  path: string,
  divisor: string | undefined,
  { resources }: Container,
  allocatable: Readonly<Record<string, string>>,
): string {
  const [kind = '', resource = ''] = path.split(/\.(.*)/s);
  const given = (kind === 'limits' ? resources?.limits : resources?.requests)?.[resource];
  const amount = nanosOf(given ?? (kind === 'limits' ? allocatable[resource] : undefined) ?? '0');
  const unit = nanosOf(divisor && divisor !== '0' ? divisor : '1');
  if (amount === undefined || unit === undefined || unit === 0n) return '0';
  return String((amount + unit - 1n) / unit);
}
