import { expect, test } from 'vitest';
import { isSecretName, redactText } from '../../src/runtime/redact.ts';

const secret = 'wJalrXUtnFEMI-K7MDENG';

test.each([
  [`Authorization: Bearer ${secret}`, 'Authorization: [redacted]'],
  ['authorization=AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=h, Signature=0a', 'authorization=[redacted]'],
  [`sent Bearer ${secret} to it`, 'sent Bearer [redacted] to it'],
  [`{"authorization":"Basic ${secret}"}`, '{"authorization":[redacted]}'],
  [`{\\"secretAccessKey\\":\\"${secret}\\",\\"a\\":1}`, '{\\"secretAccessKey\\":[redacted],\\"a\\":1}'],
  [`aws_secret_access_key = ${secret}`, 'aws_secret_access_key = [redacted]'],
  [`AWS_SESSION_TOKEN=${secret} next`, 'AWS_SESSION_TOKEN=[redacted] next'],
  [`https://sts/?X-Amz-Signature=${secret}&X-Amz-Date=1`, 'https://sts/?X-Amz-Signature=[redacted]&X-Amz-Date=1'],
  [`GET /?X-Amz-Security-Token=${secret}`, 'GET /?X-Amz-Security-Token=[redacted]'],
  [
    'AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=abcdef0123',
    'AWS4-HMAC-SHA256 [redacted]',
  ],
  ['key AKIAIOSFODNN7EXAMPLE is', 'key [redacted] is'],
  ['eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJl', '[redacted]'],
  ['k8s-aws-v1.aHR0cHM6Ly9zdHM', '[redacted]'],
  ['http://user:pa55@proxy:3128/', 'http://[redacted]@proxy:3128/'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- after', '[redacted] after'],
  [`password: ${secret}`, 'password: [redacted]'],
])('%s', (text, expected) => {
  expect(redactText(text)).toBe(expected);
});

test.each([
  'ExpiredToken: The security token included in the request is expired',
  'InvalidClientTokenId: The security token included in the request is invalid.',
  'UnauthorizedOperation: You are not authorized to perform this operation. Encoded authorization failure message: x',
  'CredentialsProviderError: Could not load credentials from any providers',
  'SignatureDoesNotMatch: The request signature we calculated does not match',
  'Unexpected token \'<\', "<html>" is not valid JSON',
  'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/k8s-a-b/0123456789abcdef',
])('says what is needed: %s', (text) => {
  expect(redactText(text)).toBe(text);
});

test.each([
  'authorization',
  'Proxy-Authorization',
  'secretAccessKey',
  'sessionToken',
  'X-Amz-Security-Token',
  'accessKeyId',
])('%s is a secret name', (name) => {
  expect(isSecretName(name)).toBe(true);
});
test.each(['client-key-data', 'credentials', 'password', 'X-Amz-Signature', 'token', 'tokens', 'set-cookie'])(
  '%s is a secret name, too',
  (name) => {
    expect(isSecretName(name)).toBe(true);
  },
);
test.each(['secretName', 'tokenBucket', 'service', 'keys', 'signatureVersion', 'arn', 'author'])(
  '%s is none',
  (name) => {
    expect(isSecretName(name)).toBe(false);
  },
);
