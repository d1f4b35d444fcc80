/** Differences between a wanted and an observed part, as the planners of `plan.ts` use them. */
import type { CidrRule, HealthCheck, ListenerProtocol, ObservedTarget, Ref, Step, Tags, Target } from './model.ts';

/** Tags to add or change; `removed` are the keys that were wanted once, are not any more, and are still there. */
export function diffTags(wanted: Tags, observed: Tags, once: string[]): { added: Tags; removed: string[] } {
  const added = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => observed[key] !== value));
  const removed = once.filter((key) => wanted[key] === undefined && observed[key] !== undefined);
  return { added, removed };
}

export function tagSteps(resource: Ref, wanted: Tags, observed: Tags, once: string[]): Step[] {
  const { added, removed } = diffTags(wanted, observed, once);
  const steps: Step[] = [];
  const keys = Object.keys(added);
  if (keys.length > 0) steps.push({ do: 'add-tags', resource, tags: added, why: `tags differ: ${keys.join(', ')}` });
  if (removed.length > 0) {
    steps.push({ do: 'remove-tags', resource, keys: removed, why: `tags no longer asked for: ${removed.join(', ')}` });
  }
  return steps;
}

/**
 * Attributes to set: those wanted whose value differs, and those wanted once, which go back to AWS's default.
 * Unread attributes (`observed` undefined) differ in nothing.
 */
export function diffAttributes(
  wanted: Record<string, string>,
  observed: Record<string, string> | undefined,
  once: string[],
  defaultOf: (key: string) => string | undefined,
): Record<string, string> {
  if (!observed) return {};
  const changed: Record<string, string> = {};
  for (const [key, value] of Object.entries(wanted)) if (observed[key] !== value) changed[key] = value;
  for (const key of once) {
    const value = defaultOf(key);
    if (wanted[key] !== undefined || value === undefined) continue;
    if (observed[key] !== undefined && observed[key] !== value) changed[key] = value;
  }
  return changed;
}

export const ruleKey = (rule: CidrRule): string => `${rule.protocol}/${rule.fromPort}-${rule.toPort}/${rule.cidr}`;

export function diffRules(wanted: CidrRule[], observed: CidrRule[]): { missing: CidrRule[]; extra: CidrRule[] } {
  const wantedKeys = new Set(wanted.map(ruleKey));
  const observedKeys = new Set(observed.map(ruleKey));
  return {
    missing: wanted.filter((rule) => !observedKeys.has(ruleKey(rule))),
    extra: observed.filter((rule) => !wantedKeys.has(ruleKey(rule))),
  };
}

/** The names of the fields that differ. Path and success codes mean nothing for TCP and are not compared there. */
export function diffHealthCheck(wanted: HealthCheck, observed: HealthCheck): string[] {
  const fields: (keyof HealthCheck)[] = [
    'protocol',
    'port',
    'intervalSeconds',
    'timeoutSeconds',
    'healthyThreshold',
    'unhealthyThreshold',
  ];
  if (wanted.protocol !== 'TCP') fields.push('path', 'successCodes');
  return fields.filter((field) => wanted[field] !== observed[field]);
}

/** A draining target is on its way out: it counts as gone when wanted and needs no second goodbye when not. */
export function diffTargets(
  instances: string[],
  port: number,
  observed: ObservedTarget[],
): { missing: Target[]; extra: Target[] } {
  const key = (target: Target) => `${target.id}:${target.port}`;
  const standing = observed.filter((target) => target.state !== 'draining');
  const present = new Set(standing.map(key));
  const wanted = instances.map((id) => ({ id, port }));
  const wantedKeys = new Set(wanted.map(key));
  return {
    missing: wanted.filter((target) => !present.has(key(target))),
    extra: standing.filter((target) => !wantedKeys.has(key(target))).map(({ id, port }) => ({ id, port })),
  };
}

export function sameSet(a: string[], b: string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === new Set(a).size;
}

export const portKey = (port: number, protocol: ListenerProtocol | string): string => `${port}/${protocol}`;
