/** Names of container images, as container runtimes read them. Pure. */

/** What an image's name says, with what is left out filled in. */
export interface ImageReference {
  /** Registry and path: `docker.io/library/nginx`. */
  repository: string;
  /** `latest` where neither tag nor digest is given. */
  tag?: string;
  /** `sha256:…` */
  digest?: string;
}

const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${PATH_PART}(?:/${PATH_PART})*$`);
const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d+)?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

const MAX_NAME = 255;

/**
 * Reads `[REGISTRY[:PORT]/]PATH[:TAG][@DIGEST]`; gives what is wrong as one line that goes after the name. Rules:
 * https://github.com/distribution/reference, with Docker Hub as the registry of what names none, as containerd and CRI-O.
 */
export function parseReference(image: string): ImageReference | { problem: string } {
  const at = image.indexOf('@');
  const digest = at < 0 ? undefined : image.slice(at + 1);
  const named = at < 0 ? image : image.slice(0, at);
  // A colon before the last slash belongs to the registry's port.
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const { registry, path } = splitName(colon < 0 ? named : named.slice(0, colon));

  if (digest !== undefined && !DIGEST.test(digest)) return { problem: 'has a malformed digest' };
  if (tag !== undefined && !TAG.test(tag)) return { problem: 'has a malformed tag' };
  if (!REGISTRY.test(registry)) return { problem: 'has a malformed registry' };
  if (PATH.test(path.toLowerCase()) && !PATH.test(path)) return { problem: 'must be in lower case' };
  if (!PATH.test(path)) return { problem: 'is no image name' };
  const repository = `${registry}/${path}`;
  if (repository.length > MAX_NAME) return { problem: `is longer than ${MAX_NAME} characters` };

  if (digest !== undefined) return tag === undefined ? { repository, digest } : { repository, tag, digest };
  return { repository, tag: tag ?? 'latest' };
}

const HUB = 'docker.io';

function splitName(name: string): { registry: string; path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isRegistry = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const registry = !isRegistry || first === 'index.docker.io' ? HUB : first;
  const path = isRegistry ? name.slice(slash + 1) : name;
  return { registry, path: registry === HUB && !path.includes('/') ? `library/${path}` : path };
}

/** A repository as people write it: `nginx` for `docker.io/library/nginx`. */
export function familiarName(repository: string): string {
  return repository.replace(/^docker\.io\/(library\/)?/, '');
}
