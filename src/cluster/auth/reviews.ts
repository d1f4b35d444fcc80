import type { KubeObject } from '../api/object.ts';
import { badRequest } from '../api/status.ts';
import type { TokenAnswer } from './authenticate.ts';
import { type Authorizer, aggregate, rulesOf, unresolved } from './rbac.ts';
import type { RbacLookup } from './rbac-index.ts';
import { type Attributes, pathInfo } from './request-info.ts';
import { checkReview, ignoredSelectors, type ReviewSpec } from './review-checks.ts';
import type { PolicyRule } from './rules.ts';
import type { User } from './user.ts';

/**
 * Objects that are answered rather than stored. Each function gets the posted object and returns the one to answer with;
 * it throws the answer to an object that makes no sense.
 */

export interface ReviewContext {
  user: User;
  authorize: Authorizer;
  lookup: RbacLookup;
  /** Checks a token; without audiences, for the API server's own. */
  checkToken(token: string, audiences?: readonly string[]): TokenAnswer;
  /** Namespace of the URL, '' without one. */
  namespace: string;
  /** RFC 3339, whole seconds. */
  now: string;
}

export type Review = (object: KubeObject, context: ReviewContext) => KubeObject;

const spec = (object: KubeObject): ReviewSpec => (object['spec'] as ReviewSpec | undefined) ?? {};

/** The request that the review asks about. */
function asked(user: User, { resourceAttributes, nonResourceAttributes }: ReviewSpec): Attributes {
  if (!resourceAttributes) {
    return { ...pathInfo(nonResourceAttributes?.path ?? '', nonResourceAttributes?.verb ?? ''), user };
  }
  const { namespace = '', verb = '', group = '', resource = '', subresource = '', name = '' } = resourceAttributes;
  const version = resourceAttributes.version || '*';
  return { user, resourceRequest: true, path: '', namespace, verb, group, version, resource, subresource, name };
}

function accessStatus(authorize: Authorizer, user: User, review: ReviewSpec) {
  const { allowed, reason } = authorize(asked(user, review));
  const evaluationError = ignoredSelectors(review);
  return { allowed, ...(reason && { reason }), ...(evaluationError && { evaluationError }) };
}

/** `kubectl auth can-i` */
function selfSubjectAccessReview(object: KubeObject, { user, authorize }: ReviewContext): KubeObject {
  checkReview(object, 'self');
  return { ...object, status: accessStatus(authorize, user, spec(object)) };
}

const reviewed = ({ user = '', groups, uid, extra }: ReviewSpec): User => ({
  name: user,
  groups: groups ?? [],
  ...(uid && { uid }),
  ...(extra && { extra }),
});

function subjectAccessReview(object: KubeObject, { authorize }: ReviewContext): KubeObject {
  checkReview(object, 'other');
  return { ...object, status: accessStatus(authorize, reviewed(spec(object)), spec(object)) };
}

function localSubjectAccessReview(posted: KubeObject, { authorize, namespace }: ReviewContext): KubeObject {
  const object = { ...posted, metadata: { ...posted.metadata, namespace: posted.metadata.namespace || namespace } };
  checkReview(object, 'local');
  if (object.metadata.namespace !== namespace) {
    throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
  }
  return { ...object, status: accessStatus(authorize, reviewed(spec(object)), spec(object)) };
}

const copied = (values: readonly string[] | undefined, name: string) => (values?.length ? { [name]: [...values] } : {});

/** `kubectl auth can-i --list` */
function selfSubjectRulesReview(object: KubeObject, { user, lookup }: ReviewContext): KubeObject {
  const namespace = (object['spec'] as { namespace?: string } | undefined)?.namespace ?? '';
  if (!namespace) throw badRequest('no namespace on request');
  const rules: PolicyRule[] = [];
  const errors: string[] = [];
  for (const found of rulesOf(lookup, user, namespace)) {
    if ('rules' in found) rules.push(...found.rules);
    else errors.push(unresolved(found));
  }
  const { kind, apiVersion } = object;
  const resourceRules = rules
    .filter((rule) => rule.resources?.length)
    .map((rule) => ({
      verbs: [...rule.verbs],
      ...copied(rule.apiGroups, 'apiGroups'),
      ...copied(rule.resources, 'resources'),
      ...copied(rule.resourceNames, 'resourceNames'),
    }));
  const nonResourceRules = rules
    .filter((rule) => rule.nonResourceURLs?.length)
    .map((rule) => ({ verbs: [...rule.verbs], ...copied(rule.nonResourceURLs, 'nonResourceURLs') }));
  const evaluationError = aggregate(errors);
  const status = { resourceRules, nonResourceRules, incomplete: false, ...(evaluationError && { evaluationError }) };
  return { kind, apiVersion, metadata: {}, spec: {}, status };
}

const userInfo = ({ name, uid, groups, extra }: User) => ({
  ...(name && { username: name }),
  ...(uid && { uid }),
  ...(groups.length > 0 && { groups: [...groups] }),
  ...(extra && Object.keys(extra).length > 0 && { extra: structuredClone(extra) }),
});

/** `kubectl auth whoami` */
function selfSubjectReview({ kind, apiVersion }: KubeObject, { user, now }: ReviewContext): KubeObject {
  return { kind, apiVersion, metadata: { creationTimestamp: now }, status: { userInfo: userInfo(user) } };
}

function tokenReview(object: KubeObject, { checkToken }: ReviewContext): KubeObject {
  const { token, audiences } = (object['spec'] as { token?: string; audiences?: string[] } | undefined) ?? {};
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  const answer = checkToken(token, audiences?.length ? audiences : undefined);
  const status =
    'error' in answer
      ? { user: {}, error: answer.error }
      : { authenticated: true, user: userInfo(answer.user), audiences: answer.audiences };
  return { ...object, status };
}

/** By kind; all are of version v1 of authentication.k8s.io or authorization.k8s.io. */
export const REVIEWS: Readonly<Record<string, Review>> = {
  SelfSubjectAccessReview: selfSubjectAccessReview,
  SubjectAccessReview: subjectAccessReview,
  LocalSubjectAccessReview: localSubjectAccessReview,
  SelfSubjectRulesReview: selfSubjectRulesReview,
  SelfSubjectReview: selfSubjectReview,
  TokenReview: tokenReview,
};
