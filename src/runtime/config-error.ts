/**
 * A mistake of the user's that only the user can mend: a wrong flag, a missing VPC, an address in use.
 * The message is the one line the command line prints (it names the thing, its value and the remedy); the exit code is 2.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
