/**
 * Built-in images: what a container's image stands for on this machine. No image is ever pulled; the everyday images of
 * Service tutorials and tests are answered by small programs in `programs/`, and any other image can be bound to a command.
 */
import { fileURLToPath } from 'node:url';
import { BUILT_IN, type Launch } from './built-in.ts';
import { familiarName } from './reference.ts';
import {
  type Bindings,
  type ContainerCommand,
  type ImageProblem,
  resolveExecLaunch,
  resolveLaunch,
} from './resolve.ts';

export { type Bindings, type ContainerCommand, type ImageProblem, parseBinding } from './resolve.ts';

/** What to run: the program and its arguments. */
export interface Command {
  argv: readonly [string, ...string[]];
}

const RUN = fileURLToPath(new URL('./programs/run.mjs', import.meta.url));

/** Measured: three threads fewer, and 3 MB less after a burst of requests; starting takes no longer. */
const FLAGS = ['--v8-pool-size=1', '--max-semi-space-size=1'];

/**
 * What a container of this image runs, with the container's command and args, in which `$(VAR)` is already replaced. The
 * environment that our programs read is in `programs/environment.ts`.
 */
export function resolveImage(image: string, container: ContainerCommand, bindings: Bindings): Command | ImageProblem {
  return toCommand(resolveLaunch(image, container, bindings));
}

/** What `kubectl exec` or an exec probe runs in a container of this image: `/agnhost connect …` is ours there too. */
export function resolveExec(image: string, command: readonly string[], bindings: Bindings): Command | ImageProblem {
  return toCommand(resolveExecLaunch(image, command, bindings));
}

function toCommand(launch: Launch | ImageProblem): Command | ImageProblem {
  if ('program' in launch) return { argv: [process.execPath, ...FLAGS, RUN, launch.program, ...launch.args] };
  return launch;
}

/** The images that need no binding, each with all its names, the one people know first, and what it answers. */
export function builtInImages(): { names: string[]; answers: string }[] {
  return BUILT_IN.map(({ repositories, answers }) => ({ names: repositories.map(familiarName), answers }));
}
