/**
 * `npm run bundle [-- DIR]`: the files of the image's /app, in dist/image: the program as one file, the source map of its
 * own code, the bill of materials and the licences. The same sources give the same bytes, wherever they are.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };
import { licenceTexts } from './licences.ts';
import { bomOf, type Lock, packagesIn } from './sbom.ts';

const ROOT = join(import.meta.dirname, '..');
/** In the image too, where nothing else is there. */
const ENTRY = 'src/cli/program.ts';
const PROGRAM = 'sluice.mjs';
const SOURCE_MAP = `${PROGRAM}.map`;
/** Major version of the Node.js that it is built for, and that the image has. */
export const NODE_MAJOR = 24;

/** The files of the image's /app by name, and esbuild's account of what is in the program. */
export interface Bundle {
  files: Record<string, string>;
  metafile: Metafile;
}

/** Builds the files of the image's /app, and writes nothing. @throws Error where a source does not build. */
export async function buildBundle(): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [ENTRY],
    // This one, and none of a folder above or of a package.
    tsconfig: 'tsconfig.json',
    // Nothing is written there; paths in the source map are relative to it.
    outfile: PROGRAM,
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: `node${NODE_MAJOR}`,
    // The AWS SDK's ES modules leave out most of EC2's operations; its CommonJS can't.
    mainFields: ['module', 'main'],
    // Names stay, for stack traces; they are a quarter of the size, and cost no time that can be measured.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    // Bundled CommonJS requires Node's modules.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    plugins: [withoutEmbedded, withoutTypes, staticImports, packagesByFile],
    logLevel: 'warning',
  });
  const text = (name: string) => outputFiles.find(({ path }) => path.endsWith(`/${name}`))?.text ?? '';
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const packages = packagesIn(metafile, lock);
  return {
    metafile,
    files: {
      [PROGRAM]: text(PROGRAM),
      [SOURCE_MAP]: text(SOURCE_MAP),
      'sbom.cdx.json': `${JSON.stringify(bomOf(packages, manifest, NODE_MAJOR), null, 1)}\n`,
      LICENSE: readFileSync(join(ROOT, 'LICENSE'), 'utf8'),
      'THIRD-PARTY-LICENSES.txt': licenceTexts(packages, ROOT),
    },
  };
}

/** Commands that run from a checkout only: what they embed is for laptops and tests, never for a cluster. */
const EMBEDDED = ['cluster', 'node'];

/** In the image these commands say so, and nothing of what they embed is there. */
const withoutEmbedded: Plugin = {
  name: 'without-embedded',
  setup({ onLoad }) {
    onLoad({ filter: new RegExp(`/src/cli/(${EMBEDDED.join('|')})\\.ts$`) }, ({ path }) => {
      const name = basename(path, '.ts');
      const words = `${name} runs from a checkout of Sluice, not from its image`;
      return {
        contents: `import { ConfigError } from '../runtime/config-error.ts';
export const ${name}Command = async () => { throw new ConfigError(${JSON.stringify(words)}); };`,
        loader: 'ts',
        resolveDir: dirname(path),
      };
    });
  },
};

/**
 * `import('./x.ts')` becomes an import of the same module at the start, and so do client-node's plugins. What is imported
 * lazily, esbuild keeps whole: here that is a quarter more code, 15 MB more memory and a slower start of the controller.
 * Only `--help` would be faster.
 */
const staticImports: Plugin = {
  name: 'static-imports',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const imports: string[] = [];
      const code = (await readFile(path, 'utf8')).replace(
        /\bimport\(('(?:\.|@kubernetes\/)[^']+')\)/g,
        (_, from: string) => {
          const name = `__module${imports.length}`;
          imports.push(`import * as ${name} from ${from};`);
          return `Promise.resolve(${name})`;
        },
      );
      // On the first line, for the source map.
      return { contents: imports.join('') + code, loader: 'ts' };
    });
  },
};

const CLIENT_NODE = /\/node_modules\/@kubernetes\/client-node\/dist\//;

/**
 * Of client-node only the functions that are called. It doesn't say that nothing happens when its modules are loaded, and
 * so all types of the Kubernetes API came along: its OpenID Connect imports a helper from the module that imports them.
 */
const withoutTypes: Plugin = {
  name: 'without-types',
  setup({ onResolve, resolve }) {
    const asked = Symbol('asked');
    // Packages, and the two modules that import most: esbuild asks for each match, which takes longer than all else.
    onResolve({ filter: /^([a-z-]+|\.\/(config|gen\/index)\.js)$/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === asked || !CLIENT_NODE.test(from.importer)) return undefined;
      return { ...(await resolve(path, { ...from, pluginData: asked })), sideEffects: false };
    });
  },
};

/** Of packages the source map knows the files, not the lines: else it is ten times as large, and every start reads it. */
const packagesByFile: Plugin = {
  name: 'packages-by-file',
  setup({ onLoad }) {
    const map = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString('base64');
    onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${map}`,
      loader: 'js',
    }));
  },
};

/** Builds the files of the image's /app into a folder that has nothing else afterwards. */
export async function writeBundle(dir: string): Promise<Bundle> {
  const bundle = await buildBundle();
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  for (const [name, content] of Object.entries(bundle.files)) writeFileSync(join(dir, name), content, { mode: 0o644 });
  return bundle;
}

if (import.meta.main) {
  const dir = process.argv[2] ?? join(ROOT, 'dist', 'image');
  const { files } = await writeBundle(dir);
  for (const [name, content] of Object.entries(files)) {
    console.log(`${String(Math.ceil(Buffer.byteLength(content) / 1024)).padStart(6)} KB  ${join(dir, name)}`);
  }
}
