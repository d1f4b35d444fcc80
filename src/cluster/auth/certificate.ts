import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import * as der from './der.ts';

/** A certificate to be made (X.509 v3, RFC 5280), signed with ECDSA and SHA-256. */
export interface CertificateRequest {
  subject: string;
  /** The key that the certificate is about: the private one or the public one. */
  key: KeyObject;
  notBefore: Date;
  notAfter: Date;
  /** Absent: signed by itself, and may sign others. */
  issuer?: { subject: string; key: KeyObject };
  /** DNS names and IP addresses of a server. */
  names?: readonly string[];
}

const ECDSA_SHA256 = der.sequence(der.identifier('1.2.840.10045.4.3.2'));
const COMMON_NAME = der.identifier('2.5.4.3');
const SERVER_AUTH = der.identifier('1.3.6.1.5.5.7.3.1');

const nameOf = (commonName: string): Buffer => der.sequence(der.set(der.sequence(COMMON_NAME, der.utf8(commonName))));

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.identifier(id), ...flag, der.octets(value));
}

const spki = (key: KeyObject): Buffer =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' });

/** RFC 7093 method 1, as Go makes it: the first 160 bits of the SHA-256 of the key. */
const keyId = (key: KeyObject): Buffer => createHash('sha256').update(spki(key)).digest().subarray(0, 20);

/** The extension that lists what a server may be called. Throws for a name that can't be in a certificate. */
export function alternativeNames(names: readonly string[]): Buffer {
  const entries = names.map((name) => {
    if (isIP(name)) return der.implicit(7, Buffer.from(ipaddr.parse(name).toByteArray()));
    if (!/^[\x21-\x7e]+$/.test(name)) throw new Error(`not a name for a certificate: ${JSON.stringify(name)}`);
    return der.implicit(2, Buffer.from(name));
  });
  return extension('2.5.29.17', false, der.sequence(...entries));
}

/** The certificate as PEM. */
export function makeCertificate(request: CertificateRequest): string {
  const { subject, key, issuer, names } = request;
  const signer = issuer ?? { subject, key };
  const authority = !issuer;
  const extensions = [
    // digitalSignature, for an authority keyCertSign and cRLSign too.
    extension(
      '2.5.29.15',
      true,
      authority ? der.bits(Buffer.from([0b1000_0110]), 1) : der.bits(Buffer.from([0x80]), 7),
    ),
    ...(authority ? [] : [extension('2.5.29.37', false, der.sequence(SERVER_AUTH))]),
    extension('2.5.29.19', true, authority ? der.sequence(der.boolean(true)) : der.sequence()),
    extension('2.5.29.14', false, der.octets(keyId(key))),
    ...(authority ? [] : [extension('2.5.29.35', false, der.sequence(der.implicit(0, keyId(signer.key))))]),
    ...(names ? [alternativeNames(names)] : []),
  ];
  const serial = randomBytes(16);
  // Positive and not zero.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(serial),
    ECDSA_SHA256,
    nameOf(signer.subject),
    der.sequence(der.time(request.notBefore), der.time(request.notAfter)),
    nameOf(subject),
    spki(key),
    der.explicit(3, der.sequence(...extensions)),
  );
  return der.pem('CERTIFICATE', der.sequence(body, ECDSA_SHA256, der.bits(sign('sha256', body, signer.key))));
}
