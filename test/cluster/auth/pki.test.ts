import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as der from '../../../src/cluster/auth/der.ts';
import { type Certificates, ensureCertificates, SERVER_NAMES } from '../../../src/cluster/auth/pki.ts';

const NOW = new Date();
const days = (count: number) => new Date(NOW.getTime() + count * 24 * 3600 * 1000);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-pki-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Connects as a client that trusts the authority and expects the name; returns the problem it sees. */
async function handshake({ ca, cert, key }: Certificates, name: string, trusted = ca): Promise<string | undefined> {
  const server = createServer({ cert, key }, (socket) => socket.end());
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, ca: trusted, checkServerIdentity: () => undefined }, () => {
        const parsed = socket.getPeerX509Certificate();
        const known = isIP(name) ? parsed?.checkIP(name) : parsed?.checkHost(name);
        socket.destroy();
        resolve(known ? undefined : `not ${name}`);
      });
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  } finally {
    server.close();
  }
}

describe('certificates', () => {
  test('a client that trusts the authority accepts every name', async () => {
    const made = ensureCertificates(dir, ['10.96.0.1', 'fd00::1', 'my.host'], NOW);
    for (const name of [...SERVER_NAMES, '10.96.0.1', 'fd00::1', 'my.host']) {
      expect(await handshake(made, name)).toBeUndefined();
    }
    expect(await handshake(made, '10.96.0.2')).toBe('not 10.96.0.2');
    expect(await handshake(made, 'example.com')).toBe('not example.com');
    const other = ensureCertificates(join(dir, 'other'), [], NOW);
    expect(await handshake(made, 'localhost', other.ca)).toBeDefined();
  });

  test('openssl finds nothing wrong', ({ skip }) => {
    ensureCertificates(dir, ['10.96.0.1'], NOW);
    try {
      execFileSync('openssl', ['version']);
    } catch {
      skip('no openssl here');
    }
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_ip', '10.96.0.1', '-CAfile'];
    const answer = execFileSync('openssl', [...args, join(dir, 'ca.crt'), join(dir, 'server.crt')]);
    expect(String(answer)).toMatch(/OK\n$/);
  });

  test('only their owner may read the files', () => {
    ensureCertificates(join(dir, 'new'), [], NOW);
    expect(statSync(join(dir, 'new')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(dir, 'new')).sort()).toEqual(['ca.crt', 'ca.key', 'server.crt', 'server.key']);
    for (const name of readdirSync(join(dir, 'new'))) expect(statSync(join(dir, 'new', name)).mode & 0o777).toBe(0o600);
  });

  const first = () => ensureCertificates(dir, ['a.example'], NOW);
  const kept: [what: string, authority: boolean, server: boolean, change: () => Certificates][] = [
    ['nothing changes', true, true, () => ensureCertificates(dir, ['a.example'], days(1))],
    ['the names come twice', true, true, () => ensureCertificates(dir, ['a.example', 'localhost', 'a.example'], NOW)],
    ['a name comes', true, false, () => ensureCertificates(dir, ['a.example', 'b.example'], NOW)],
    ['a name goes', true, false, () => ensureCertificates(dir, [], NOW)],
    ['the certificate is nearly over', true, false, () => ensureCertificates(dir, ['a.example'], days(340))],
    ['the certificate is over', true, false, () => ensureCertificates(dir, ['a.example'], days(400))],
    ['the authority is over', false, false, () => ensureCertificates(dir, ['a.example'], days(3651))],
    ['the clock was ahead', false, false, () => ensureCertificates(dir, ['a.example'], days(-2))],
    [
      'the key of the server is lost',
      true,
      false,
      () => {
        rmSync(join(dir, 'server.key'));
        return ensureCertificates(dir, ['a.example'], NOW);
      },
    ],
    [
      'the authority is damaged',
      false,
      false,
      () => {
        writeFileSync(join(dir, 'ca.crt'), 'nothing');
        return ensureCertificates(dir, ['a.example'], NOW);
      },
    ],
  ];
  test.each(kept)('when %s the authority stays: %s, the certificate: %s', (_what, authority, server, change) => {
    const before = first();
    const after = change();
    expect([after.ca === before.ca, after.cert === before.cert]).toEqual([authority, server]);
    expect(new X509Certificate(after.cert).verify(new X509Certificate(after.ca).publicKey)).toBe(true);
  });

  test('no certificate outlives its authority', () => {
    first();
    const { ca, cert } = ensureCertificates(dir, [], days(3500));
    expect(new X509Certificate(cert).validTo).toBe(new X509Certificate(ca).validTo);
  });

  test('a name that no certificate can hold is an error', () => {
    expect(() => ensureCertificates(dir, ['größe.example'], NOW)).toThrow('not a name for a certificate');
  });
});

describe('DER', () => {
  // ITU-T X.690's and RFC 5280's own examples, and lengths around the limits.
  test.each([
    ['a small integer', der.integer(Buffer.from([0, 0, 5])), '020105'],
    ['zero', der.integer(Buffer.from([0])), '020100'],
    ['an integer with the first bit set', der.integer(Buffer.from([0x80])), '02020080'],
    ['1.2.840.10045.4.3.2', der.identifier('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
    ['2.5.29.17', der.identifier('2.5.29.17'), '0603551d11'],
    ['a time before 2050', der.time(new Date('2049-12-31T23:59:59.9Z')), '170d3439313233313233353935395a'],
    ['a time from 2050 on', der.time(new Date('2050-01-01T00:00:00Z')), '180f32303530303130313030303030305a'],
  ])('%s', (_what, made, hex) => {
    expect(made.toString('hex')).toBe(hex);
  });

  test.each([
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65535, '0482ffff'],
  ])('a length of %s', (size, head) => {
    expect(
      der
        .octets(Buffer.alloc(size))
        .subarray(0, head.length / 2)
        .toString('hex'),
    ).toBe(head);
  });
});
