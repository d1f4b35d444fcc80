/** The bill of materials of the bundle: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/. */
import type { Metafile } from 'esbuild';

/** The part of package-lock.json (version 3) that is read here. */
export interface Lock {
  packages: Record<string, LockEntry>;
}

interface LockEntry {
  version?: string;
  /** Subresource Integrity: algorithm and base64, as `sha512-…`. */
  integrity?: string;
  /** An SPDX expression. */
  license?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** A package that has code in the bundle. */
export interface BundledPackage extends LockEntry {
  /** Its folder, as in package-lock.json. */
  path: string;
  name: string;
  version: string;
  /** Folders of the packages that it needs, as far as they are in the bundle too. */
  needs: string[];
}

/**
 * The packages that have code in a bundle, by folder.
 * @throws Error for one that package-lock.json does not know.
 */
export function packagesIn(metafile: Metafile, lock: Lock): BundledPackage[] {
  const paths = new Set<string>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const path = bytesInOutput > 0 ? packageOf(file) : undefined;
      if (path) paths.add(path);
    }
  }
  return [...paths].sort().map((path) => {
    const entry = lock.packages[path];
    if (!entry?.version) throw new Error(`${path} is in the bundle and not in package-lock.json: run npm ci`);
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return { ...entry, path, name, version: entry.version, needs: needsOf(path, entry, paths) };
  });
}

/** `node_modules/@a/b/lib/c.js` → `node_modules/@a/b`; undefined for a file of our own. */
function packageOf(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

function needsOf(path: string, entry: LockEntry, bundled: ReadonlySet<string>): string[] {
  const names = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies });
  return names.flatMap((name) => resolve(name, path, bundled) ?? []).sort();
}

/** Node's rule: the nearest node_modules, going outward. */
function resolve(name: string, from: string, bundled: ReadonlySet<string>): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (bundled.has(path)) return path;
    if (folder === '') return undefined;
  }
}

/** The package that the bundle is the program of. */
export interface Product {
  name: string;
  version: string;
  description: string;
  license: string;
  dependencies: Record<string, string>;
}

/** A CycloneDX bill of materials. It has no serial number and no time, so that the same bundle has the same one. */
export function bomOf(
  packages: readonly BundledPackage[],
  product: Product,
  nodeMajor: number,
): Record<string, unknown> {
  const { name, version, description } = product;
  const root = purl(name, version);
  const node = `pkg:generic/node@${nodeMajor}`;
  const refs = new Map(packages.map((one) => [one.path, purl(one.name, one.version)]));
  const refsOf = (paths: readonly string[]) => [...new Set(paths.flatMap((path) => refs.get(path) ?? []))].sort();
  const direct = Object.keys(product.dependencies).map((dependency) => `node_modules/${dependency}`);
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': root,
        name,
        version,
        description,
        licenses: licenses(product.license),
        purl: root,
      },
    },
    components: [
      // Which release of it, the base image decides.
      {
        type: 'platform',
        'bom-ref': node,
        name: 'node',
        version: String(nodeMajor),
        licenses: licenses('MIT'),
        purl: node,
      },
      ...packages.map(componentOf),
    ],
    dependencies: [
      { ref: root, dependsOn: [node, ...refsOf(direct)] },
      ...packages.map((one) => ({ ref: refs.get(one.path), dependsOn: refsOf(one.needs) })),
    ],
  };
}

function componentOf({ name, version, license, integrity }: BundledPackage): Record<string, unknown> {
  const [group, scoped] = name.startsWith('@') ? name.split('/') : [undefined, name];
  return {
    type: 'library',
    'bom-ref': purl(name, version),
    ...(group && { group }),
    name: scoped,
    version,
    ...(integrity && { hashes: hashes(integrity) }),
    ...(license && { licenses: licenses(license) }),
    purl: purl(name, version),
  };
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** One SPDX identifier, or an expression of several. */
function licenses(expression: string): Record<string, unknown>[] {
  return /^[\w.-]+$/.test(expression) ? [{ license: { id: expression } }] : [{ expression }];
}

/** CycloneDX wants hexadecimal, and other names. */
function hashes(integrity: string): { alg: string; content: string }[] {
  return integrity.split(' ').map((one) => {
    const [algorithm = '', digest = ''] = one.split('-', 2);
    return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') };
  });
}
