import type { Environment } from './environment.ts';

/** Starts a program: resolves when it is at work, or has done it. @throws Failure to end with one line. */
export type Program = (args: readonly string[], environment: Environment) => Promise<void>;
