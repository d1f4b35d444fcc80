import { type FieldError, invalid } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import { badRequest, conflict, invalidError, notFoundError } from '../api/status.ts';
import { signToken, type TokenClaims, type TokenIssuer } from './tokens.ts';
import { serviceAccountUser } from './user.ts';

/** What a token can be bound to, and the account that it is for. */
export type TokenResource = 'serviceaccounts' | 'pods' | 'secrets' | 'nodes';

/** Reads a live object; undefined when there is none. The namespace of a node is ''. */
export type TokenLookup = (resource: TokenResource, namespace: string, name: string) => KubeObject | undefined;

export interface TokenRequestInput {
  /** The TokenRequest as posted to `serviceaccounts/<name>/token`. */
  object: KubeObject;
  namespace: string;
  name: string;
  now: Date;
  /** A new UUID: `jti` of the token. */
  id: string;
  issuer: TokenIssuer;
  lookup: TokenLookup;
}

const KIND = { group: 'authentication.k8s.io', name: 'TokenRequest' };
const DEFAULT_SECONDS = 3600;
const LEAST_SECONDS = 600;
const MOST_SECONDS = 2 ** 32;
/** What the kubelet asks for: such a token of a pod only warns when its hour is over, and ends a year later. */
const WARN_ONLY_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 3600;

interface Spec {
  audiences?: string[] | null;
  expirationSeconds?: number;
  boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string } | null;
  attestations?: Record<string, string[]>;
}

/** Sets the default lifetime. */
export function tokenRequestDefaults(object: KubeObject): void {
  const spec = (object['spec'] ??= {}) as Spec;
  spec.expirationSeconds ??= DEFAULT_SECONDS;
}

/**
 * The TokenRequest with its token (kubernetes `pkg/registry/core/serviceaccount/storage/token.go`). Throws the answer
 * to a request that can't be met.
 */
export function requestToken(input: TokenRequestInput): KubeObject {
  const { namespace, name, now, issuer, lookup } = input;
  const object = structuredClone(input.object);
  tokenRequestDefaults(object);
  const { metadata } = object;
  const spec = object['spec'] as Spec & { expirationSeconds: number };
  const mismatch = (field: string, value: string, what: string) =>
    invalidError(KIND, name, [invalid(field, value, `must match the service account ${what} if specified`)]);
  if (metadata.name && metadata.name !== name) throw mismatch('metadata.name', metadata.name, 'name');
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw mismatch('metadata.namespace', metadata.namespace, 'namespace');
  }
  const account = lookup('serviceaccounts', namespace, name);
  if (!account) throw notFoundError({ group: '', name: 'serviceaccounts' }, name);
  const uid = account.metadata.uid ?? '';
  if (metadata.uid && metadata.uid !== uid) {
    const why = `the UID in the token request (${metadata.uid}) does not match the UID of the service account (${uid})`;
    throw conflict(KIND, name, why);
  }
  if (!spec.audiences?.length) spec.audiences = [...issuer.audiences];
  const errors = validate(spec);
  if (errors.length > 0) throw invalidError(KIND, '', errors);
  const bound = boundClaims(spec, input);
  const seconds = Math.floor(now.getTime() / 1000);
  const extended =
    bound.pod &&
    spec.expirationSeconds === WARN_ONLY_SECONDS &&
    spec.audiences.every((one) => issuer.audiences.includes(one));
  const claims: TokenClaims = {
    iss: issuer.issuer,
    sub: serviceAccountUser(namespace, name),
    aud: spec.audiences,
    exp: seconds + (extended ? EXTENDED_SECONDS : spec.expirationSeconds),
    iat: seconds,
    nbf: seconds,
    jti: input.id,
    'kubernetes.io': {
      namespace,
      serviceaccount: { name, uid },
      ...bound,
      ...(extended && { warnafter: seconds + spec.expirationSeconds }),
    },
  };
  object.metadata = { ...metadata, name, namespace, uid, creationTimestamp: rfc3339(now.getTime()) };
  object['status'] = {
    token: signToken(issuer, claims),
    expirationTimestamp: rfc3339(now.getTime() + spec.expirationSeconds * 1000),
  };
  return object;
}

const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const WEBHOOK_CONFIGURATION = /^(Validating|Mutating)WebhookConfiguration$/;

function validate({ expirationSeconds = 0, attestations, boundObjectRef }: Spec): FieldError[] {
  const field = 'spec.expirationSeconds';
  const errors: FieldError[] = [];
  if (expirationSeconds < LEAST_SECONDS) {
    errors.push(invalid(field, expirationSeconds, 'may not specify a duration less than 10 minutes'));
  }
  if (expirationSeconds > MOST_SECONDS) {
    errors.push(invalid(field, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (WEBHOOK_CONFIGURATION.test(boundObjectRef?.kind ?? '')) return errors;
  if (Object.keys(attestations ?? {}).length === 0) return errors;
  const why = 'attestations may only be specified with a webhook bound object reference';
  return [invalid('spec.attestations', attestations, why)];
}

/** The claims that tie a token to a pod, secret or node: it ends with that. */
function boundClaims(
  spec: Spec,
  { namespace, name, lookup }: TokenRequestInput,
): Partial<TokenClaims['kubernetes.io']> {
  const reference = spec.boundObjectRef;
  if (!reference) return {};
  const { kind = '', apiVersion = '', name: id = '' } = reference;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const find = (resource: TokenResource, scope: string): KubeObject => {
    const found = lookup(resource, scope, id);
    if (!found) throw notFoundError({ group: '', name: resource }, id);
    return found;
  };
  const referenceTo = ({ metadata }: KubeObject) => {
    const uid = metadata.uid ?? '';
    if (reference.uid && reference.uid !== uid) {
      const why =
        `the UID in the bound object reference (${reference.uid}) does not match the UID in record. ` +
        'The object might have been deleted and then recreated';
      throw conflict({ group, name: kind }, id, why);
    }
    return { name: id, uid };
  };
  switch (group ? '' : kind) {
    case 'Pod': {
      const pod = find('pods', namespace);
      if (pod['spec']?.serviceAccountName !== name) {
        throw badRequest(
          `cannot bind token for serviceaccount "${name}" to pod running with different serviceaccount name.`,
        );
      }
      const node = pod['spec']?.nodeName as string | undefined;
      const nodeUid = node ? lookup('nodes', '', node)?.metadata.uid : undefined;
      return { pod: referenceTo(pod), ...(node && { node: { name: node, ...(nodeUid && { uid: nodeUid }) } }) };
    }
    case 'Node':
      return { node: referenceTo(find('nodes', '')) };
    case 'Secret':
      return { secret: referenceTo(find('secrets', namespace)) };
    default: {
      const gate =
        apiVersion === 'admissionregistration.k8s.io/v1' && WEBHOOK_CONFIGURATION.test(kind)
          ? ' (feature gate APIServerWebhookAuthenticationToken is disabled)'
          : '';
      // Go prints an object's type as group/version, Kind=kind.
      const type = `${group ? `${group}/${version}` : apiVersion ? `/${version}` : '/'}, Kind=${kind}`;
      throw badRequest(`cannot bind token to object of type ${type}${gate}`);
    }
  }
}
