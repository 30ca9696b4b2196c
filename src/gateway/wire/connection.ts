import type { Clock, Timer } from '../../core/clock.js';
import { CloseCode, mayRetry } from '../../protocol/close-codes.js';
import type { CloseMessage } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import { Fragment } from './fragment.js';
import type { BufferTotal } from './buffer-total.js';
import { bytesOf, Frame, FrameValues, FRAMING_BYTES } from './frame.js';
import type { GatewayCounts } from '../gateway-counts.js';
import type { GatewayLimits, ResolvedLimits } from '../gateway-options.js';
import type { FrameSink, FrameSinkEvents } from './frame-sink.js';
import { UnsentChanges } from '../readers/unsent-changes.js';
import { RateLimit } from '../admission/rate-limit.js';

/** What a {@link Connection} works with. */
export interface ConnectionOptions {
  /** Makes the outlet, which tells of its end, though not before it is made. */
  readonly open: (events: FrameSinkEvents) => FrameSink;
  readonly limits: ResolvedLimits;
  readonly clock: Clock;
  readonly counts: GatewayCounts;
  /** Of all connections. */
  readonly buffers: BufferTotal;
  /** A limit holds; of one that holds for a while, the first time. */
  readonly onLimit: (limit: keyof GatewayLimits) => void;
  /** Where readers are that have everything. */
  readonly position: () => StreamPosition;
  /** A value does not fit into what may be buffered, however long one waits. */
  readonly onTooLarge: (topic: FollowedTopic) => void;
  /** It is over; `how` names the close code, or `left`. */
  readonly onClosed: (how: string) => void;
}

/** Makes the JSON of a message up to its values, without the bracket that ends it. */
export type Head = (position: StreamPosition | undefined) => readonly Fragment[];

/** How long a connection that is ended or refused may take to close before it is cut off, ms. */
export const CLOSE_TIMEOUT_MS = 1000;

