/** Files of one volume that are in each other's way (kubernetes `pkg/api/pod/warnings.go`). Pure. */
import { goQuote } from '../../api/field-error.ts';
import { list, type Part } from './common.ts';

interface Source {
  path: string;
  /** '' where the volume has but one. */
  from: string;
}

const trimmed = (path: string): string => path.replace(/\/+$/, '');
const printed = ({ path, from }: Source): string => (from ? `${goQuote(path)} (${from})` : goQuote(path));

const overlap = (a: Source, b: Source): boolean =>
  a.path !== '' && b.path !== '' && (`${a.path}/`.startsWith(`${b.path}/`) || `${b.path}/`.startsWith(`${a.path}/`));

function overlaps(sources: readonly Source[]): string[] {
  const seen: Source[] = [];
  return sources.flatMap(({ path, from }) => {
    const one = { path: trimmed(path), from };
    const found = seen.filter((other) => overlap(one, other)).map((other) => `${printed(one)} with ${printed(other)}`);
    seen.push(one);
    return found;
  });
}

const paths = (items: Part[], from: string): Source[] => items.map(({ path = '' }) => ({ path, from }));

/** The files of one source of a projected volume. */
function filesOf(source: Part): Source[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  if (configMap?.items) return paths(list(configMap.items), `ConfigMap ${goQuote(configMap.name ?? '')}`);
  if (secret?.items) return paths(list(secret.items), `Secret ${goQuote(secret.name ?? '')}`);
  if (downwardAPI?.items) return paths(list(downwardAPI.items), 'DownwardAPI');
  if (serviceAccountToken) return [{ path: serviceAccountToken.path ?? '', from: 'ServiceAccountToken' }];
  if (clusterTrustBundle) {
    const { name, signerName = '', path = '' } = clusterTrustBundle;
    return [{ path, from: `ClusterTrustBundle ${goQuote(name ?? signerName)}` }];
  }
  if (!podCertificate) return [];
  const { certificateChainPath, keyPath, credentialBundlePath } = podCertificate;
  return [
    { path: certificateChainPath ?? '', from: 'PodCertificate chain' },
    { path: keyPath ?? '', from: 'PodCertificate key' },
    { path: credentialBundlePath ?? '', from: 'PodCertificate credential bundle' },
  ].filter(({ path }) => path !== '');
}

const isNothing = (source: Part): boolean => Object.values(source).every((one) => one === undefined || one === null);

/** A warning per pair of files where one is the other, or is in it. */
export function overlapWarnings(volumes: Part[]): string[] {
  return volumes.flatMap(({ name = '', configMap, secret, downwardAPI, projected }) => {
    const warn = (what: string, sources: Source[]) =>
      overlaps(sources).map((words) => `volume ${goQuote(name)} (${what}): overlapping paths: ${words}`);
    const parts = list(projected?.sources);
    const empty = `volume ${goQuote(name)} (Projected) has no sources provided`;
    return [
      ...warn(`ConfigMap ${goQuote(configMap?.name ?? '')}`, paths(list(configMap?.items), '')),
      ...warn(`Secret ${goQuote(secret?.secretName ?? '')}`, paths(list(secret?.items), '')),
      ...warn('DownwardAPI', paths(list(downwardAPI?.items), '')),
      ...parts.filter(isNothing).map(() => empty),
      ...warn('Projected', parts.flatMap(filesOf)),
    ];
  });
}
