import { RateLimit } from '../admission/rate-limit.js';
import type { GatewayLimits, ResolvedLimits } from '../gateway-limits.js';
import type { BufferTotal } from './buffer-total.js';
import { FRAMING_BYTES } from './frame.js';
import type { FrameSink } from './frame-sink.js';

/** What {@link SendLimits} work with. */
export interface SendLimitsOptions {
  readonly limits: ResolvedLimits;
  /** Of all connections. */
  readonly buffers: BufferTotal;
  /** Called when a limit applies; of a limit that applies for a while, the first time. */
  readonly onLimit: (limit: keyof GatewayLimits) => void;
}

/** How much may be written to one connection. */
export class SendLimits {
  readonly #sink: FrameSink;
  readonly #options: SendLimitsOptions;
  readonly #rate: RateLimit;
  /** The limit that values wait for. */
  #applied: 'bytesPerSecond' | 'bufferedBytesInAll' | null = null;

  /** @param now On the monotonic clock. */
  constructor(sink: FrameSink, options: SendLimitsOptions, now: number) {
    this.#sink = sink;
    this.#options = options;
    this.#rate = new RateLimit(options.limits.bytesPerSecond, now);
  }

  /** Whether so little waits that the connection may get something new. */
  get isBelowHighWater(): boolean {
    return this.#sink.buffered <= this.#options.limits.highWaterBytes;
  }

  /** Counts written bytes. */
  wrote(bytes: number, now: number): void {
    this.#rate.charge(bytes, now);
  }

  /** The limit that any message of this size would exceed; `null` if it fits. */
  exceededBy(bytes: number): 'bufferedBytes' | 'bufferedBytesInAll' | null {
    const { limits, buffers } = this.#options;
    if (this.#sink.buffered + bytes > limits.bufferedBytes) return 'bufferedBytes';
    return buffers.fits(bytes) ? null : 'bufferedBytesInAll';
  }

  /** Whether values may be written, within the rate of this connection and its share of all buffers. */
  permitsValues(bytes: number, now: number): boolean {
    const { buffers, onLimit } = this.#options;
    let limit: 'bytesPerSecond' | 'bufferedBytesInAll' | null = null;
    if (this.#rate.left(now) <= 0) limit = 'bytesPerSecond';
    else if (!buffers.hasRoom(this.#sink, bytes)) limit = 'bufferedBytesInAll';
    if (limit !== null && limit !== this.#applied) onLimit(limit);
    this.#applied = limit;
    return limit === null;
  }

  /** Bytes of values that one message may have now. @param headBytes Bytes of the message before its values. */
  roomForValues(headBytes: number): number {
    const { limits, buffers } = this.#options;
    const own = limits.bufferedBytes - this.#sink.buffered - FRAMING_BYTES - headBytes;
    return Math.min(own, buffers.roomFor(this.#sink));
  }

  /** Whether a value never fits, however long it waits. */
  isTooLarge(valueBytes: number): boolean {
    return valueBytes > this.#options.limits.bufferedBytes - FRAMING_BYTES;
  }
}
