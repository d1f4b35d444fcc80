import { goQuote } from '../api/field-error.ts';
import { forbiddenError, type StatusError } from '../api/status.ts';
import type { AppliedBinding, RbacLookup, RoleRef } from './rbac-index.ts';
import type { Attributes } from './request-info.ts';
import { type PolicyRule, ruleAllows } from './rules.ts';
import { SYSTEM_MASTERS, type User } from './user.ts';

/** `reason` as upstream words it; '' when there is nothing to say. */
export interface Decision {
  allowed: boolean;
  reason: string;
}

/** Says whether a request may go on. */
export type Authorizer = (request: Attributes) => Decision;

/** A binding whose role does not exist, or whose reference names no kind of role. */
export interface UnresolvedRole {
  roleRef: RoleRef;
}

/** All rules of a user in a namespace ('' for the cluster): those of ClusterRoleBindings first. */
export function* rulesOf(
  lookup: RbacLookup,
  user: User,
  namespace: string,
): Generator<{ applied: AppliedBinding; rules: readonly PolicyRule[] } | UnresolvedRole> {
  for (const scope of namespace ? ['', namespace] : ['']) {
    for (const applied of lookup.bindings(user, scope)) {
      const { roleRef } = applied.binding;
      const rules = referencedRules(lookup, roleRef, scope);
      yield rules ? { applied, rules } : { roleRef };
    }
  }
}

/** The rules that a binding in `namespace` ('' for a ClusterRoleBinding) hands out; undefined: there is no such role. */
export function referencedRules(
  lookup: RbacLookup,
  roleRef: RoleRef,
  namespace: string,
): readonly PolicyRule[] | undefined {
  if (roleRef.kind === 'ClusterRole') return lookup.rules('', roleRef.name);
  return roleRef.kind === 'Role' && namespace ? lookup.rules(namespace, roleRef.name) : undefined;
}

/** Go's aggregate of several errors: each once, in brackets when there are several; '' without any. */
export function aggregate(errors: readonly string[]): string {
  const all = [...new Set(errors)];
  return all.length > 1 ? `[${all.join(', ')}]` : (all[0] ?? '');
}

/** Why a role could not be found, in the words of upstream's authorizer. */
export const unresolved = ({ roleRef: { kind, name } }: UnresolvedRole): string =>
  kind === 'Role' || kind === 'ClusterRole'
    ? `${kind.toLowerCase()}.rbac.authorization.k8s.io ${goQuote(name)} not found`
    : `unsupported role reference kind: ${goQuote(kind)}`;

/** kubernetes `plugin/pkg/auth/authorizer/rbac/rbac.go`, after the authorizer that lets system:masters do everything. */
export function authorize(lookup: RbacLookup, request: Attributes): Decision {
  if (request.user.groups.includes(SYSTEM_MASTERS)) return { allowed: true, reason: '' };
  const errors: string[] = [];
  for (const found of rulesOf(lookup, request.user, request.namespace)) {
    if ('roleRef' in found) errors.push(unresolved(found));
    else if (found.rules.some((rule) => ruleAllows(rule, request))) {
      return { allowed: true, reason: `RBAC: allowed by ${describe(found.applied)}` };
    }
  }
  return { allowed: false, reason: errors.length > 0 ? `rbac: RBAC: ${aggregate(errors)}` : '' };
}

function describe({ binding, subject }: AppliedBinding): string {
  const { name, namespace, roleRef } = binding;
  const [kind, id] = namespace ? ['RoleBinding', `${name}/${namespace}`] : ['ClusterRoleBinding', name];
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || namespace}` : subject.name;
  return `${kind} ${goQuote(id)} of ${roleRef.kind} ${goQuote(roleRef.name)} to ${subject.kind} ${goQuote(who)}`;
}

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The 403 for a request that was not allowed (apiserver `handlers/responsewriters/errors.go`). */
export function forbiddenRequest(request: Attributes, reason: string): StatusError {
  const { user, verb, group, resource, subresource, namespace, name } = request;
  const who = `User ${goQuote(user.name)} cannot ${verb}`;
  const what = goQuote(subresource ? `${resource}/${subresource}` : resource);
  const where = namespace ? `in the namespace ${goQuote(namespace)}` : 'at the cluster scope';
  const message = request.resourceRequest
    ? `${who} resource ${what} in API group ${goQuote(group)} ${where}`
    : `${who} path ${goQuote(request.path)}`;
  const safe = message.replace(/[&<>]/g, (one) => HTML[one] ?? one);
  return forbiddenError({ group, name: resource }, name, reason ? `${safe}: ${reason}` : safe);
}
