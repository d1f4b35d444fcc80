/** What a container runs, by its image, its command and its args. Pure. */
import { BUILT_IN, type BuiltInImage, type Launch } from './built-in.ts';
import { familiarName, type ImageReference, parseReference } from './reference.ts';
import { splitWords } from './words.ts';

/** Local commands by image, as `parseBinding` names it: a repository, or a repository with a tag or digest. */
export type Bindings = ReadonlyMap<string, readonly string[]>;

/** The part of a container that says what it runs; `$(VAR)` in it is already replaced. */
export interface ContainerCommand {
  command?: readonly string[];
  args?: readonly string[];
}

/** Why an image can't be run, with the reason that the kubelet gives a waiting container for it. */
export interface ImageProblem {
  reason: 'ErrImagePull' | 'InvalidImageName';
  /** One line, which names the image and the remedy. */
  problem: string;
}

/**
 * What a container runs. A binding wins over a built-in image: then the container's args are appended to the bound command,
 * and its command replaces it. A built-in image is put together as container runtimes do: the command replaces the
 * entrypoint, and with it the image's arguments; args replace the image's arguments.
 */
export function resolveLaunch(image: string, container: ContainerCommand, bindings: Bindings): Launch | ImageProblem {
  const found = find(image, bindings);
  if ('problem' in found) return found;
  const { command = [], args = [] } = container;
  if ('bound' in found) return asCommand(image, [...(command.length > 0 ? command : found.bound), ...args]);
  const { builtIn, reference } = found;
  const argv =
    command.length > 0 ? [...command, ...args] : [...builtIn.entrypoint, ...(args.length > 0 ? args : builtIn.args)];
  return standIn(image, argv, builtIn, reference);
}

/** What `exec` and an exec probe run in a container of this image. */
export function resolveExecLaunch(
  image: string,
  command: readonly string[],
  bindings: Bindings,
): Launch | ImageProblem {
  const found = find(image, bindings);
  if ('problem' in found) return found;
  return 'bound' in found ? asCommand(image, command) : standIn(image, command, found.builtIn, found.reference);
}

type Found = { bound: readonly string[] } | { builtIn: BuiltInImage; reference: ImageReference };

function find(image: string, bindings: Bindings): Found | ImageProblem {
  const reference = parseReference(image);
  if ('problem' in reference) {
    return { reason: 'InvalidImageName', problem: `image ${JSON.stringify(image)} ${reference.problem}` };
  }
  for (const name of namesOf(reference)) {
    const bound = bindings.get(name);
    if (bound) return { bound };
  }
  const { repository } = reference;
  const builtIn = BUILT_IN.find(
    ({ repositories, pattern }) => repositories.includes(repository) || pattern?.test(repository) === true,
  );
  if (builtIn) return { builtIn, reference };
  return {
    reason: 'ErrImagePull',
    problem:
      `image ${JSON.stringify(image)} is neither built in nor bound to a local command, and no image is pulled here; ` +
      `bind it: sluice cluster --image '${familiarName(repository)}=COMMAND'`,
  };
}

/** The names that a binding may have been given for an image, the most particular one first. */
function namesOf({ repository, tag, digest }: ImageReference): string[] {
  return [
    ...(digest === undefined ? [] : [`${repository}@${digest}`]),
    ...(tag === undefined ? [] : [`${repository}:${tag}`]),
    repository,
  ];
}

/** The program of the image where it is one that we stand in for, else the machine's. */
function standIn(image: string, argv: readonly string[], { own }: BuiltInImage, { tag }: ImageReference) {
  const [name = '', ...args] = argv;
  const basename = name.slice(name.lastIndexOf('/') + 1);
  const program = Object.hasOwn(own, basename) ? own[basename] : undefined;
  return program ? program(args, tag ?? 'latest') : asCommand(image, argv);
}

function asCommand(image: string, [name, ...args]: readonly string[]): Launch | ImageProblem {
  if (name) return { argv: [name, ...args] };
  return { reason: 'ErrImagePull', problem: `image ${JSON.stringify(image)}: the command is empty; name a program` };
}

/**
 * Reads `NAME=COMMAND` of a flag. The image is named as in a pod, with or without tag or digest; the command is split into
 * words like a shell's, and nothing in it is expanded. A problem goes after the quoted value, as options' messages do.
 */
export function parseBinding(
  text: string,
): { image: string; command: readonly [string, ...string[]] } | { problem: string } {
  const equals = text.indexOf('=');
  if (equals < 0) return { problem: "has no =; write NAME=COMMAND, such as redis='redis-server --port 6379'" };
  const name = text.slice(0, equals);
  if (name === '') return { problem: 'names no image; write NAME=COMMAND' };
  const reference = parseReference(name);
  if ('problem' in reference) return { problem: `names an image that ${reference.problem}` };
  const words = splitWords(text.slice(equals + 1));
  if ('problem' in words) return { problem: `has a command that ${words.problem}` };
  const [program, ...args] = words;
  if (!program) return { problem: 'has no command; write NAME=COMMAND' };
  // `latest` is the tag of a name without one, but such a binding is for every tag.
  const { repository, tag, digest } = reference;
  const image = digest
    ? `${repository}@${digest}`
    : tag && name.endsWith(`:${tag}`)
      ? `${repository}:${tag}`
      : repository;
  return { image, command: [program, ...args] };
}
