import type { Clock } from '../../core/clock.js';
import { errorReporter } from '../../core/error-reporter.js';
import type { TickmarkError } from '../../core/errors.js';
import {
  isGap,
  type PriceStreamAdapter,
  type PriceStreamMessage,
} from '../../core/streams/price-stream-adapter.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import { recordedLine, type RecordingHeader } from './formats/tickmark.js';
import { LineWriter } from './line-writer.js';
import type { RecordingTarget } from './recording-target.js';

/** Counters of a recording. */
export interface RecordingStats {
  /** Prices written, or waiting to be written. */
  readonly prices: number;
  /** Gaps of the price stream, and gaps of the recording itself (reason `overflow`). */
  readonly gaps: number;
  /** Changes of status. */
  readonly statuses: number;
  /** Messages dropped because the disk or stream was too slow. */
  readonly dropped: number;
  /** Characters that wait to be written. */
  readonly waiting: number;
  /** Error that ended the recording; `undefined` while it continues. */
  readonly error: TickmarkError | undefined;
}

interface StreamRecorderOptions {
  readonly clock: Clock;
  readonly flushMs: number;
  readonly maxBuffered: number;
  readonly onError: ((error: TickmarkError) => void) | undefined;
}

/** Records the messages of a price stream. */
export class StreamRecorder {
  readonly #clock: Clock;
  readonly #target: RecordingTarget;
  readonly #writer: LineWriter;
  readonly #unsubscribes: readonly Unsubscribe[];
  readonly #counts = { prices: 0, gaps: 0, statuses: 0, dropped: 0 };
  #error: TickmarkError | undefined;
  #pendingGap: { readonly from: number; to: number; readonly symbols: Set<string> } | undefined;
  #closing: Promise<void> | undefined;

  constructor(stream: PriceStreamAdapter, target: RecordingTarget, options: StreamRecorderOptions) {
    const { clock, flushMs, maxBuffered, onError } = options;
    const report = errorReporter({ onError });
    this.#clock = clock;
    this.#target = target;
    this.#writer = new LineWriter(target.input, {
      clock,
      flushMs,
      maxBuffered,
      onFlush: () => target.flush(),
    });
    target.onError((error) => {
      this.#error = error;
      this.#stop();
      this.#writer.abandon();
      report(error);
    });
    const header: RecordingHeader = { tickmark: 'recording', version: 1, startedAt: clock.now() };
    this.#writer.write(JSON.stringify(header));
    this.#unsubscribes = [
      stream.onMessage((message) => this.#record(message)),
      stream.onStatus((status) => {
        const at = clock.now();
        if (this.#write(recordedLine({ type: 'status', at, status }, at))) this.#counts.statuses++;
        else this.#counts.dropped++;
      }),
    ];
  }

  stats(): RecordingStats {
    return { ...this.#counts, waiting: this.#writer.waiting, error: this.#error };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#stop();
    if (this.#error) throw this.#error;
    this.#writer.end(this.#withPendingGap(JSON.stringify({ at: this.#clock.now(), type: 'end' })));
    await this.#target.end();
  }

  #stop(): void {
    for (const off of this.#unsubscribes) off();
  }

  #record(message: PriceStreamMessage): void {
    const now = this.#clock.now();
    const at = isGap(message) ? now : (message.receivedAt ?? now);
    if (this.#write(recordedLine(message, at))) this.#counts[isGap(message) ? 'gaps' : 'prices']++;
    else this.#drop(message, now);
  }

  #write(line: string): boolean {
    if (!this.#writer.write(this.#withPendingGap(line))) return false;
    if (this.#pendingGap) this.#counts.gaps++;
    this.#pendingGap = undefined;
    return true;
  }

  // Dropped messages become a gap, which is written together with the next line for which there is room.
  #withPendingGap(line: string): string {
    const gap = this.#pendingGap;
    if (!gap) return line;
    const { from, to } = gap;
    const symbols = [...gap.symbols];
    return `${recordedLine({ type: 'gap', from, to, symbols, reason: 'overflow', recovered: false }, to)}\n${line}`;
  }

  #drop(message: PriceStreamMessage, at: number): void {
    this.#counts.dropped++;
    const gap = (this.#pendingGap ??= { from: at, to: at, symbols: new Set() });
    gap.to = Math.max(gap.to, at);
    for (const symbol of isGap(message) ? message.symbols : [message.symbol]) gap.symbols.add(symbol);
  }
}
