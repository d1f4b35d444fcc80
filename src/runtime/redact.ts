/** What must never reach a log: credentials, tokens, keys and signatures, in fields by their name and in text by their shape. */

export const redacted = '[redacted]';

const secretName =
  /(?:authorization|password|passwd|secret|token|credential|signature|privatekey|clientkey|accesskey|apikey|cookie)s?(?:id|data|value|header|hash)?$/;

/** Whether a field of this name holds a secret: `secretAccessKey`, `X-Amz-Security-Token`, `client-key-data`; not `secretName`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name.toLowerCase().replaceAll(/[^a-z]/g, ''));
}

/** Names that hold a secret wherever they stand, and words that do only by themselves: AWS's `ExpiredToken:` is none. */
const names = [
  String.raw`(?:proxy-)?authorization`,
  String.raw`(?:aws[_-]?)?secret[_-]?access[_-]?key`,
  String.raw`(?:aws[_-]?)?access[_-]?key[_-]?id`,
  String.raw`x-amz-(?:security-token|signature|credential)`,
  String.raw`(?:session|security|id|access|refresh)[_-]?token`,
  String.raw`client[_-]?secret`,
  String.raw`client-key-data`,
  String.raw`api[_-]?key`,
  String.raw`(?<![a-z])(?:password|passwd|token|signature|credential|(?:set-)?cookie)`,
];

/** A value after `name=`, `name: ` or `"name":`, quoted or bare, whatever encoding put backslashes before the quotes. */
const namedValue = new RegExp(
  String.raw`(${names.join('|')})` +
    String.raw`(\\*["']?\s*[:=]\s*)` +
    String.raw`(?:\\*["'](?:[^"'\\]|\\[^"'])*\\*["']|(?:(?:bearer|basic|negotiate|aws4-hmac-sha256)\s+)?(?:\[redacted\]|[^\s"'&,;)}\]]+))`,
  'gi',
);

const shapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, redacted],
  // The whole signature header goes: its Credential part names the key as well.
  [/AWS4-HMAC-SHA256\s+Credential=[^"'\n]*?Signature=[0-9a-f]+/gi, `AWS4-HMAC-SHA256 ${redacted}`],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{8,}=*/gi, `$1 ${redacted}`],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, redacted], // a JSON web token: service account tokens are these
  [/\bk8s-aws-v1\.[\w-]+=*/g, redacted], // EKS: a presigned URL in base64
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, redacted],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, `$1${redacted}@`],
];

/** The text without whatever looks like a secret. */
export function redactText(text: string): string {
  let clean = text;
  for (const [shape, replacement] of shapes) clean = clean.replace(shape, replacement);
  return clean.replace(namedValue, (_match, name: string, separator: string) => `${name}${separator}${redacted}`);
}
