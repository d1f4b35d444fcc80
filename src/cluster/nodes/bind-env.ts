/** What tells a program where to listen and how to leave: the contract with the built-in images (`images/`) and bound commands. Pure. */

/** Every address of the place that the program is in. */
export const BIND_ANY = undefined;

/** Variables for a program that may bind `addresses` only (any of its place when undefined), ports below 1024 moved by `offset`. */
export function bindEnv(addresses: readonly string[] | undefined, offset: number): [string, string][] {
  return [
    ...(addresses ? [['SLUICE_LISTEN', addresses.join(',')] as [string, string]] : []),
    ...(offset ? [['SLUICE_LOW_PORT_OFFSET', String(offset)] as [string, string]] : []),
  ];
}

/** Longest time that a program that was asked to end goes on serving by itself. */
const LAME_DUCK_SECONDS = 3;

/** Seconds for which a built-in program serves after SIGTERM, so that it has ended by itself before its pod's grace is over. */
export const lameDuck = (graceSeconds: number): number => Math.max(0, Math.min(LAME_DUCK_SECONDS, graceSeconds - 1));
