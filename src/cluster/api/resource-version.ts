import { goQuote } from './field-error.ts';
import { StatusError } from './status.ts';

/** A resourceVersion as a number; undefined for text that is none. */
export const readVersion = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

/** What Go says of such text. */
const parseProblem = (text: string): string => `strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`;

/** What upstream says of it in a query. */
export const versionProblem = (text: string): string =>
  `resourceVersion: Invalid value: ${goQuote(text)}: ${parseProblem(text)}`;

/** Upstream answers 500 where it does not expect such text, as if it were a fault of its own. */
export const unexpectedVersion = (text: string): StatusError => new StatusError(500, '', versionProblem(text));

/** The same in the object of an update. */
export const unexpectedObjectVersion = (text: string): StatusError => new StatusError(500, '', parseProblem(text));
