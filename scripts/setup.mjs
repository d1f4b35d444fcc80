/**
 * Makes a checkout ready to run: installs the packages that package-lock.json names unless they are there, and checks
 * that Node 24 came with them (npm puts node_modules/.bin first on PATH, so everything after this runs on it).
 * Plain JavaScript with no packages, for any Node ≥ 20.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NODE = join(ROOT, 'node_modules', '.bin', 'node');

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} Packages */

/** @returns {Packages} */
function packagesOf(/** @type {string} */ file) {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
}

/** Does npm's own record of what it installed agree with the lock file? It is written last, so a broken install has none. */
function installed() {
  if (!existsSync(join(ROOT, 'node_modules', '.package-lock.json'))) return false;
  const wanted = packagesOf('package-lock.json');
  const found = packagesOf('node_modules/.package-lock.json');
  const missing = Object.entries(wanted).some(([path, entry]) => {
    if (path === '') return false;
    // An optional package is left out where it doesn't fit the machine.
    if (!found[path]) return entry.optional !== true;
    return found[path].version !== entry.version || found[path].integrity !== entry.integrity;
  });
  return !missing && Object.keys(found).every((path) => path in wanted);
}

function install() {
  // npm tells its scripts where it is; that one is right even where `npm` on PATH is another.
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  // Quieter, for npm warns of packages that Node 20 can't run: they run on the Node 24 that comes with them.
  const args = [...first, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  console.error('installing packages (npm ci)');
  const run = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (run.error) return `npm can't be run: ${run.error.message}`;
  return run.status === 0 ? undefined : 'npm ci failed (see above)';
}

/** What stands in the way, in one line, or undefined when all is ready. */
function setUp() {
  if (Number(process.versions.node.split('.')[0]) < 20) return `needs Node ≥ 20, and this is ${process.version}`;
  const problem = installed() ? undefined : install();
  if (problem) return problem;
  const node = spawnSync(NODE, ['--version'], { encoding: 'utf8' });
  const where = `${process.platform}-${process.arch}`;
  if (node.error) return `no Node 24 came with the packages: there is none for ${where}`;
  if (node.status !== 0) return `the Node 24 that came with the packages does not run on this ${where} machine`;
  if (!node.stdout.startsWith('v24.')) return `Node 24 was expected in node_modules, not ${node.stdout.trim()}`;
  return undefined;
}

const problem = setUp();
if (problem) {
  console.error(`setup: ${problem}`);
  process.exitCode = 1;
}
