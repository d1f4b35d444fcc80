import { ipProblems } from './ip.ts';

/**
 * Rules for names, labels and other short texts, with upstream's words (apimachinery `pkg/util/validation` and
 * `pkg/api/validate/content`). Each rule returns what is wrong, [] when nothing is. Lengths are bytes of UTF-8.
 */

/** A rule for one text. */
export type TextRule = (value: string) => string[];

/** How a resource's name is checked; the message names the rule. */
export type NameRule = 'dns1123-subdomain' | 'dns1123-label' | 'dns1035-label' | 'path-segment' | 'ip';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_WITH_UNDERSCORE = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const QUALIFIED_WORDS =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const SUBDOMAIN_MOST = 253;

const bytes = (value: string): number => Buffer.byteLength(value);

const atMost = (most: number): string => `must be no more than ${most} characters`;

/** Newer rules of upstream count in bytes and say so. */
const atMostBytes = (most: number): string => `must be no more than ${most} bytes`;

/** How upstream words a text that does not match: `… (e.g. 'a',  or 'b', regex used for validation is '…')`. */
export function regexMessage(words: string, pattern: string, ...examples: string[]): string {
  const hint = `regex used for validation is '${pattern}')`;
  if (examples.length === 0) return `${words} (${hint}`;
  return `${words} (e.g. ${examples.map((one) => `'${one}', `).join(' or ')}${hint}`;
}

/** The text must match the whole pattern. */
function matching(pattern: string, words: string, ...examples: string[]): TextRule {
  const whole = new RegExp(`^${pattern}$`);
  const message = regexMessage(words, pattern, ...examples);
  return (value) => (whole.test(value) ? [] : [message]);
}

function limited(most: number, message: string, rule: TextRule): TextRule {
  return (value) => (bytes(value) > most ? [message, ...rule(value)] : rule(value));
}

const subdomainText = matching(
  SUBDOMAIN,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
    'and must start and end with an alphanumeric character',
  'example.com',
);

export const isDns1123Subdomain = limited(SUBDOMAIN_MOST, atMost(SUBDOMAIN_MOST), subdomainText);

/** The same rule where a label's prefix is checked, which counts bytes. */
const isPrefix = limited(SUBDOMAIN_MOST, atMostBytes(SUBDOMAIN_MOST), subdomainText);

const labelText = matching(
  LABEL,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', " +
    'and must start and end with an alphanumeric character',
  'my-name',
  '123-abc',
);

export const isDns1123Label = limited(63, atMost(63), (value) => {
  const wrong = labelText(value);
  return wrong.length > 0 && subdomainText(value).length === 0 ? ['must not contain dots'] : wrong;
});

export const isDns1123SubdomainWithUnderscore = limited(
  SUBDOMAIN_MOST,
  atMost(SUBDOMAIN_MOST),
  matching(
    `${LABEL_WITH_UNDERSCORE}(\\.${LABEL_WITH_UNDERSCORE})*`,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', " +
      'and must start and end with an alphanumeric character',
    'example.com',
  ),
);

export const isDns1035Label = limited(
  63,
  atMost(63),
  matching(
    '[a-z]([-a-z0-9]*[a-z0-9])?',
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', " +
      'start with an alphabetic character, and end with an alphanumeric character',
    'my-name',
    'abc-123',
  ),
);

export const isWildcardDns1123Subdomain = limited(
  SUBDOMAIN_MOST,
  atMost(SUBDOMAIN_MOST),
  matching(
    `\\*\\.${SUBDOMAIN}`,
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, " +
      "which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    '*.example.com',
  ),
);

const NAME_PART = matching(QUALIFIED, QUALIFIED_WORDS, 'MyName', 'my.name', '123-abc');

const WRONG_QUALIFIED_NAME =
  `a valid label key ${regexMessage(QUALIFIED_WORDS, QUALIFIED, 'MyName', 'my.name', '123-abc')}` +
  " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";

/** A label's key and much else: `name` or `prefix.example.com/name`. */
export const isQualifiedName: TextRule = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) return [WRONG_QUALIFIED_NAME];
  const wrong: string[] = [];
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix === '') wrong.push('prefix part must be non-empty');
  else if (prefix !== undefined) wrong.push(...isPrefix(prefix).map((one) => `prefix part ${one}`));
  if (name === '') wrong.push('name part must be non-empty');
  else if (bytes(name) > 63) wrong.push(`name part ${atMostBytes(63)}`);
  wrong.push(...NAME_PART(name).map((one) => `name part ${one}`));
  return wrong;
};

/**
 * A domain name of at least three labels. Upstream reports this as one error of the field, joined with commas; the
 * empty name is "Required value" there and not a matter of this rule.
 */
