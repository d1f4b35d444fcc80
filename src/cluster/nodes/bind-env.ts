/** What tells a program where to listen: the contract with the built-in images (`images/`) and bound commands. Pure. */

/** Every address of the place that the program is in. */
export const BIND_ANY = undefined;

/** Variables for a program that may bind `addresses` only (any of its place when undefined), ports below 1024 moved by `offset`. */
export function bindEnv(addresses: readonly string[] | undefined, offset: number): [string, string][] {
  return [
    ...(addresses ? [['SLUICE_LISTEN', addresses.join(',')] as [string, string]] : []),
    ...(offset ? [['SLUICE_LOW_PORT_OFFSET', String(offset)] as [string, string]] : []),
  ];
}
