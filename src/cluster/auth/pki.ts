import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { alternativeNames, makeCertificate } from './certificate.ts';
import { keep, read } from './keep.ts';

/** PEMs: what clients trust, and what the server shows and holds. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

/** What the API server is called from outside and inside a cluster, as upstream's own certificate says. */
export const SERVER_NAMES: readonly string[] = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  'localhost',
  '127.0.0.1',
  '::1',
];

const CA_NAME = 'sluice-ca';
const SERVER_NAME = 'kube-apiserver';
const DAY_MS = 24 * 3600 * 1000;
const CA_DAYS = 10 * 365;
const SERVER_DAYS = 365;
/** A certificate that ends within this time is renewed at a start. */
const RENEW_DAYS = 30;

interface Pair {
  cert: string;
  key: string;
  parsed: X509Certificate;
}

/**
 * The server's certificate and the authority that signed it, from `dir` or new. The certificate is renewed when its
 * time is nearly over or the names have changed; the authority stays until it expires, so that kubeconfigs stay valid.
 * `names` come on top of SERVER_NAMES.
 */
export function ensureCertificates(dir: string, names: readonly string[], now: Date): Certificates {
  const all = [...new Set([...SERVER_NAMES, ...names])].sort();
  const authority = kept(dir, 'ca');
  const ca = authority && validUntil(authority, now, 0) ? authority : makeAuthority(dir, now);
  const server = kept(dir, 'server');
  const usable =
    server &&
    validUntil(server, now, RENEW_DAYS) &&
    server.parsed.verify(ca.parsed.publicKey) &&
    server.parsed.raw.includes(alternativeNames(all));
  const { cert, key } = usable ? server : makeServer(dir, ca, all, now);
  return { ca: ca.cert, cert, key };
}

/** A certificate and its key; undefined when there is none, or the two don't belong together. */
function kept(dir: string, name: string): Pair | undefined {
  const cert = read(join(dir, `${name}.crt`));
  const key = read(join(dir, `${name}.key`));
  if (!cert || !key) return undefined;
  try {
    const parsed = new X509Certificate(cert);
    return parsed.checkPrivateKey(createPrivateKey(key)) ? { cert, key, parsed } : undefined;
  } catch {
    // Not PEM: as good as not there.
    return undefined;
  }
}

const validUntil = ({ parsed }: Pair, now: Date, days: number): boolean =>
  parsed.validFromDate <= now && parsed.validToDate.getTime() - now.getTime() > days * DAY_MS;

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** From a day ago, for clocks that are behind. */
const period = (now: Date, days: number) => ({
  notBefore: new Date(now.getTime() - DAY_MS),
  notAfter: new Date(now.getTime() + days * DAY_MS),
});

function makeAuthority(dir: string, now: Date): Pair {
  const key = newKey();
  return store(dir, 'ca', key, makeCertificate({ subject: CA_NAME, key, ...period(now, CA_DAYS) }));
}

function makeServer(dir: string, ca: Pair, names: readonly string[], now: Date): Pair {
  const key = newKey();
  const issuer = { subject: CA_NAME, key: createPrivateKey(ca.key) };
  const { notBefore, notAfter } = period(now, SERVER_DAYS);
  const end = ca.parsed.validToDate < notAfter ? ca.parsed.validToDate : notAfter;
  const cert = makeCertificate({ subject: SERVER_NAME, key, issuer, names, notBefore, notAfter: end });
  return store(dir, 'server', key, cert);
}

function store(dir: string, name: string, privateKey: ReturnType<typeof newKey>, cert: string): Pair {
  const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  keep(join(dir, `${name}.key`), key);
  keep(join(dir, `${name}.crt`), cert);
  return { cert, key, parsed: new X509Certificate(cert) };
}
