/** ConfigMaps, Secrets and ServiceAccounts (kubernetes `pkg/apis/core/validation`, `pkg/registry/core`). */
import { createPublicKey, X509Certificate, createPrivateKey } from 'node:crypto';
import { type FieldError, forbidden, invalid, keyed, required, tooLong } from '../../api/field-error.ts';
import type { Json, KubeObject } from '../../api/object.ts';
import { JsonSyntaxError, parseJson } from '../../schema/json.ts';
import { isConfigMapKey } from '../../validation/names.ts';
import type { Strategy } from '../kind.ts';
import { all, equal, immutable, list, type Part, setDefault } from './common.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';

const MOST_BYTES = 1024 * 1024;
const NAMESPACED = { namespaced: true } as const;
const FROZEN = 'field is immutable when `immutable` is set';

const bytesOf = (base64: string | null | undefined): number => Buffer.from(base64 ?? '', 'base64').length;

function validateConfigMap(map: KubeObject): FieldError[] {
  const data: Record<string, string> = map['data'] ?? {};
  const binary: Record<string, string> = map['binaryData'] ?? {};
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    const path = keyed('data', key);
    errors.push(...all(path, key, isConfigMapKey(key)));
    if (Object.hasOwn(binary, key)) errors.push(invalid(path, key, 'duplicate of key present in binaryData'));
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binary)) {
    errors.push(...all(keyed('binaryData', key), key, isConfigMapKey(key)));
    size += bytesOf(value);
  }
  if (size > MOST_BYTES) errors.push(tooLong('', MOST_BYTES));
  return errors;
}

/** What is marked as immutable stays so, and so do its fields. */
function validateFrozen(object: KubeObject, old: KubeObject, fields: readonly string[]): FieldError[] {
  if (!old['immutable']) return [];
  const changed = fields.filter((field) => !equal(object[field] ?? {}, old[field] ?? {}));
  return [...(object['immutable'] ? [] : ['immutable']), ...changed].map((field) => forbidden(field, FROZEN));
}

export const CONFIG_MAP: Strategy = {
  validateCreate: (map) => [...createdMeta(map), ...validateConfigMap(map)],
  validateUpdate: (map, old) => [
    ...updatedMeta(map, old),
    ...validateFrozen(map, old, ['data', 'binaryData']),
    ...wholeMeta(map, NAMESPACED),
    ...validateConfigMap(map),
  ],
};

/** The keys that a type of Secret wants. */
const WANTED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const JSON_TYPES = new Set(['kubernetes.io/dockercfg', 'kubernetes.io/dockerconfigjson']);
const ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name';

function validateSecret(secret: KubeObject): FieldError[] {
  const data: Record<string, string> = secret['data'] ?? {};
  const type: string = secret['type'] ?? '';
  const errors = Object.keys(data).flatMap((key) => all(keyed('data', key), key, isConfigMapKey(key)));
  const size = Object.values(data).reduce((sum, value) => sum + bytesOf(value), 0);
  if (size > MOST_BYTES) errors.push(tooLong('data', MOST_BYTES));
  const missing = (key: string) => required(keyed('data', key));
  for (const key of WANTED_KEYS[type] ?? []) {
    const value = data[key];
    if (value === undefined) errors.push(missing(key));
    else if (JSON_TYPES.has(type)) errors.push(...validateJson(value, keyed('data', key)));
  }
  if (type === 'kubernetes.io/service-account-token' && !secret.metadata.annotations?.[ACCOUNT_ANNOTATION]) {
    errors.push(required(keyed('metadata.annotations', ACCOUNT_ANNOTATION)));
  }
  if (type === 'kubernetes.io/basic-auth' && data['username'] === undefined && data['password'] === undefined) {
    errors.push(missing('username'), missing('password'));
  }
  if (type === 'kubernetes.io/ssh-auth' && !data['ssh-privatekey']) errors.push(missing('ssh-privatekey'));
  return errors;
}

/** The words for JSON that Go could not read as an object. */
function validateJson(base64: string, path: string): FieldError[] {
  const text = Buffer.from(base64, 'base64').toString();
  const wrong = jsonProblem(text);
  return wrong === undefined ? [] : [invalid(path, '<secret contents redacted>', wrong)];
}

function jsonProblem(text: string): string | undefined {
  let value: Json;
  try {
    ({ value } = parseJson(text));
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
}

/** What clients may write as text is stored as bytes (`Convert_v1_Secret_To_core_Secret`). */
function readStringData(secret: KubeObject): void {
  const texts = secret['stringData'] as Record<string, string> | undefined;
  if (!texts) return;
  const entries = Object.entries(texts).map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
  if (entries.length > 0) secret['data'] = { ...secret['data'], ...Object.fromEntries(entries) };
  delete secret['stringData'];
}

/** Go's tls.X509KeyPair, as far as its words are likely. */
function keyPairProblem(secret: KubeObject): string | undefined {
  const pem = (key: string) => Buffer.from(secret['data']?.[key] ?? '', 'base64').toString();
  const [certificate, key] = [pem('tls.crt'), pem('tls.key')];
  if (!certificate.includes('-----BEGIN ')) return 'tls: failed to find any PEM data in certificate input';
  if (!key.includes('-----BEGIN ')) return 'tls: failed to find any PEM data in key input';
  try {
    const pair = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
    const own = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
    return pair.equals(own) ? undefined : 'tls: private key does not match public key';
  } catch {
    return 'tls: failed to parse private key';
  }
}

export const SECRET: Strategy = {
  defaults: (secret) => {
    readStringData(secret);
    setDefault(secret, 'type', 'Opaque');
  },
  validateCreate: (secret) => [...createdMeta(secret), ...validateSecret(secret)],
  validateUpdate: (secret, old) => [
    ...updatedMeta(secret, old),
    ...immutable(secret['type'], old['type'], 'type'),
    ...validateFrozen(secret, old, ['data']),
    ...wholeMeta(secret, NAMESPACED),
    ...validateSecret(secret),
  ],
  warnings: (secret) => {
    const wrong = secret['type'] === 'kubernetes.io/tls' ? keyPairProblem(secret) : undefined;
    return wrong ? [wrong] : [];
  },
};

/** Of its Secrets an account keeps the names. */
function keepNames(account: KubeObject): void {
  if (account['secrets']) {
    account['secrets'] = list(account['secrets']).map(({ name }: Part) => (name ? { name } : {}));
  }
}

const ENFORCE = 'kubernetes.io/enforce-mountable-secrets';

export const SERVICE_ACCOUNT: Strategy = {
  prepareForCreate: keepNames,
  prepareForUpdate: keepNames,
  validateCreate: createdMeta,
  validateUpdate: (account, old) => [...updatedMeta(account, old), ...wholeMeta(account, NAMESPACED)],
  warnings: (account, old) => {
    const has = (one: KubeObject | undefined) => one?.metadata.annotations?.[ENFORCE] !== undefined;
    if (!has(account) || has(old)) return [];
    const words = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';
    return [`metadata.annotations[${ENFORCE}]: ${words}`];
  },
};
