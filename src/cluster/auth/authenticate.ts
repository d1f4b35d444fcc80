import type { KubeObject } from '../api/object.ts';
import { unauthorized } from '../api/status.ts';
import type { Headers } from './impersonate.ts';
import { aggregate } from './rbac.ts';
import type { TokenLookup, TokenResource } from './token-request.ts';
import {
  commonAudiences,
  LEEWAY_SECONDS,
  readToken,
  sameSecret,
  type TokenClaims,
  type TokenIssuer,
  type TokenReading,
  timeProblem,
} from './tokens.ts';
import { anonymous, authenticated, serviceAccountGroups, serviceAccountUser, type User } from './user.ts';

/** A token that is simply known, and whose it is. */
export interface StaticToken {
  token: string;
  user: User;
}

/** Whom a token belongs to and which of the audiences it is good for, or why it is not. */
export type TokenAnswer = { user: User; audiences: string[] } | { error: string };

const EXTRA = 'authentication.kubernetes.io/';
const MOST_READ = 1000;

/** Knows whose a token is: the admin's, or a service account's that still exists. */
export class Authenticator {
  readonly #tokens: readonly StaticToken[];
  readonly #issuer: TokenIssuer;
  readonly #lookup: TokenLookup;
  /** Signatures are checked once a token; everything that can change is checked every time. */
  readonly #read = new Map<string, TokenReading>();

  constructor(tokens: readonly StaticToken[], issuer: TokenIssuer, lookup: TokenLookup) {
    this.#tokens = tokens;
    this.#issuer = issuer;
    this.#lookup = lookup;
  }

  /**
   * Who sends the request. Without a bearer token it is anonymous, and the roles say what that may do; a token that is
   * not good is a 401 everywhere, /healthz included (apiserver `pkg/authentication/request/bearertoken`).
   */
  userOf(headers: Headers, now: Date, warn: (text: string) => void = () => {}): User {
    const [scheme = '', token, ...more] = (headers['authorization']?.[0] ?? '').trim().split(' ', 3);
    if (token === undefined || scheme.toLowerCase() !== 'bearer') return anonymous;
    if (!token) {
      if (more.length > 0) warn(EXTRA_SPACE);
      return anonymous;
    }
    const answer = this.check(token, now);
    if ('error' in answer) throw unauthorized();
    return answer.user;
  }

  /** Checks a token for the audiences; without any for those of the API server. */
  check(token: string, now: Date, audiences: readonly string[] = this.#issuer.audiences): TokenAnswer {
    const own = this.#issuer.audiences.filter((one) => audiences.includes(one));
    const known = this.#tokens.find((one) => sameSecret(one.token, token));
    if (known && own.length > 0) return { user: authenticated(known.user), audiences: own };
    const answer = this.#serviceAccount(token, now, audiences);
    if (answer && !('error' in answer)) return answer;
    // Upstream asks its own loopback token first, which has nothing else to say.
    const invalid = 'invalid bearer token';
    return { error: aggregate([invalid, answer?.error ?? invalid]) };
  }

  #serviceAccount(token: string, now: Date, wanted: readonly string[]): TokenAnswer | undefined {
    const reading = this.#reading(token);
    if (!reading || 'error' in reading) return reading;
    const { claims } = reading;
    const { aud } = claims;
    const common = commonAudiences(Array.isArray(aud) ? aud : [aud], wanted);
    if ('error' in common) return common;
    const seconds = now.getTime() / 1000;
    const error = timeProblem(claims, seconds) ?? this.#problem(claims, seconds);
    return error === undefined ? { user: userOf(claims), audiences: common.audiences } : { error };
  }

  #reading(token: string): TokenReading {
    const known = this.#read.get(token);
    if (known) return known;
    const reading = readToken(this.#issuer, token);
    if (reading && 'claims' in reading) {
      const [oldest] = this.#read.keys();
      if (this.#read.size >= MOST_READ && oldest !== undefined) this.#read.delete(oldest);
      this.#read.set(token, reading);
    }
    return reading;
  }

  /** What the token is about has gone, or is another of the same name (kubernetes `pkg/serviceaccount/claims.go`). */
  #problem(claims: TokenClaims, seconds: number): string | undefined {
    const { namespace, serviceaccount, secret, pod, node } = claims['kubernetes.io'];
    const { name, uid } = serviceaccount;
    const account = this.#lookup('serviceaccounts', namespace, name);
    if (!account) return `serviceaccounts "${name}" not found`;
    const live = account.metadata.uid ?? '';
    if (live !== uid) return `service account UID (${live}) does not match claim (${uid})`;
    if (isGone(account, seconds)) return `service account ${namespace}/${name} has been deleted`;
    const bound = (resource: TokenResource, scope: string, what: string, reference: { name: string; uid?: string }) => {
      const found = this.#lookup(resource, scope, reference.name);
      if (!found) return 'service account token has been invalidated';
      const now = found.metadata.uid ?? '';
      if (now !== reference.uid) {
        return `${what} UID (${now}) does not match service account ${what} ref claim (${reference.uid ?? ''})`;
      }
      return isGone(found, seconds) ? 'service account token has been invalidated' : undefined;
    };
    return (
      (secret ? bound('secrets', namespace, 'secret', secret) : undefined) ??
      (pod ? bound('pods', namespace, 'pod', pod) : undefined) ??
      (node && !pod ? bound('nodes', '', 'node', node) : undefined)
    );
  }
}

const EXTRA_SPACE = 'the provided Authorization header contains extra space before the bearer token, and is ignored';

const isGone = ({ metadata }: KubeObject, seconds: number): boolean =>
  metadata.deletionTimestamp !== undefined && Date.parse(metadata.deletionTimestamp) / 1000 < seconds - LEEWAY_SECONDS;

function userOf(claims: TokenClaims): User {
  const { namespace, serviceaccount, pod, node } = claims['kubernetes.io'];
  return authenticated({
    name: serviceAccountUser(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: serviceAccountGroups(namespace),
    extra: {
      [`${EXTRA}credential-id`]: [`JTI=${claims.jti}`],
      ...(node && { [`${EXTRA}node-name`]: [node.name], ...(node.uid && { [`${EXTRA}node-uid`]: [node.uid] }) }),
      ...(pod && { [`${EXTRA}pod-name`]: [pod.name], [`${EXTRA}pod-uid`]: [pod.uid] }),
    },
  });
}
