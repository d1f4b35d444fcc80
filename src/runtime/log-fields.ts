import { isSecretName, redacted, redactText } from './redact.ts';

/** Deeper, longer: an object dumped by mistake, which must not fill the log. */
const maxDepth = 8;
const maxItems = 100;

export interface CleanOptions {
  /** Stacks are for debugging; programming errors always carry theirs, for nothing else says where they are. */
  stacks: boolean;
}

/** A copy of the fields that is safe to log: plain JSON, secrets redacted, errors with their causes, no cycles. */
export function cleanFields(fields: Readonly<Record<string, unknown>>, options: CleanOptions): Record<string, unknown> {
  return cleanRecord(Object.entries(fields), options, new Set());
}

type Seen = Set<object>;

function cleanRecord(entries: Iterable<[string, unknown]>, options: CleanOptions, seen: Seen): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    if (value === undefined) continue;
    clean[name] = isSecretName(name) && mayBeSecret(value) ? redacted : cleanValue(value, options, seen);
  }
  return clean;
}

/** A count or a flag under a telling name (`tokens: 12`) is no secret. */
function mayBeSecret(value: unknown): boolean {
  return value !== null && typeof value !== 'number' && typeof value !== 'boolean';
}

function cleanValue(value: unknown, options: CleanOptions, seen: Seen): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return '[circular]';
  if (seen.size >= maxDepth) return '[deeper]';
  // Only the way down counts: the same object twice side by side is no cycle.
  seen.add(value);
  try {
    return cleanObject(value, options, seen);
  } catch (error) {
    return `[unreadable: ${error instanceof Error ? error.message : 'no reason given'}]`;
  } finally {
    seen.delete(value);
  }
}

function cleanObject(value: object, options: CleanOptions, seen: Seen): unknown {
  if (value instanceof Error) return cleanError(value, options, seen);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) {
    return cleanRecord(
      [...value].map(([key, item]) => [String(key), item]),
      options,
      seen,
    );
  }
  if (value instanceof Set || Array.isArray(value)) {
    const items = [...value];
    const clean = items.slice(0, maxItems).map((item) => cleanValue(item, options, seen));
    if (items.length > maxItems) clean.push(`[${items.length - maxItems} more]`);
    return clean;
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return cleanValue(value.toJSON(), options, seen);
  return cleanRecord(Object.entries(value), options, seen);
}

/** JSON.stringify makes `{}` of an error: name, message, codes, request id and causes are picked out here. */
function cleanError(error: Error, options: CleanOptions, seen: Seen): Record<string, unknown> {
  const details: [string, unknown][] = [];
  for (const [name, value] of Object.entries(error)) {
    // Objects that hang on errors are requests and responses, with headers and bodies: too big and full of secrets.
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (plain && !name.startsWith('$') && name !== 'name' && name !== 'message' && name !== 'stack') {
      details.push([name, value]);
    }
  }
  if ('$metadata' in error && typeof error.$metadata === 'object' && error.$metadata !== null) {
    const metadata = error.$metadata as { requestId?: unknown; httpStatusCode?: unknown; attempts?: unknown };
    details.push(['requestId', metadata.requestId], ['httpStatus', metadata.httpStatusCode]);
    details.push(['attempts', metadata.attempts]);
  }
  if (error instanceof AggregateError) details.push(['errors', error.errors]);
  if (error.cause !== undefined) details.push(['cause', error.cause]);
  if (error.stack && (options.stacks || isProgrammingError(error))) details.push(['stack', error.stack]);
  return {
    name: error.name,
    message: redactText(error.message),
    ...cleanRecord(details, options, seen),
  };
}

function isProgrammingError(error: Error): boolean {
  return (
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError ||
    error instanceof SyntaxError
  );
}

/** An error and its causes in one line, without secrets: `apply failed: ThrottlingException: Rate exceeded`. */
export function errorLine(error: unknown): string {
  const messages: string[] = [];
  const seen = new Set<unknown>();
  for (let current = error; current !== undefined && current !== null && !seen.has(current); ) {
    seen.add(current);
    const message = messageOf(current);
    // Wrappers often repeat what they wrap.
    if (!messages.some((earlier) => earlier.includes(message))) messages.push(message);
    current = current instanceof Error ? current.cause : undefined;
  }
  return redactText(messages.join(': ')).replaceAll(/\s*[\r\n]+\s*/g, ' ');
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A failed dual-stack connect is an AggregateError with an empty message.
  if (!error.message && error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error.message || error.name;
}
