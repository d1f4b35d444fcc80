/**
 * Numbers of the pods on one node, each of which stands for an address in every family. An address that was given back is
 * given out last, so that a client which still knows it doesn't meet another pod there. No I/O, no clock.
 */
export class AddressPool {
  /** 0 is the range's own, 1 looks like a gateway, 255 like a broadcast address. */
  static readonly FIRST = 2;
  static readonly LAST = 254;

  /** In the order in which they are given out. */
  readonly #free = Array.from(
    { length: AddressPool.LAST - AddressPool.FIRST + 1 },
    (_, index) => AddressPool.FIRST + index,
  );

  /** Undefined when all are in use. */
  take(): number | undefined {
    return this.#free.shift();
  }

  /** Only what was taken, and once. */
  giveBack(number: number): void {
    this.#free.push(number);
  }
}

/** The address with a number in each of a node's ranges. */
export function podAddresses(podCidrs: readonly string[], number: number): string[] {
  return podCidrs.map((cidr) =>
    cidr.includes(':') ? cidr.replace(/::\/64$/, `::${number.toString(16)}`) : cidr.replace(/\.0\/24$/, `.${number}`),
  );
}
