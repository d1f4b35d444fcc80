/**
 * The real programs that the tests run against: kube-apiserver, etcd, kubectl, kube-proxy, kube-controller-manager, helm
 * and the upstream service controller (built with Go from test/tools/go.mod), moto and LocalStack (each a Python virtual environment).
 *
 * They live in a per-user cache outside the checkout, named after everything that goes into them, so that clones share
 * them and a changed go.mod never meets an old binary. Plain JavaScript with no packages: it also runs before `npm ci`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const GO_MODULE = fileURLToPath(new URL('../test/tools/', import.meta.url));
const MINIMUM_GO = [1, 26];
const MINIMUM_PYTHON = [3, 10];
const MOTO = 'moto[server,ec2,elbv2]==5.2.5';
/** LocalStack's core says 3.10, and imports what came with 3.13 (warnings.deprecated). */
const MINIMUM_LOCALSTACK_PYTHON = [3, 13];
const LOCALSTACK = fileURLToPath(new URL('../localstack/', import.meta.url));

/** Program name → the package it is built from. */
const GO_PROGRAMS = {
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  etcd: 'go.etcd.io/etcd/server/v3',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  helm: 'helm.sh/helm/v4/cmd/helm',
  'service-controller': './cmd/service-controller',
};

/** Flags after `go build`. The version is stamped in, or the server would call itself v0.0.0-master. */
function goFlags() {
  const version = readFileSync(join(GO_MODULE, 'go.mod'), 'utf8').match(/k8s\.io\/kubernetes v(\d+)\.(\d+)\.(\d+)/);
  if (!version) throw new Error('test/tools/go.mod names no version of k8s.io/kubernetes');
  const [, major, minor, patch] = version;
  const stamp = {
    gitVersion: `v${major}.${minor}.${patch}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'archive',
  };
  const set = Object.entries(stamp).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-trimpath', '-ldflags', ['-s -w', ...set].join(' ')];
}

function cacheDir() {
  if (process.env.SLUICE_TOOLS_DIR) return process.env.SLUICE_TOOLS_DIR;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice', 'tools');
}

function goDir() {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch, goFlags(), GO_PROGRAMS]));
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(GO_MODULE, file)));
  const commands = readdirSync(join(GO_MODULE, 'cmd'), { recursive: true }).map(String);
  const programs = Object.values(GO_PROGRAMS);
  const built = (/** @type {string} */ name) =>
    programs.some((one) => one.startsWith('./cmd/') && name.startsWith(one.slice(6)));
  for (const file of commands.filter((name) => name.endsWith('.go') && built(name)).sort()) {
    hash.update(readFileSync(join(GO_MODULE, 'cmd', file)));
  }
  return join(cacheDir(), `go-${hash.digest('hex').slice(0, 16)}`);
}

function motoDir() {
  return join(cacheDir(), `moto-${createHash('sha256').update(MOTO).digest('hex').slice(0, 16)}`);
}

/** Not what pip leaves beside the sources when someone installs the plug-in by hand. */
function isPluginSource(/** @type {string} */ path) {
  return !path.startsWith('build') && !path.includes('.egg-info');
}

function localStackDir() {
  const hash = createHash('sha256');
  for (const file of ['requirements.txt', 'constraints.txt']) hash.update(readFileSync(join(LOCALSTACK, file)));
  const plugin = join(LOCALSTACK, 'plugin');
  const files = readdirSync(plugin, { recursive: true }).map(String);
  for (const file of files.filter((name) => /\.(py|toml)$/.test(name) && isPluginSource(name)).sort())
    hash.update(readFileSync(join(plugin, file)));
  return join(cacheDir(), `localstack-${hash.digest('hex').slice(0, 16)}`);
}

/** @param {keyof typeof GO_PROGRAMS} program */
export function goTool(program) {
  return join(goDir(), program);
}

/** The Python that has moto installed. */
export function motoPython() {
  return join(motoDir(), 'bin', 'python');
}

/** The Python that has LocalStack and its ELBv2 installed. */
export function localStackPython() {
  return join(localStackDir(), 'bin', 'python');
}

/** What a program prints, or undefined where it can't be run. */
function output(/** @type {string} */ command, /** @type {string[]} */ args) {
  const run = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return run.status === 0 ? run.stdout.trim() : undefined;
}

/** Is the first `major.minor` in `text` at least `minimum`? */
function atLeast(/** @type {string} */ text, /** @type {number[]} */ minimum) {
  const [major = 0, minor = 0] = (text.match(/\d+\.\d+/)?.[0] ?? '').split('.').map(Number);
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
}

/** Why the Go tools can't be built here, or undefined when they can. */
function goProblem() {
  const found = output('go', ['env', 'GOVERSION']);
  if (found !== undefined && atLeast(found, MINIMUM_GO)) return undefined;
  const have = found === undefined ? 'no Go was found' : `${found} is too old`;
  return `kube-apiserver, etcd, kubectl, helm and others are built with Go ≥ ${MINIMUM_GO.join('.')}, and ${have}`;
}

/** Why moto can't be installed here, or undefined when it can. */
function pythonProblem() {
  const found = output('python3', ['--version']);
  const wanted = `moto needs Python ≥ ${MINIMUM_PYTHON.join('.')} with venv and pip`;
  if (found === undefined) return `${wanted}, and no python3 was found`;
  if (!atLeast(found, MINIMUM_PYTHON)) return `${wanted}, and ${found} is too old`;
  if (output('python3', ['-c', 'import venv, ensurepip']) === undefined) {
    return `${wanted}, and this Python lacks them (Debian: apt-get install python3-venv)`;
  }
  return undefined;
}

/** May this process start programs in another root and as another user? */
function canChangeRoot() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return output('chroot', ['--userspec=65532:65532', '--groups=', '/', 'true']) !== undefined;
}

/** May this process make a network namespace, and program it with nft? */
function canMakeNetworks() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return output('unshare', ['-n', 'sh', '-c', 'ip link set lo up && nft list ruleset']) !== undefined;
}

/** A Python that LocalStack runs on: one of those on PATH, or one that pyenv has installed. */
function newPython() {
  const versions = join(process.env.PYENV_ROOT || join(homedir(), '.pyenv'), 'versions');
  const installed = existsSync(versions) ? readdirSync(versions) : [];
  const candidates = [
    'python3',
    'python3.14',
    'python3.13',
    ...installed.map((version) => join(versions, version, 'bin', 'python')),
  ];
  return candidates.find((python) => {
    const found = output(python, ['--version']);
    if (found === undefined || !atLeast(found, MINIMUM_LOCALSTACK_PYTHON)) return false;
    return output(python, ['-c', 'import venv, ensurepip']) !== undefined;
  });
}

/** Why LocalStack can't be installed here, or undefined when it can. */
export function localStackProblem() {
  if (newPython() !== undefined) return undefined;
  return `LocalStack needs Python ≥ ${MINIMUM_LOCALSTACK_PYTHON.join('.')} with venv and pip, and none was found`;
}

/**
 * Requirement → why it is not there. Empty when every real program is ready to run.
 * Only looks: building is `ensureGoTools`, `ensureMoto` and `ensureLocalStack`.
 */
export function missingTools() {
  /** @type {Partial<Record<import('./tools.mjs').Requirement, string>>} */
  const missing = {};
  const go = goDir();
  /** @type {[import('./tools.mjs').Requirement, string[]][]} */
  const builds = [
    ['control-plane', ['kube-apiserver', 'etcd']],
    ['kubectl', ['kubectl']],
    ['client-go', ['kube-proxy', 'kube-controller-manager']],
    ['helm', ['helm']],
    ['service-controller', ['service-controller']],
  ];
  for (const [requirement, programs] of builds) {
    if (programs.every((program) => existsSync(join(go, program)))) continue;
    missing[requirement] = goProblem() ?? 'not built yet: run npm run tools';
  }
  if (!existsSync(motoPython())) missing.moto = pythonProblem() ?? 'not installed yet: run npm run tools';
  if (!existsSync(localStackPython())) {
    missing.localstack = localStackProblem() ?? 'LocalStack is not installed yet: run npm run tools';
  }
  if (!canChangeRoot()) missing.root = 'runs as root on Linux only: chroot and another user';
  if (!canMakeNetworks()) {
    missing.netns =
      'runs as root on Linux only, with ip and nft: network namespaces (Debian: apt-get install iproute2 nftables)';
  }
  return missing;
}

/** Runs a build step into a new folder and moves that into place whole, so that a half-built one is never used. */
function into(/** @type {string} */ target, /** @type {(dir: string) => void} */ build) {
  mkdirSync(cacheDir(), { recursive: true });
  const dir = mkdtempSync(join(cacheDir(), 'building-'));
  try {
    build(dir);
    try {
      renameSync(dir, target);
    } catch (error) {
      // Someone else finished first: theirs is made of the same inputs.
      if (!existsSync(target)) throw error;
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function run(/** @type {string} */ command, /** @type {string[]} */ args, /** @type {object} */ options = {}) {
  // Progress goes to stderr, so that stdout stays the caller's own.
  const result = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options });
  if (result.error) throw new Error(`${command}: ${result.error.message}`);
  if (result.status !== 0) throw new Error(`${command} ${args.slice(0, 2).join(' ')} failed (see above)`);
}

/** Builds the Go tools unless the cache has them. Throws, in one line, where that is impossible. */
export function ensureGoTools() {
  const target = goDir();
  if (existsSync(target)) return;
  const problem = goProblem();
  if (problem) throw new Error(problem);
  console.error(
    'building kube-apiserver, etcd, kubectl, kube-proxy, kube-controller-manager and helm (6 to 8 minutes, once)',
  );
  into(target, (dir) => {
    for (const [name, source] of Object.entries(GO_PROGRAMS)) {
      console.error(`  ${name}`);
      run('go', ['build', '-o', join(dir, name), ...goFlags(), source], {
        cwd: GO_MODULE,
        env: { ...process.env, CGO_ENABLED: '0' },
      });
    }
  });
}

/** Installs moto into its own virtual environment unless the cache has it. Throws, in one line, where that is impossible. */
export function ensureMoto() {
  if (existsSync(motoPython())) return;
  const problem = pythonProblem();
  if (problem) throw new Error(problem);
  console.error(`installing ${MOTO} into a Python virtual environment (under a minute, once)`);
  into(motoDir(), (dir) => {
    run('python3', ['-m', 'venv', dir]);
    run(join(dir, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', MOTO]);
  });
}

/** Installs LocalStack and its ELBv2 as `ensureMoto` does moto. Throws, in one line, where that is impossible. */
export function ensureLocalStack() {
  if (existsSync(localStackPython())) return;
  const problem = localStackProblem();
  if (problem) throw new Error(problem);
  console.error('installing LocalStack into a Python virtual environment (under a minute, once)');
  into(localStackDir(), (dir) => {
    run(/** @type {string} */ (newPython()), ['-m', 'venv', dir]);
    // A copy, for building a package leaves files beside its sources.
    const plugin = join(dir, 'plugin');
    const sources = join(LOCALSTACK, 'plugin');
    cpSync(sources, plugin, { recursive: true, filter: (path) => isPluginSource(relative(sources, path)) });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    run(join(dir, 'bin', 'python'), [...pip, '-r', join(LOCALSTACK, 'requirements.txt'), plugin]);
  });
}

/** Builds what can be built here and says in one line each what can't. True when everything is ready. */
export function ensureTools() {
  for (const ensure of [ensureGoTools, ensureMoto, ensureLocalStack]) {
    try {
      ensure();
    } catch (error) {
      console.error(`tools: ${/** @type {Error} */ (error).message}`);
    }
  }
  // Who runs this is nothing to build.
  const { root: _, netns: _networks, ...missing } = missingTools();
  return Object.keys(missing).length === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = ensureTools() ? 0 : 1;
