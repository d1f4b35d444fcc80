/**
 * Orders two resource versions of one kind: -1, 0, 1, or undefined when one is no positive decimal without leading
 * zeros, which is the only form that may be compared (apimachinery `resourceversion.CompareResourceVersion`).
 */
export function compareResourceVersions(a: string, b: string): -1 | 0 | 1 | undefined {
  if (!WELL_FORMED.test(a) || !WELL_FORMED.test(b)) return undefined;
  if (a === b) return 0;
  // Versions are 64-bit: longer is greater, and equal lengths compare as text, without loss.
  return a.length < b.length || (a.length === b.length && a < b) ? -1 : 1;
}

const WELL_FORMED = /^[1-9][0-9]*$/;
