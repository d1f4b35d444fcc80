import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import lock from '../../package-lock.json' with { type: 'json' };
import manifest from '../../package.json' with { type: 'json' };
import { type Bundle, buildBundle } from '../../scripts/bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..');
let bundle: Bundle;
let bom: Bom;

interface Bom {
  bomFormat: string;
  specVersion: string;
  version: number;
  serialNumber?: string;
  metadata: { component: Component; timestamp?: string };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

interface Component {
  type: string;
  'bom-ref': string;
  group?: string;
  name: string;
  version: string;
  purl: string;
  hashes?: { alg: string; content: string }[];
  licenses: { license?: { id: string }; expression?: string }[];
}

beforeAll(async () => {
  bundle = await buildBundle();
  bom = JSON.parse(file('sbom.cdx.json')) as Bom;
}, 60_000);

function file(name: string): string {
  const content = bundle.files[name];
  if (content === undefined) throw new Error(`no ${name} in the bundle`);
  return content;
}

/** Folder → version of the packages with code in the bundle, read from the packages themselves. */
function bundledPackages(): Map<string, string> {
  const packages = new Map<string, string>();
  const output = bundle.metafile.outputs['sluice.mjs'];
  for (const [path, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const folder = path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];
    if (bytesInOutput === 0 || !folder) continue;
    packages.set(folder, JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')).version);
  }
  return packages;
}

const nameOf = (folder: string) => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);

test('the bundle needs nothing but Node.js', () => {
  const outside = Object.values(bundle.metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  );
  expect(outside.filter((path) => !isBuiltin(path))).toEqual([]);
});

test('no code of ours is loaded lazily: esbuild would keep all of what it imports', () => {
  const lazy = Object.entries(bundle.metafile.inputs).flatMap(([path, { imports }]) =>
    path.startsWith('src/') ? imports.filter(({ kind }) => kind === 'dynamic-import').map((one) => one.path) : [],
  );
  expect(lazy).toEqual([]);
  expect(Object.keys(bundle.metafile.inputs)).toContain('src/cloud/run.ts');
});

test("of client-node only its plugins are in there, and none of the API's types", () => {
  const { inputs = {} } = bundle.metafile.outputs['sluice.mjs'] ?? {};
  const files = Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 && path.includes('/client-node/') ? [path.slice(path.lastIndexOf('/') + 1)] : [],
  );
  // config.js for a helper of the one for OpenID Connect.
  expect(files.sort()).toEqual(['azure_auth.js', 'config.js', 'exec_auth.js', 'gcp_auth.js', 'oidc_auth.js']);
});

test('the source map names every source file of ours, as it is in the repository', () => {
  const { sources, sourcesContent } = JSON.parse(file('sluice.mjs.map')) as Record<string, string[]>;
  expect(file('sluice.mjs')).toMatch(/\n\/\/# sourceMappingURL=sluice\.mjs\.map\n$/);
  expect(sourcesContent).toBeUndefined();
  const ours = sources?.filter((path) => !path.startsWith('node_modules/')) ?? [];
  expect(ours).toContain('src/cli/program.ts');
  expect(ours.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the bill of materials has every package in the bundle, at its version, and Node.js', () => {
  const packages = [...bundledPackages()].map(([folder, version]) => `${nameOf(folder)}@${version}`);
  expect(packages.length).toBeGreaterThan(50);
  const listed = bom.components.map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`);
  expect(listed.sort()).toEqual(['node@24', ...new Set(packages)].sort());
});

test('it has the fields that CycloneDX requires, and is the same for the same bundle', () => {
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
  expect(bom.serialNumber).toBeUndefined();
  expect(bom.metadata.timestamp).toBeUndefined();
  expect(bom.metadata.component).toMatchObject({
    type: 'application',
    name: 'sluice',
    version: manifest.version,
    purl: `pkg:npm/sluice@${manifest.version}`,
    licenses: [{ license: { id: 'Apache-2.0' } }],
  });
  const refs = [bom.metadata.component, ...bom.components].map((component) => component['bom-ref']);
  expect(new Set(refs).size).toBe(refs.length);
  for (const { ref, dependsOn } of bom.dependencies) {
    expect([ref, ...dependsOn].filter((one) => !refs.includes(one))).toEqual([]);
  }
  const [{ dependsOn: direct } = { dependsOn: [] }] = bom.dependencies;
  // The embedded API server's WebSockets.
  const { ws: _, ...dependencies } = manifest.dependencies;
  for (const name of Object.keys(dependencies)) {
    expect(
      direct.some((ref) => ref.startsWith(`pkg:npm/${name.replace('@', '%40')}@`)),
      name,
    ).toBe(true);
  }
});

test('a package is named as the purl specification says, with the hash of its archive and its licence', () => {
  const ec2 = bom.components.find(({ name }) => name === 'client-ec2');
  const { version, integrity } = lock.packages['node_modules/@aws-sdk/client-ec2'];
  expect(ec2).toEqual({
    type: 'library',
    'bom-ref': `pkg:npm/%40aws-sdk/client-ec2@${version}`,
    group: '@aws-sdk',
    name: 'client-ec2',
    version,
    hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) as string }],
    licenses: [{ license: { id: 'Apache-2.0' } }],
    purl: `pkg:npm/%40aws-sdk/client-ec2@${version}`,
  });
  const content = ec2?.hashes?.[0]?.content ?? '';
  expect(`sha512-${Buffer.from(content, 'hex').toString('base64')}`).toBe(integrity);
});

test('only licences that let their code go into an Apache-2.0 program, and ask for no more than their text', () => {
  const permissive = ['MIT', 'ISC', 'Apache-2.0', 'BSD-3-Clause', 'Unlicense'];
  const others = bom.components.filter(({ licenses: [one] }) => !permissive.includes(one?.license?.id ?? ''));
  expect(others).toEqual([]);
});

test('the licence of every package goes with it', () => {
  const text = file('THIRD-PARTY-LICENSES.txt');
  for (const [folder, version] of bundledPackages()) expect(text).toContain(`\n${nameOf(folder)} ${version}\n`);
  expect(file('LICENSE')).toMatch(/Apache License\n +Version 2\.0, January 2004\n[^]*Copyright 2026 Sluice authors\n/);
});
