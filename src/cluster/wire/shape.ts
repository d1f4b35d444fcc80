import type { ListSchema, Schema } from '../schema/schema.ts';

/** Before every encoded object: `k8s\\0`. */
export const PREFIX = Uint8Array.of(0x6b, 0x38, 0x73, 0);

export const VARINT = 0;
export const DOUBLE = 1;
export const DELIMITED = 2;

/** The wire type of a value (of one item, for what is repeated). Go's tags say `bytes` of much that is not. */
export function wireType({ of }: Schema): number {
  switch (of) {
    case 'bool':
    case 'int32':
    case 'int64':
      return VARINT;
    case 'float64':
      return DOUBLE;
    default:
      return DELIMITED;
  }
}

/**
 * Whether a list that is a field is a message {items = 1} of its own. As the value of a map every list is; as a field
 * only Verbs is, whereas other named lists (ValidationRules) are plainly repeated.
 */
export const isMessageList = ({ name }: ListSchema): boolean => name?.endsWith('.Verbs') ?? false;
