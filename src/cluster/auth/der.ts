/**
 * The few types of ASN.1 that a certificate is made of, in DER (ITU-T X.690). Node has no certificate builder, and the
 * usual library brings twenty packages and a polyfill of global objects for what is a page of code here.
 */

function tagged(tag: number, content: Buffer): Buffer {
  const size = content.length;
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), content]);
  const bytes = size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  if (size > 0xffff) throw new RangeError('a DER value of more than 65535 bytes');
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

export const sequence = (...items: Buffer[]): Buffer => tagged(0x30, Buffer.concat(items));

export const set = (...items: Buffer[]): Buffer => tagged(0x31, Buffer.concat(items));

/** A positive integer from its bytes, most significant first. */
export function integer(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const value = bytes.subarray(start);
  return tagged(0x02, (value[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value);
}

export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0]));

export const octets = (content: Buffer): Buffer => tagged(0x04, content);

export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));

/** `unused` bits at the end do not count. */
export const bits = (content: Buffer, unused = 0): Buffer =>
  tagged(0x03, Buffer.concat([Buffer.from([unused]), content]));

/** An object identifier such as `2.5.29.17`. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

/** UTCTime before 2050 and GeneralizedTime from then on (RFC 5280 4.1.2.5); whole seconds. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

/** `[number] EXPLICIT` around a value. */
export const explicit = (number: number, content: Buffer): Buffer => tagged(0xa0 | number, content);

/** `[number] IMPLICIT` in place of the tag of a primitive value. */
export const implicit = (number: number, content: Buffer): Buffer => tagged(0x80 | number, content);

export const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
