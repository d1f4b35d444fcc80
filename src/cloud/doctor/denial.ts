/** What AWS's refusals say: who may not do what, on what, and which policy is to blame. Pure. */

export interface Denial {
  /** ARN of the user or role. */
  principal?: string;
  /** `ec2:DescribeSubnets`. */
  action?: string;
  /** ARN. */
  resource?: string;
  /** AWS's words after "because" or "with". */
  because?: string;
}

const SENTENCE =
  /User: (\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?(?:,? (?:because |with )(.+?))?(?=\.? Encoded |\.? ?\(request |;|$)/i;

/** Finds AWS's sentence in a message or a condition; empty when there is none. */
export function readDenial(message: string): Denial {
  const [, principal, action, resource, because] = SENTENCE.exec(message.replaceAll(/\s+/g, ' ')) ?? [];
  return {
    ...(principal && { principal }),
    ...(action && { action }),
    ...(resource && { resource }),
    ...(because && { because: because.replace(/\.$/, '') }),
  };
}

/** Whether the text tells of a refusal by IAM at all. */
export function isDenial(message: string): boolean {
  return /\b(AccessDenied|UnauthorizedOperation)\b|is not authorized to perform/.test(message);
}

/** What to do about it. A policy that only lacks something is mended; one that forbids has to be changed by its owner. */
export function remedyOf({ action, because = '' }: Denial, clusterName: string): string {
  const policy = /explicit deny/.test(because)
    ? /(?:in|by) (?:an? )?([a-z -]*(?:policy|boundary))/i.exec(because)?.[1]
    : undefined;
  if (policy) return `have ${action ?? 'the action'} allowed by the ${policy}: it denies it explicitly`;
  const boundary = /no ([a-z -]*(?:policy|boundary)) allows/i.exec(because)?.[1];
  if (boundary && boundary !== 'identity-based policy')
    return `let the ${boundary} allow ${action ?? 'the action'} too`;
  return `attach the policy that sluice iam-policy --cluster-name ${clusterName} prints to the role of the controller`;
}
