/** FNV-1a with 128 bits (Go's `hash/fnv` New128a), as 32 hex digits. Upstream orders ports and subsets by it. Pure. */
export function fnv128a(text: string): string {
  // Four limbs of 32 bits, most significant first. The prime is 2^88 + 0x13b; a product with 0x13b fits a double.
  let [a, b, c, d] = [0x6c62272e, 0x07bb0142, 0x62b82175, 0x6295c58d];
  for (const byte of new TextEncoder().encode(text)) {
    const low = (d ^ byte) >>> 0;
    let sum = low * PRIME;
    const shifted = [low >>> 8, (low << 24) >>> 0, (c << 24) >>> 0] as const;
    d = sum >>> 0;
    sum = c * PRIME + Math.floor(sum / LIMB);
    c = sum >>> 0;
    sum = b * PRIME + Math.floor(sum / LIMB) + shifted[1];
    b = sum >>> 0;
    sum = a * PRIME + Math.floor(sum / LIMB) + shifted[0] + shifted[2];
    a = sum >>> 0;
  }
  return [a, b, c, d].map((limb) => limb.toString(16).padStart(8, '0')).join('');
}

const PRIME = 0x13b;
const LIMB = 2 ** 32;
