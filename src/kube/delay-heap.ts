/** Keys with deadlines, earliest first. A key is in it once; its earliest deadline wins. */
export class DelayHeap {
  readonly #deadlines = new Map<string, number>();
  /** A binary heap of every deadline ever set; entries that `#deadlines` does not confirm are stale and skipped. */
  readonly #heap: { key: string; at: number }[] = [];

  get size(): number {
    return this.#deadlines.size;
  }

  set(key: string, at: number): void {
    const current = this.#deadlines.get(key);
    if (current !== undefined && current <= at) return;
    this.#deadlines.set(key, at);
    this.#push({ key, at });
  }

  /** The earliest deadline. */
  peek(): number | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (this.#deadlines.get(top.key) === top.at) return top.at;
      this.#pop();
    }
    return undefined;
  }

  /** Removes and returns the keys that are due, in order of their deadlines. */
  takeDue(now: number): string[] {
    const due: string[] = [];
    for (let at = this.peek(); at !== undefined && at <= now; at = this.peek()) {
      const { key } = this.#pop();
      this.#deadlines.delete(key);
      due.push(key);
    }
    return due;
  }

  #push(entry: { key: string; at: number }): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (at(heap, parent).at <= entry.at) break;
      heap[index] = at(heap, parent);
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): { key: string; at: number } {
    const heap = this.#heap;
    const top = at(heap, 0);
    const last = heap.pop();
    if (heap.length === 0 || !last) return top;
    let index = 0;
    while (true) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && at(heap, child + 1).at < at(heap, child).at) child++;
      if (at(heap, child).at >= last.at) break;
      heap[index] = at(heap, child);
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function at<T>(items: T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
  return item;
}
