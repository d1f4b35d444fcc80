/**
 * The last-applied record on the Service: which attribute and tag keys Sluice set, so that they go back to AWS's defaults
 * when they are asked for no more, and a digest of the model that was applied in full, so that a restart over converged
 * Services needs to read little.
 */
import type { Service } from '../kube/objects.ts';
import { ownershipTags } from './naming.ts';
import type { AppliedKeys, DesiredLoadBalancer } from './model.ts';

export const APPLIED_ANNOTATION = 'sluice.dev/last-applied';

export interface Applied extends AppliedKeys {
  /** Empty while a change is under way. */
  digest: string;
}

const NOTHING: Applied = { digest: '', loadBalancerAttributes: [], targetGroupAttributes: [], tags: [] };

/** What the Service's record says; nothing where there is none, or one that can't be read. */
export function readApplied(service: Service): Applied {
  const text = service.metadata.annotations?.[APPLIED_ANNOTATION];
  if (!text) return NOTHING;
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record !== 'object' || record === null) return NOTHING;
    const strings = (value: unknown) => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);
    const { digest, loadBalancerAttributes, targetGroupAttributes, tags } = record as Record<string, unknown>;
    return {
      digest: typeof digest === 'string' ? digest : '',
      loadBalancerAttributes: strings(loadBalancerAttributes),
      targetGroupAttributes: strings(targetGroupAttributes),
      tags: strings(tags),
    };
  } catch {
    return NOTHING;
  }
}

/** The record as annotation text; empty lists are left out. */
export function writeApplied(applied: Applied): string {
  const { digest, ...keys } = applied;
  return JSON.stringify({ digest, ...Object.fromEntries(Object.entries(keys).filter(([, list]) => list.length > 0)) });
}

/** The keys that a model sets. */
export function keysOf(model: DesiredLoadBalancer): AppliedKeys {
  const own = new Set(Object.keys(ownershipTags('', '', '')));
  const attributes = model.targetGroups.flatMap((group) => Object.keys(group.attributes));
  return {
    loadBalancerAttributes: Object.keys(model.attributes).sort(),
    targetGroupAttributes: [...new Set(attributes)].sort(),
    tags: Object.keys(model.tags)
      .filter((key) => !own.has(key))
      .sort(),
  };
}

/** The keys of both: what must be on record before any of them is set. */
export function mergeKeys(a: AppliedKeys, b: AppliedKeys): AppliedKeys {
  const merge = (one: string[], other: string[]) => [...new Set([...one, ...other])].sort();
  return {
    loadBalancerAttributes: merge(a.loadBalancerAttributes, b.loadBalancerAttributes),
    targetGroupAttributes: merge(a.targetGroupAttributes, b.targetGroupAttributes),
    tags: merge(a.tags, b.tags),
  };
}
