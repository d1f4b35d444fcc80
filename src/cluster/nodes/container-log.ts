/** What one run of a container has written, kept in memory: the newest part of it, for `kubectl logs`. */
import type { Readable } from 'node:stream';
import type { LogOptions } from '../server/kubelet.ts';

/** A run's log is cut at its beginning when it grows over these, as a kubelet rotates its files. */
const MOST_BYTES = 1 << 20;
const MOST_LINES = 50_000;
/** What is left of it then: a cut costs as much as there are lines, so it has to last for many. */
const KEPT = 0.75;
/** A longer line is written as several, as container runtimes do. */
const LONGEST_LINE = 16 << 10;

export type Stream = 'Stdout' | 'Stderr';

interface Line {
  /** Milliseconds since 1970. */
  at: number;
  stream: Stream;
  /** With its newline, where it has one. */
  text: Buffer;
}

/** The rate of a program that floods: so much in each window. */
const WINDOW_MS = 100;
const MOST_LINES_AT_ONCE = 10_000;
const BYTES_AS_A_LINE = 100;
const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

export class ContainerLog {
  readonly #now: () => number;
  #lines: Line[] = [];
  #bytes = 0;
  /** How many lines were dropped from the beginning; so a reader's place stays true. */
  #dropped = 0;
  #ended = false;
  readonly #open = new Map<Stream, Buffer>();
  #waiting = Promise.withResolvers<void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Writes down what a program says, as fast as it says it up to a rate beyond which nobody reads: a program that
   * floods its log is slowed down by its full pipe, and leaves the others their time.
   */
  collect(stream: Stream, from: Readable): void {
    let room = MOST_LINES_AT_ONCE;
    let windowEnds = 0;
    from.on('data', (chunk: Buffer) => {
      const lines = this.#lines.length + this.#dropped;
      this.append(stream, chunk);
      const now = performance.now();
      if (now >= windowEnds) {
        room = MOST_LINES_AT_ONCE;
        windowEnds = now + WINDOW_MS;
      }
      room -= this.#lines.length + this.#dropped - lines + chunk.length / BYTES_AS_A_LINE;
      if (room > 0) return;
      from.pause();
      setTimeout(() => from.resume(), windowEnds - now);
    });
  }

  append(stream: Stream, chunk: Buffer): void {
    let rest = Buffer.concat([this.#open.get(stream) ?? Buffer.alloc(0), chunk]);
    for (;;) {
      const newline = rest.indexOf(NEWLINE);
      const length = newline >= 0 ? Math.min(newline + 1, LONGEST_LINE) : LONGEST_LINE;
      if (newline < 0 && rest.length < LONGEST_LINE) break;
      this.#add(stream, rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    this.#open.set(stream, rest);
    this.#wake();
  }

  /** The run is over: what has no newline yet becomes a line, and followers end. */
  end(): void {
    for (const [stream, rest] of this.#open) if (rest.length > 0) this.#add(stream, rest);
    this.#open.clear();
    this.#ended = true;
    this.#wake();
  }

  /** The end of what was written, at most so many bytes: what a failed container is remembered by. */
  tail(bytes: number): string {
    const text = Buffer.concat(this.#lines.map((line) => line.text));
    return text.subarray(Math.max(0, text.length - bytes)).toString();
  }

  /** Chunks as LogOptions asks for; ends at the end, or when `signal` says so. */
  async *read(options: LogOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    let next = this.#dropped;
    if (options.tailLines !== undefined) {
      const wanted = this.#lines.filter((line) => isWanted(line, options));
      const first = options.tailLines === 0 ? undefined : (wanted.at(-options.tailLines) ?? wanted[0]);
      next += first ? this.#lines.indexOf(first) : this.#lines.length;
    }
    // How much of a line that has no end yet was read.
    const begun: Record<Stream, number> = { Stdout: 0, Stderr: 0 };
    const more = (): boolean =>
      next < this.#dropped + this.#lines.length ||
      (options.unfinished === true && [...this.#open].some(([stream, rest]) => rest.length > begun[stream]));
    while (!signal.aborted) {
      next = Math.max(next, this.#dropped);
      const fresh = this.#lines.slice(next - this.#dropped);
      next = this.#dropped + this.#lines.length;
      const parts = fresh.map((line) => {
        const from = begun[line.stream];
        begun[line.stream] = 0;
        return isWanted(line, options) ? written(line, options.timestamps).subarray(from) : EMPTY;
      });
      if (options.unfinished) {
        for (const [stream, rest] of this.#open) {
          if (options.stream === 'All' || options.stream === stream) parts.push(rest.subarray(begun[stream]));
          begun[stream] = rest.length;
        }
      }
      const chunk = Buffer.concat(parts);
      if (chunk.length > 0) {
        yield chunk.subarray(0, Math.min(chunk.length, left));
        left -= chunk.length;
      }
      if (left <= 0) return;
      // What was written while the reader was busy has woken nobody.
      if (more()) continue;
      if (!options.follow || this.#ended) return;
      await this.#news(signal);
    }
  }

  #add(stream: Stream, text: Buffer): void {
    this.#lines.push({ at: this.#now(), stream, text });
    this.#bytes += text.length;
    if (this.#bytes <= MOST_BYTES && this.#lines.length <= MOST_LINES) return;
    let drop = 0;
    while (this.#bytes > MOST_BYTES * KEPT || this.#lines.length - drop > MOST_LINES * KEPT) {
      this.#bytes -= this.#lines[drop++]?.text.length ?? 0;
    }
    this.#lines = this.#lines.slice(drop);
    this.#dropped += drop;
  }

  #wake(): void {
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers();
  }

  async #news(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = (): void => resolve();
    signal.addEventListener('abort', stop, { once: true });
    await Promise.race([this.#waiting.promise, promise]);
    signal.removeEventListener('abort', stop);
  }
}

const isWanted = ({ at, stream }: Line, { sinceMs, stream: wanted }: LogOptions): boolean =>
  (wanted === 'All' || wanted === stream) && (sinceMs === undefined || at >= sinceMs);

function written({ at, text }: Line, timestamps: boolean): Buffer {
  if (!timestamps) return text;
  // Nanoseconds of fixed width, as a kubelet writes them; this clock has milliseconds.
  const time = new Date(at).toISOString().replace('Z', '000000Z');
  return Buffer.concat([Buffer.from(`${time} `), text]);
}
