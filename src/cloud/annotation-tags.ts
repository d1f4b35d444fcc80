import type { Problem } from '../service/problem.ts';

/** Sluice's own tags; with any other value it would no longer find what it made. */
const RESERVED = new Set([
  'elbv2.k8s.aws/cluster',
  'elbv2.k8s.aws/resource',
  'service.k8s.aws/stack',
  'service.k8s.aws/resource',
]);

/** AWS allows 50 tags a resource, and Sluice's own are among them. */
const MAX_TAGS = 50 - RESERVED.size;
const MAX_KEY = 128;
const MAX_VALUE = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const ALLOWED_WORDS = 'use letters, digits, spaces and _ . : / = + - @ only';

/** AWS's rules for tags, which it would otherwise enforce in the middle of a create. */
export function checkTags(tags: Record<string, string>, field: string): Problem[] {
  const problems: Problem[] = [];
  const entries = Object.entries(tags);
  for (const [key, value] of entries) {
    const refuse = (message: string, remedy: string) => {
      problems.push({ field, value: `${key}=${value}`, message, remedy });
    };
    if (RESERVED.has(key)) refuse("sets a tag that Sluice's ownership depends on", 'remove it');
    // AWS reserves the prefix in any mix of cases.
    if (/^aws:/i.test(key)) refuse("has a key with AWS's own prefix aws:", 'rename the tag');
    if ([...key].length > MAX_KEY) refuse(`has a key longer than ${MAX_KEY} characters`, 'shorten it');
    if ([...value].length > MAX_VALUE) refuse(`has a value longer than ${MAX_VALUE} characters`, 'shorten it');
    if (!ALLOWED.test(key)) refuse('has a key with a character that AWS does not allow', ALLOWED_WORDS);
    if (!ALLOWED.test(value)) refuse('has a value with a character that AWS does not allow', ALLOWED_WORDS);
  }
  if (entries.length > MAX_TAGS) {
    problems.push({
      field,
      value: `${entries.length} tags`,
      message: `is more than AWS's 50 a resource leave room for`,
      remedy: `keep at most ${MAX_TAGS}`,
    });
  }
  return problems;
}
