import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { goQuote } from '../api/field-error.ts';
import type { JsonObject } from '../api/object.ts';
import { readOrKeep } from './keep.ts';

/** The token of the admin, random, kept in a file of its own. */
export const ensureStaticToken = (path: string): string =>
  readOrKeep(path, () => `${randomBytes(24).toString('base64url')}\n`);

/** Are the two the same? Takes equally long wherever they differ. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** What signs the tokens of service accounts, and whom they are for. */
export interface TokenIssuer {
  /** `iss` of the tokens. */
  issuer: string;
  /** What the API server answers to; a token that names no audience is for these. */
  audiences: readonly string[];
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** `kid`: base64url of the SHA-256 of the public key (kubernetes `pkg/serviceaccount/jwt.go`). */
  keyId: string;
}

export const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** An issuer with the P-256 key (PKCS#8 PEM) in the file; a new key when there is none. */
export function ensureTokenIssuer(path: string, issuer = DEFAULT_ISSUER): TokenIssuer {
  const pem = readOrKeep(path, () =>
    String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })),
  );
  return tokenIssuer(pem, issuer);
}

export function tokenIssuer(privateKeyPem: string, issuer = DEFAULT_ISSUER): TokenIssuer {
  const privateKey = createPrivateKey(privateKeyPem);
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const keyId = createHash('sha256').update(spki).digest('base64url');
  return { issuer, audiences: [issuer], privateKey, publicKey, keyId };
}

interface Reference {
  name: string;
  uid: string;
}

/** The claims of a service account's token. Times are seconds since 1970. */
export interface TokenClaims {
  iss: string;
  sub: string;
  aud: string[];
  exp: number;
  iat: number;
  nbf: number;
  jti: string;
  'kubernetes.io': {
    namespace: string;
    serviceaccount: Reference;
    pod?: Reference;
    secret?: Reference;
    node?: { name: string; uid?: string };
    warnafter?: number;
  };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value, sorted)).toString('base64url');

/** Keys in order, as upstream's library writes them. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A JWT signed with ES256 (RFC 7515, RFC 7518 3.4). */
export function signToken({ privateKey, keyId }: TokenIssuer, claims: TokenClaims): string {
  const text = `${encode({ alg: 'ES256', kid: keyId })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

/** Nothing of ours (undefined), what is wrong with it, or what it says. */
export type TokenReading = { claims: TokenClaims } | { error: string } | undefined;

/** Reads a token and checks its signature, not its time nor what it is about. */
export function readToken(issuer: TokenIssuer, token: string): TokenReading {
  const [head = '', body = '', signature = '', ...more] = token.split('.');
  if (more.length > 0 || !signature) return undefined;
  const claims = parse(body) as TokenClaims | undefined;
  const header = parse(head);
  if (!claims || !header || claims.iss !== issuer.issuer) return undefined;
  if (header['kid'] && header['kid'] !== issuer.keyId) return { error: 'invalid signature, no keys found' };
  if (header['alg'] !== 'ES256') return { error: 'go-jose/go-jose: unknown/unsupported algorithm' };
  const bytes = Buffer.from(signature, 'base64url');
  const text = Buffer.from(`${head}.${body}`);
  // The text of the signature has to be what the bytes give: base64url lets unused bits differ.
  const good =
    bytes.toString('base64url') === signature &&
    verify('sha256', text, { key: issuer.publicKey, dsaEncoding: 'ieee-p1363' }, bytes);
  return good ? { claims } : { error: 'go-jose/go-jose: error in cryptographic primitive' };
}

function parse(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Clocks may differ by so much, and what was deleted counts for so long. */
export const LEEWAY_SECONDS = 60;

/** Why the token is not valid at a time (seconds since 1970); undefined when it is. */
export function timeProblem({ exp, nbf, iat }: TokenClaims, now: number): string | undefined {
  if (now + LEEWAY_SECONDS < nbf) return 'service account token is not valid yet';
  if (now - LEEWAY_SECONDS > exp) return 'service account token has expired';
  if (now + LEEWAY_SECONDS < iat) return 'service account token is issued in the future';
  return undefined;
}

/** Which of the audiences a token is for are asked for; the problem when none is. */
export function commonAudiences(
  tokenAudiences: readonly string[],
  wanted: readonly string[],
): { audiences: string[] } | { error: string } {
  const audiences = tokenAudiences.filter((one) => wanted.includes(one));
  if (audiences.length > 0) return { audiences };
  const quoted = (list: readonly string[]) => `[${list.map(goQuote).join(' ')}]`;
  return { error: `token audiences ${quoted(tokenAudiences)} is invalid for the target audiences ${quoted(wanted)}` };
}

/** `/.well-known/openid-configuration`; `url` is where the server is reached (`https://127.0.0.1:6443`). */
export const openidConfiguration = ({ issuer }: TokenIssuer, url: string): JsonObject => ({
  issuer,
  jwks_uri: `${url}/openid/v1/jwks`,
  response_types_supported: ['id_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
});

/** `/openid/v1/jwks`, of type application/jwk-set+json. */
export function keySet({ publicKey, keyId }: TokenIssuer): JsonObject {
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
  return { keys: [{ use: 'sig', kty: kty ?? '', kid: keyId, crv: crv ?? '', alg: 'ES256', x: x ?? '', y: y ?? '' }] };
}