export const isFullyQualifiedName: TextRule = (value) => {
  const wrong = isDns1123Subdomain(value);
  if (wrong.length > 0) return [wrong.join(',')];
  if (value.split('.').length < 3) return ['should be a domain with at least three segments separated by dots'];
  return [];
};

export const isLabelValue = limited(
  63,
  atMostBytes(63),
  matching(
    `(${QUALIFIED})?`,
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', " +
      'and must start and end with an alphanumeric character',
    'MyValue',
    'my_value',
    '12345',
  ),
);

/** A port's name (RFC 6335, lower case only). */
export const isPortName: TextRule = (value) => {
  const wrong: string[] = [];
  if (bytes(value) > 15) wrong.push(atMost(15));
  if (!/^[-a-z0-9]+$/.test(value)) wrong.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) wrong.push('must contain at least one letter (a-z)');
  if (value.includes('--')) wrong.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) wrong.push('must not begin or end with a hyphen');
  return wrong;
};

/** `least` and `most` are allowed themselves. */
export const isInRange = (value: number, least: number, most: number): string[] =>
  value >= least && value <= most ? [] : [`must be between ${least} and ${most}, inclusive`];

export const isPortNumber = (value: number): string[] => isInRange(value, 1, 65_535);

export const isPercent = matching(
  '[0-9]+%',
  "a valid percent string must be a numeric string followed by an ending '%'",
  '1%',
  '93%',
);

export const isHttpHeaderName = matching(
  '[-A-Za-z0-9]+',
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  'X-Header-Name',
);

function withoutDots(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

const configMapKeyText = matching(
  '[-._a-zA-Z0-9]+',
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  'key.name',
  'KEY_NAME',
  'key-name',
);

/** A key in `data` of a ConfigMap or Secret. */
export const isConfigMapKey = limited(SUBDOMAIN_MOST, atMost(SUBDOMAIN_MOST), (value) => [
  ...configMapKeyText(value),
  ...withoutDots(value),
]);

const strictEnvVarName = matching(
  '[-._a-zA-Z][-._a-zA-Z0-9]*',
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', " +
    'and must not start with a digit',
  'my.env-name',
  'MY_ENV.NAME',
  'MyEnvName1',
);

/** The rule before the feature gate RelaxedEnvironmentVariableValidation. */
export const isStrictEnvVarName: TextRule = (value) => [...strictEnvVarName(value), ...withoutDots(value)];

/** The name of an environment variable in a container (relaxed, as 1.37 has it). */
export const isEnvVarName: TextRule = (value) => {
  const wrong: string[] = [];
  if (value === '') wrong.push('environment variable name must be non-empty');
  if (!/^[ -<>-~]*$/.test(value)) {
    wrong.push("a valid environment variable name must consist only of printable ASCII characters other than '='");
  }
  return wrong;
};

export const isCIdentifier = matching(
  '[A-Za-z_][A-Za-z0-9_]*',
  "a valid C identifier must start with alphabetic character or '_', " +
    "followed by a string of alphanumeric characters or '_'",
  'my_name',
  'MY_NAME',
  'MyName',
);

/** What can stand in a URL's path before more text follows. */
const isPathSegmentPrefix: TextRule = (value) =>
  ['/', '%'].filter((one) => value.includes(one)).map((one) => `may not contain '${one}'`);

/** A name that can stand in a URL's path (roles, priority levels and so on). Has no limit of its length. */
export const isPathSegmentName: TextRule = (value) =>
  value === '.' || value === '..' ? [`may not be '${value}'`] : isPathSegmentPrefix(value);

/**
 * A trailing dash is fine in a generateName. Upstream replaces the last TWO characters, so that `a--` is fine too and
 * one character counts for less.
 */
const masked = (name: string): string => (name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name);

const TEXT_RULES: Record<Exclude<NameRule, 'path-segment' | 'ip'>, TextRule> = {
  'dns1123-subdomain': isDns1123Subdomain,
  'dns1123-label': isDns1123Label,
  'dns1035-label': isDns1035Label,
};

/** A resource's rule for names; `prefix` is for generateName, to which a suffix is added. */
export type NameCheck = (name: string, prefix: boolean) => string[];

/** The check of a kind's names (apimachinery `pkg/api/validation/generic.go`). */
export function nameRule(rule: NameRule): NameCheck {
  if (rule === 'path-segment') return (name, prefix) => (prefix ? isPathSegmentPrefix(name) : isPathSegmentName(name));
  // IPAddress is the one kind whose name is an address; it has no generated names.
  if (rule === 'ip') return (name) => ipProblems(name);
  const check = TEXT_RULES[rule];
  return (name, prefix) => check(prefix ? masked(name) : name);
}