/** One reader's end of the wire. It keeps no queue: what a slow reader is sent once there is room is the newest values that it is owed. */
export class Connection {
  readonly sink: FrameSink;
  /** Values that it has not been sent. */
  readonly unsent: UnsentChanges;
  /** When something was last written, on the monotonic clock. */
  writtenAt: number;
  readonly #options: ConnectionOptions;
  readonly #bytes: RateLimit;
  readonly #openedAt: number;
  #limit: 'bytesPerSecond' | 'bufferedBytesInAll' | null = null;
  #written = 0;
  /** What had been written at some time has to have left by a time that depends on nothing later. */
  #stallCheck: { readonly written: number; readonly at: number } | null = null;
  #closedBy: string | null = null;
  #isClosed = false;
  #closeTimer: Timer | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.unsent = new UnsentChanges(options.counts);
    this.writtenAt = this.#openedAt = options.clock.monotonic();
    this.#bytes = new RateLimit(options.limits.bytesPerSecond, this.writtenAt);
    this.sink = options.open({ closed: () => this.#closed() });
    if (!this.#isClosed) options.buffers.add(this.sink);
  }

  /** Whether it may still be written to. */
  get isOpen(): boolean {
    return this.#closedBy === null && !this.#isClosed;
  }

  /** Whether it has everything, and room for more. */
  get isUpToDate(): boolean {
    return this.unsent.size === 0 && this.sink.buffered <= this.#options.limits.highWaterBytes;
  }

  /** Writes a frame of values that is the same for all who are current. Whether it did: not where it does not fit. */
  sendShared(frame: Frame, values: number): boolean {
    const { counts } = this.#options;
    if (this.#exceededBy(frame) !== null || !this.#maySend(this.sink.sizeOf(frame))) return false;
    counts.produced += values;
    counts.sent += values;
    this.#write(frame);
    return true;
  }

  /**
   * Sends what is owed, as far as there is room. With a `head` a message goes out in any case; without, only if there is
   * something to say.
   */
  catchUp(head?: Head): void {
    if (!this.isOpen) return;
    const { limits } = this.#options;
    const values = new FrameValues();
    const tooLarge: FollowedTopic[] = [];
    const hasRoom = this.sink.buffered <= limits.highWaterBytes && this.unsent.size > 0 && this.#maySend(0);
    const taken = hasRoom ? this.#takeUnsent(values, tooLarge, head) : [];
    this.#sendValues(values, taken, head);
    for (const topic of tooLarge) this.#options.onTooLarge(topic);
  }

  /** Sends a message that no newer one replaces. */
  send(json: string): void {
    if (!this.isOpen) return;
    const frame = Frame.of(json);
    const limit = this.#exceededBy(frame);
    if (limit === null) this.#write(frame);
    else this.#cut(limit, 'What waits does not fit.');
  }

  /** Writes what the reader does not need, if nothing waits. */
  sendIfIdle(frame: Frame): void {
    if (!this.isOpen || this.sink.buffered > this.#options.limits.highWaterBytes) return;
    if (this.#exceededBy(frame) === null) this.#write(frame);
  }

  /** Lets proxies between know that it is alive, if nothing waits. */
  keepAlive(): void {
    if (this.isOpen && this.sink.buffered <= this.#options.limits.highWaterBytes) this.sink.keepAlive();
  }

  /**
   * Ends it if what was written is taking too long to leave. A reader that takes a byte now and then does not put this off: what
   * counts is when all of it has left that had been written at the time it was first looked at.
   */
  watch(now: number): void {
    if (!this.isOpen) return;
    this.#options.buffers.update(this.sink);
    if (now - this.#openedAt >= this.#options.limits.connectionMs) {
      this.#options.onLimit('connectionMs');
      return this.close(CloseCode.GOING_AWAY, 'This connection has reached its longest life.');
    }
    const { buffered } = this.sink;
    const left = this.#written - buffered;
    if (buffered === 0) this.#stallCheck = null;
    else if (!this.#stallCheck || left >= this.#stallCheck.written)
      this.#stallCheck = { written: this.#written, at: now };
    else if (now - this.#stallCheck.at >= this.#options.limits.stallMs) {
      return this.#cut('stallMs', 'What was sent did not leave in time.');
    }
    if (this.#options.buffers.isCrowding(this.sink)) {
      this.#cut('bufferedBytesInAll', 'Others need the room of what waits.');
    }
  }

  /** Says why, and ends it: at the latest a second later, whatever the reader does. */
  close(code: CloseCode, reason: string, retryAfterMs: number | null = null): void {
    if (!this.isOpen) return;
    const { sink } = this;
    const { clock } = this.#options;
    const frame = Frame.of(closeJson(clock.now(), code, reason, retryAfterMs));
    if (this.#exceededBy(frame) === null) this.#write(frame);
    this.#closedBy = `${code}`;
    this.#closeTimer = clock.setTimer(() => sink.destroy(), CLOSE_TIMEOUT_MS);
    sink.end(code, reason);
    this.unsent.clear();
  }

  /** Ends it without a word. */
  destroy(): void {
    this.#closeTimer?.clear();
    this.sink.destroy();
  }

  /** Ends it because it is too slow. */
  #cut(limit: keyof GatewayLimits, reason: string): void {
    this.#options.onLimit(limit);
    this.close(CloseCode.TOO_SLOW, reason);
  }

  #sendValues(values: FrameValues, taken: readonly FollowedTopic[], head: Head | undefined): void {
    const { counts } = this.#options;
    if (taken.length === 0 && !head) return;
    this.unsent.take(taken);
    const position = this.unsent.size === 0 ? this.#options.position() : undefined;
    const start = (head ?? updateHead(this.#options.clock.now()))(position);
    const frame = values.frame(start, position);
    const limit = this.#exceededBy(frame);
    if (limit !== null) {
      counts.dropped += taken.length;
      return this.#cut(limit, 'What waits does not fit.');
    }
    counts.sent += taken.length;
    counts.frames++;
    this.#write(frame);
  }

  #takeUnsent(values: FrameValues, tooLarge: FollowedTopic[], head: Head | undefined): FollowedTopic[] {
    const { limits } = this.#options;
    const { buffered } = this.sink;
    const headBytes = head ? bytesOf(head(this.#options.position())) : 0;
    const most = limits.bufferedBytes - buffered - FRAMING_BYTES - headBytes;
    let room = Math.min(most, this.#options.buffers.roomFor(this.sink));
    const taken: FollowedTopic[] = [];
    for (const [topic, held] of this.unsent.entries()) {
      const fragment = topic.fragment(held);
      const bytes = fragment.bytes + 1;
      if (bytes > limits.bufferedBytes - FRAMING_BYTES) {
        tooLarge.push(topic);
        continue;
      }
      if (bytes > room) break;
      room -= bytes;
      values.add(topic.kind, fragment);
      taken.push(topic);
    }
    return taken;
  }

  /** Whether values may be written, within what is left of this connection's rate and of all buffers. */
  #maySend(bytes: number): boolean {
    const { buffers, clock, onLimit } = this.#options;
    const isTooFast = this.#bytes.left(clock.monotonic()) <= 0;
    const limit = isTooFast
      ? 'bytesPerSecond'
      : buffers.hasRoom(this.sink, bytes)
        ? null
        : 'bufferedBytesInAll';
    if (limit !== null && limit !== this.#limit) onLimit(limit);
    this.#limit = limit;
    return limit === null;
  }

  /** The limit that a message would exceed, whatever it is; `null` where it fits. */
  #exceededBy(frame: Frame): 'bufferedBytes' | 'bufferedBytesInAll' | null {
    const { limits, buffers } = this.#options;
    const bytes = this.sink.sizeOf(frame);
    if (this.sink.buffered + bytes > limits.bufferedBytes) return 'bufferedBytes';
    return buffers.fits(bytes) ? null : 'bufferedBytesInAll';
  }

  #write(frame: Frame): void {
    const bytes = this.sink.sizeOf(frame);
    this.#written += bytes;
    this.#options.counts.bytes += bytes;
    this.writtenAt = this.#options.clock.monotonic();
    this.#bytes.charge(bytes, this.writtenAt);
    try {
      this.sink.write(frame);
    } catch {
      // A socket that throws is of no use to its reader, and must not keep others from their values.
      this.sink.destroy();
    }
    this.#options.buffers.update(this.sink);
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeTimer?.clear();
    this.unsent.clear();
    if (this.sink) this.#options.buffers.remove(this.sink);
    this.#options.onClosed(this.#closedBy ?? 'left');
  }
}

/** The beginning of an `update`. */
export function updateHead(serverTime: number): Head {
  return (position) => [
    new Fragment(
      `{"type":"update","serverTime":${serverTime}${position === undefined ? '' : `,"position":"${position}"`}`,
    ),
  ];
}

/** A `close` message. */
export function closeMessage(
  serverTime: number,
  code: CloseCode,
  reason: string,
  retryAfterMs: number | null,
): CloseMessage {
  return { type: 'close', serverTime, code, reason, retry: mayRetry(code), retryAfterMs };
}

function closeJson(...message: Parameters<typeof closeMessage>): string {
  return JSON.stringify(closeMessage(...message));
}
