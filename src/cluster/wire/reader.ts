/** Bytes that are not a protobuf message; the words are those of Kubernetes' generated code. */
export class MalformedError extends Error {
  override name = 'MalformedError';
}

const TWO_32 = 2 ** 32;
const TWO_31 = 2 ** 31;

/** More messages in each other than any real object has; upstream has no limit, but its stack grows. */
const MOST_NESTED = 500;

/** Reads protobuf from a buffer, never beyond the end of the message that it is in. */
export class Reader {
  readonly #bytes: Buffer;
  #at: number;
  #end: number;
  #depth = 0;
  /** The last varint: its low and its high 32 bits. */
  #low = 0;
  #high = 0;
  /** Of the last tag. */
  field = 0;
  wireType = 0;
  #tagAt = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#end = bytes.byteLength;
  }

  /** Reads the next tag of a message; false at its end. `message` is its name, for errors. */
  next(message: string): boolean {
    if (this.#at >= this.#end) return false;
    this.#tagAt = this.#at;
    this.#varint();
    this.wireType = this.#low & 7;
    this.field = (this.#low >>> 3) | (this.#high << 29);
    if (this.wireType === 4) throw new MalformedError(`proto: ${message}: wiretype end group for non-group`);
    if (this.field <= 0) {
      const wire = (BigInt(this.#high) << 32n) | BigInt(this.#low);
      throw new MalformedError(`proto: ${message}: illegal tag ${this.field} (wire type ${wire})`);
    }
    return true;
  }

  /** Refuses another wire type than a field has. */
  expect(wireType: number, field: string): void {
    if (this.wireType !== wireType) {
      throw new MalformedError(`proto: wrong wireType = ${this.wireType} for field ${field}`);
    }
  }

  /** Whether the message, or the packed list, goes on. */
  get more(): boolean {
    return this.#at < this.#end;
  }

  #varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift >= 64) throw new MalformedError('proto: integer overflow');
      if (this.#at >= this.#end) throw new MalformedError('unexpected EOF');
      const byte = this.#bytes[this.#at++] as number;
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift === 28) high = bits >>> 4;
      else if (shift > 28) high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    this.#low = low >>> 0;
    this.#high = high >>> 0;
  }

  /** Go's int32: what does not fit is cut off. */
  int32(): number {
    this.#varint();
    return this.#low | 0;
  }

  /** An int64; beyond 2^53 the nearest double. */
  int64(): number {
    this.#varint();
    const high = this.#high | 0;
    if (high >= -0x200000 && high < 0x200000) return high * TWO_32 + this.#low;
    return Number((BigInt(high) << 32n) | BigInt(this.#low));
  }

  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }

  double(): number {
    if (this.#end - this.#at < 8) throw new MalformedError('unexpected EOF');
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  /** The end of a length-delimited value that starts here. */
  #delimited(): number {
    this.#varint();
    if (this.#high >= TWO_31) throw new MalformedError('proto: negative length found during unmarshaling');
    const end = this.#at + this.#high * TWO_32 + this.#low;
    if (end > this.#end) throw new MalformedError('unexpected EOF');
    return end;
  }

  text(): string {
    const end = this.#delimited();
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }

  base64(): string {
    const end = this.#delimited();
    const text = this.#bytes.toString('base64', this.#at, end);
    this.#at = end;
    return text;
  }

  /** A view of a length-delimited value. */
  blob(): Uint8Array {
    const end = this.#delimited();
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** Reads a nested message: within `read` its end is the end. */
  nested<T>(read: () => T): T {
    if (++this.#depth > MOST_NESTED) throw new MalformedError(`proto: more than ${MOST_NESTED} messages in each other`);
    const outer = this.#end;
    this.#end = this.#delimited();
    const result = read();
    this.#at = this.#end;
    this.#end = outer;
    this.#depth--;
    return result;
  }

  /** Passes over a field that nothing knows. */
  skip(): void {
    this.#at = this.#tagAt;
    let groups = 0;
    do {
      this.#varint();
      const wireType = this.#low & 7;
      if (wireType === 0) this.#varint();
      else if (wireType === 1) this.#at += 8;
      else if (wireType === 2) this.#at = this.#delimited();
      else if (wireType === 3) groups++;
      else if (wireType === 4) groups--;
      else if (wireType === 5) this.#at += 4;
      else throw new MalformedError(`proto: illegal wireType ${wireType}`);
      if (this.#at > this.#end) throw new MalformedError('unexpected EOF');
    } while (groups > 0);
  }
}
