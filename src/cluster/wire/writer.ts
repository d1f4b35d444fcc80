/** Above this a scratch buffer is not kept for the next message. */
const MOST_KEPT = 1 << 20;

const TWO_32 = 2 ** 32;
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Writes a protobuf message from its end to its start, as the generated code of Kubernetes does: the length of a nested
 * message, which stands before it, is known when it is needed, and nothing is measured beforehand.
 */
export class Writer {
  #bytes = Buffer.allocUnsafe(4096);
  /** Start of what is written; it ends at the buffer's end. */
  #at = this.#bytes.length;

  /** Bytes written. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** What is written, as a copy; the writer is empty again. */
  take(): Uint8Array {
    const out = Buffer.from(this.#bytes.subarray(this.#at));
    this.clear();
    return out;
  }

  /** Forgets what is written. */
  clear(): void {
    if (this.#bytes.length > MOST_KEPT) this.#bytes = Buffer.allocUnsafe(4096);
    this.#at = this.#bytes.length;
  }

  #reserve(count: number): void {
    if (this.#at >= count) return;
    const { length } = this;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, length + count));
    this.#bytes.copy(larger, larger.length - length, this.#at);
    this.#bytes = larger;
    this.#at = larger.length - length;
  }

  /** A length, a tag or another number from 0 to 2^53-1. */
  varint(value: number): void {
    if (value < 0x80) {
      this.#reserve(1);
      this.#bytes[--this.#at] = value;
      return;
    }
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
    this.#reserve(size);
    this.#at -= size;
    let at = this.#at;
    let rest = value;
    for (; rest >= TWO_32; rest = Math.floor(rest / 0x80)) this.#bytes[at++] = (rest % 0x80) | 0x80;
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[at++] = (rest & 0x7f) | 0x80;
    this.#bytes[at] = rest;
  }

  /** An int32 or int64: below zero it takes ten bytes. */
  integer(value: number): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.varint(value);
      return;
    }
    let whole = BigInt(Math.trunc(value));
    // 2^63 is what the largest int64 becomes as a double.
    if (whole > MAX_INT64) whole = MAX_INT64;
    let rest = BigInt.asUintN(64, whole);
    const bytes: number[] = [];
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.#reserve(bytes.length);
    this.#at -= bytes.length;
    this.#bytes.set(bytes, this.#at);
  }

  /** A double: eight bytes, the lowest first. */
  double(value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Text and, before it, its length. */
  text(value: string): void {
    const size = value.length;
    if (size < 64 && this.#ascii(value)) {
      this.varint(size);
      return;
    }
    const bytes = Buffer.byteLength(value);
    this.#reserve(bytes);
    this.#at -= bytes;
    this.#bytes.write(value, this.#at, bytes, 'utf8');
    this.varint(bytes);
  }

  /** Short texts are nearly always ASCII; false, and nothing written, for one that is not. */
  #ascii(value: string): boolean {
    const size = value.length;
    this.#reserve(size);
    const start = this.#at - size;
    const bytes = this.#bytes;
    for (let index = 0; index < size; index++) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) return false;
      bytes[start + index] = code;
    }
    this.#at = start;
    return true;
  }

  /** Bytes and, before them, their length. */
  blob(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#at -= value.length;
    this.#bytes.set(value, this.#at);
    this.varint(value.length);
  }
}
