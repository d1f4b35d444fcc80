/**
 * The image without a container engine: a bare root with exactly its files, and its entrypoint started in there as its
 * user. Nothing else is there: no shell, no /proc, no /dev, no other program, no writable folder.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, cpSync, linkSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleDir } from './bundle.ts';
import { execForm, pairsOf, parseDockerfile, type Stage, textsOf } from './dockerfile.ts';
import { type Program, removeWithThisProcess, startProgram } from './processes.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ACCOUNT_FOLDER = 'var/run/secrets/kubernetes.io/serviceaccount';
const CA_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** The stage that becomes the image. */
export function imageStage(): Stage {
  const stage = parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).at(-1);
  if (!stage) throw new Error('Dockerfile has no stage');
  return stage;
}

/** What kubelet mounts for a pod's service account. */
export interface ServiceAccountFiles {
  token: string;
  /** PEM of the API server's authority. */
  ca: string;
  namespace: string;
}

export interface ImageOptions {
  env?: Record<string, string>;
  serviceAccount?: ServiceAccountFiles;
  /** `https://HOST:PORT`: what KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT say. */
  apiServer?: string;
  /** Extra files by their path in the image, readable by its user. */
  mounts?: Record<string, string>;
}

/** A program in a root of its own. */
export interface ImageProgram extends Program {
  root: ImageRoot;
}

/** Starts the image's entrypoint with arguments, in a new root. Needs the requirement `root` (see `ImageRoot`). */
export async function startInImage(args: readonly string[], options: ImageOptions = {}): Promise<ImageProgram> {
  const { serviceAccount, mounts, env, apiServer } = options;
  const root = new ImageRoot({ ...mounts, ...(serviceAccount && accountMounts(serviceAccount)) });
  const program = await root.start(args, { ...env, ...(apiServer && apiServerEnv(apiServer)) });
  return Object.assign(program, { root });
}

function accountMounts({ token, ca, namespace }: ServiceAccountFiles): Record<string, string> {
  return {
    [`${ACCOUNT_FOLDER}/token`]: token,
    [`${ACCOUNT_FOLDER}/ca.crt`]: ca,
    [`${ACCOUNT_FOLDER}/namespace`]: namespace,
  };
}

function apiServerEnv(url: string): Record<string, string> {
  const { hostname, port } = new URL(url);
  return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port || '443' };
}

/**
 * A bare root in a temporary folder, gone with this process. As root its programs run in a chroot as the image's user,
 * to whom nothing there belongs; as anyone else they run as that user and see the machine's files too.
 */
export class ImageRoot {
  readonly dir: string;
  readonly #command: string[];
  readonly #env: Record<string, string>;
  readonly #before: Map<string, string>;

  constructor(mounts: Record<string, string> = {}) {
    const stage = imageStage();
    const [uid = '', gid = ''] = textsOf(stage, 'USER').at(-1)?.split(':') ?? [];
    const entrypoint = execForm(stage, 'ENTRYPOINT');
    if (!entrypoint) throw new Error('Dockerfile has no ENTRYPOINT in exec form');
    this.dir = mkdtempSync(join(tmpdir(), 'sluice-image-'));
    removeWithThisProcess(this.dir);
    const asRoot = process.getuid?.() === 0;
    layOut(this.dir);
    for (const [path, content] of Object.entries(mounts))
      mount(this.dir, path, content, asRoot ? Number(gid) : undefined);
    chmodSync(this.dir, 0o755);
    this.#command = asRoot
      ? ['chroot', `--userspec=${uid}:${gid}`, '--groups=', this.dir, ...entrypoint]
      : entrypoint.map((word) => (word.startsWith('/') ? join(this.dir, word) : word));
    this.#env = { ...pairsOf(stage, 'ENV'), HOME: '/home/nonroot' };
    this.#before = filesOf(this.dir);
  }

  /** The entrypoint before its arguments, and the environment it gets when this is added to the image's. */
  commandLine(env: Record<string, string> = {}): { command: readonly string[]; env: Record<string, string> } {
    // chroot is found on this PATH; in the image there is nothing to find.
    return { command: this.#command, env: { ...this.#env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env } };
  }

  /** Starts the entrypoint with arguments. */
  start(args: readonly string[], variables: Record<string, string> = {}): Promise<Program> {
    const { command, env } = this.commandLine(variables);
    const [first = '', ...words] = [...command, ...args];
    return startProgram(first, words, { name: `image ${args[0]}`, env, cwd: this.dir });
  }

  /** What was made, changed or removed in the root since it was laid out. */
  changes(): string[] {
    const now = filesOf(this.dir);
    const paths = new Set([...this.#before.keys(), ...now.keys()]);
    return [...paths].filter((path) => this.#before.get(path) !== now.get(path)).sort();
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What the base image and the last stage's COPY put there, as far as a program can notice. */
function layOut(dir: string): void {
  for (const folder of ['app', 'etc/ssl/certs', 'home/nonroot', 'nodejs/bin', 'tmp']) {
    mkdirSync(join(dir, folder), { recursive: true });
  }
  cpSync(bundleDir(), join(dir, 'app'), { recursive: true });
  placeNode(dir);
  const passwd = ['root:x:0:0:root:/root:/sbin/nologin', 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin'];
  writeFileSync(join(dir, 'etc/passwd'), `${passwd.join('\n')}\n`);
  writeFileSync(join(dir, 'etc/group'), 'root:x:0:\nnonroot:x:65532:\n');
  const certificates = statSync(CA_CERTIFICATES, { throwIfNoEntry: false });
  if (certificates) copyFileSync(CA_CERTIFICATES, join(dir, CA_CERTIFICATES));
}

/** This Node with the libraries that it is linked to. It is 120 MB: a second name for the same file where that works. */
function placeNode(dir: string): void {
  const node = realpathSync(process.execPath);
  const target = join(dir, 'nodejs/bin/node');
  try {
    linkSync(node, target);
  } catch {
    copyFileSync(node, target);
  }
  const { stdout } = spawnSync('ldd', [node], { encoding: 'utf8' });
  for (const [, library = ''] of (stdout ?? '').matchAll(/(\/\S+) \(0x/g)) {
    mkdirSync(join(dir, dirname(library)), { recursive: true });
    copyFileSync(library, join(dir, library));
  }
}

/** As kubelet does with an fsGroup: root's, and readable by the group. */
function mount(dir: string, path: string, content: string, gid: number | undefined): void {
  const file = join(dir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode: 0o640 });
  if (gid !== undefined) chownSync(file, 0, gid);
}

/** Path → all about a file that changes when it is written. */
function filesOf(dir: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const path of ['.', ...readdirSync(dir, { recursive: true, encoding: 'utf8' })]) {
    const { ino, mode, uid, gid, size, mtimeMs } = statSync(join(dir, path));
    files.set(path, [ino, mode, uid, gid, size, mtimeMs].join(' '));
  }
  return files;
}
