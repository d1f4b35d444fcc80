import { isDeepStrictEqual } from 'node:util';
import { goQuote } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import { forbiddenError, notFoundError, StatusError } from '../api/status.ts';
import { type Authorizer, aggregate, referencedRules, rulesOf } from './rbac.ts';
import type { RbacLookup, RoleRef } from './rbac-index.ts';
import type { Attributes, RequestInfo } from './request-info.ts';
import { describeRules, goQuotes, missingRules, type PolicyRule } from './rules.ts';
import { SYSTEM_MASTERS } from './user.ts';

/** A write of a role or binding. */
export interface RoleWrite {
  /** The request: `resource` is roles, clusterroles, rolebindings or clusterrolebindings. */
  request: Attributes;
  object: KubeObject;
  /** The live object when it is an update. */
  old?: KubeObject | undefined;
}

/** Where the check looks things up. */
export interface EscalationContext {
  lookup: RbacLookup;
  authorize: Authorizer;
}

const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody may hand out what they don't hold, unless they may `escalate` the role or `bind` it. Throws the answer
 * otherwise. Upstream does this before it validates a new object, and to an update whenever something else than
 * finalizers and owner references changes (kubernetes `pkg/registry/rbac/*role*`/policybased/storage.go`).
 */
export function checkEscalation(write: RoleWrite, context: EscalationContext): void {
  const { request, object, old } = write;
  if (request.user.groups.includes(SYSTEM_MASTERS)) return;
  if (request.resource.endsWith('bindings')) {
    if (!onlyCollectorFields(object, old)) checkBinding(request, object, context);
    return;
  }
  const { name, namespace } = request;
  if (context.authorize({ ...resourceOf(request, request.resource, namespace, name), verb: 'escalate' }).allowed)
    return;
  if (onlyCollectorFields(object, old)) return;
  confirm(request, object, rules(object), context);
  if ((hasAggregation(object) || hasAggregation(old)) && missing(request, FULL_AUTHORITY, context).rules.length > 0) {
    throw denied(request, object, 'must have cluster-admin privileges to use the aggregationRule');
  }
}

function checkBinding(request: Attributes, object: KubeObject, context: EscalationContext): void {
  const roleRef = object['roleRef'] as RoleRef;
  const { kind, name, apiGroup } = roleRef;
  const namespace = request.resource === 'rolebindings' ? request.namespace : '';
  if (kind === 'Role' || kind === 'ClusterRole') {
    const role = resourceOf(request, `${kind.toLowerCase()}s`, namespace, name);
    if (context.authorize({ ...role, group: apiGroup, verb: 'bind' }).allowed) return;
  } else {
    throw new StatusError(500, '', `unsupported role reference kind: ${goQuote(kind)}`);
  }
  const granted = referencedRules(context.lookup, roleRef, namespace);
  // Upstream names the resource of the request instead of the role's.
  if (!granted) throw notFoundError({ group: request.group, name: request.resource }, name);
  confirm(request, object, granted, context);
}

const rules = (role: KubeObject): readonly PolicyRule[] => (role['rules'] as PolicyRule[] | null | undefined) ?? [];

const hasAggregation = (role: KubeObject | undefined): boolean =>
  (role?.['aggregationRule']?.clusterRoleSelectors?.length ?? 0) > 0;

const resourceOf = (request: Attributes, resource: string, namespace: string, name: string): Attributes => {
  const info: RequestInfo = { ...request, resourceRequest: true, version: '*', resource, subresource: '' };
  return { ...info, user: request.user, namespace, name };
};

const denied = ({ group, resource }: Attributes, object: KubeObject, why: string): StatusError =>
  forbiddenError({ group, name: resource }, object.metadata.name ?? '', why);

/** What the user lacks of the rules, and what went wrong while finding that out. */
function missing(request: Attributes, wanted: readonly PolicyRule[], { lookup }: EscalationContext) {
  const owned: PolicyRule[] = [];
  const errors: string[] = [];
  for (const found of rulesOf(lookup, request.user, request.namespace)) {
    if ('rules' in found) owned.push(...found.rules);
    else errors.push(notFoundError({ group: request.group, name: request.resource }, found.roleRef.name).message);
  }
  return { rules: missingRules(owned, wanted), errors };
}

function confirm(
  request: Attributes,
  object: KubeObject,
  wanted: readonly PolicyRule[],
  context: EscalationContext,
): void {
  const lacking = missing(request, wanted, context);
  if (lacking.rules.length === 0) return;
  const { name, groups } = request.user;
  const who = `user ${goQuote(name)} (groups=${goQuotes(groups)})`;
  const what = describeRules(lacking.rules).join('\n');
  const errors = lacking.errors.length > 0 ? `; resolution errors: [${aggregate(lacking.errors)}]` : '';
  const why = `${who} is attempting to grant RBAC permissions not currently held:\n${what}${errors}`;
  throw denied(request, object, why);
}

/** A change of finalizers and owner references only, which the garbage collector makes. */
function onlyCollectorFields(object: KubeObject, old: KubeObject | undefined): boolean {
  if (!old) return false;
  const { finalizers: _f, ownerReferences: _o, managedFields: _m, selfLink: _s, ...live } = old.metadata;
  const { finalizers: _a, ownerReferences: _b, managedFields: _c, selfLink: _d, ...next } = object.metadata;
  return isDeepStrictEqual({ ...object, metadata: next }, { ...old, metadata: live });
}
