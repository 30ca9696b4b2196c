import type { Clock, Timer } from '../../core/clock.js';
import { CloseCode } from '../../protocol/close-codes.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import type { GatewayCounts } from '../gateway-counts.js';
import type { GatewayLimits, ResolvedLimits } from '../gateway-limits.js';
import { UnsentChanges } from '../readers/unsent-changes.js';
import type { BufferTotal } from './buffer-total.js';
import { CLOSE_TIMEOUT_MS, closeMessage } from './close-message.js';
import { bytesOf, Frame, FrameValues } from './frame.js';
import type { FrameSink, FrameSinkEvents } from './frame-sink.js';
import { updateHead, type MessageHead } from './message-head.js';
import { SendLimits } from './send-limits.js';
import { StallDetector } from './stall-detector.js';

/** What a {@link Connection} works with. */
export interface ConnectionOptions {
  /** Opens the sink. It may call `closed` only after that. */
  readonly open: (events: FrameSinkEvents) => FrameSink;
  readonly limits: ResolvedLimits;
  readonly clock: Clock;
  readonly counts: GatewayCounts;
  /** Of all connections. */
  readonly buffers: BufferTotal;
  /** Called when a limit applies; of a limit that applies for a while, the first time. */
  readonly onLimit: (limit: keyof GatewayLimits) => void;
  /** Position of readers that have everything. */
  readonly position: () => StreamPosition;
  /** A value is larger than the buffer of a connection, so that it never fits. */
  readonly onTooLarge: (topic: FollowedTopic) => void;
  /** The connection is over. `how`: the close code, or `left`. */
  readonly onClosed: (how: string) => void;
}

/** The connection of one reader. It has no queue: when there is room again, a slow reader gets the newest values that it lacks. */
export class Connection {
  readonly sink: FrameSink;
  /** Values that were not sent yet. */
  readonly unsent: UnsentChanges;
  /** When something was last written, on the monotonic clock. */
  writtenAt: number;
  readonly #options: ConnectionOptions;
  readonly #limits: SendLimits;
  readonly #stall: StallDetector;
  readonly #openedAt: number;
  #closedBy: CloseCode | null = null;
  #isClosed = false;
  /** Whether the last values were part of a set whose position is still to come. */
  #owesPosition = false;
  #closeTimer: Timer | undefined;

  constructor(options: ConnectionOptions) {
    const { open, limits, clock, counts, buffers } = options;
    this.#options = options;
    this.unsent = new UnsentChanges(counts);
    this.writtenAt = this.#openedAt = clock.monotonic();
    this.#stall = new StallDetector(limits.stallMs);
    this.sink = open({ closed: () => this.#closed() });
    this.#limits = new SendLimits(this.sink, options, this.#openedAt);
    if (!this.#isClosed) buffers.add(this.sink);
  }

  /** Whether something may still be written. */
  get isOpen(): boolean {
    return this.#closedBy === null && !this.#isClosed;
  }

  /** Whether it has everything, and room for more. */
  get isUpToDate(): boolean {
    return this.unsent.size === 0 && this.#limits.isBelowHighWater;
  }

  /** Writes frames that are the same for all up-to-date connections. @returns Whether they fitted and were written. */
  sendShared(frames: readonly Frame[], values: number): boolean {
    const { counts, clock } = this.#options;
    const bytes = this.#sizeOf(frames);
    if (this.#limits.exceededBy(bytes) !== null) return false;
    if (!this.#limits.permitsValues(bytes, clock.monotonic())) return false;
    counts.produced += values;
    counts.sent += values;
    this.#owesPosition = false;
    for (const frame of frames) this.#write(frame);
    return true;
  }

  /** Sends unsent values, as many as fit. With a `head` a message is sent in any case; without, only if it has values. */
  catchUp(head?: MessageHead): void {
    if (!this.isOpen) return;
    const { clock, onTooLarge, position } = this.#options;
    const headBytes = head ? bytesOf(head(position())) : 0;
    const values = new FrameValues(headBytes);
    const tooLarge: FollowedTopic[] = [];
    const hasValues = this.#limits.isBelowHighWater && this.unsent.size > 0;
    const maySend = hasValues && this.#limits.permitsValues(0, clock.monotonic());
    const taken = maySend ? this.#takeUnsent(values, tooLarge, headBytes) : [];
    this.#sendValues(values, taken, head);
    for (const topic of tooLarge) onTooLarge(topic);
    // The values that were still due were unsubscribed or are too large: without a position the reader would keep waiting.
    if (this.#owesPosition && this.unsent.size === 0 && this.isOpen)
      this.#sendValues(new FrameValues(), [], updateHead(clock.now()));
  }

  /** Sends a message that no newer one replaces. */
  send(json: string): void {
    if (!this.isOpen) return;
    const frame = Frame.of(json);
    const limit = this.#exceededBy(frame);
    if (limit === null) this.#write(frame);
    else this.#cut(limit, 'The buffer of this connection is full.');
  }

  /** Writes a frame that the reader can do without, if little waits. */
  sendIfIdle(frame: Frame): void {
    if (!this.isOpen || !this.#limits.isBelowHighWater) return;
    if (this.#exceededBy(frame) === null) this.#write(frame);
  }

  /** Shows proxies that the connection is alive, if little waits. */
  keepAlive(): void {
    if (this.isOpen && this.#limits.isBelowHighWater) this.sink.keepAlive();
  }

  /** Ends the connection if it is too old, too slow, or above its share of all buffers. @param now On the monotonic clock. */
  watch(now: number): void {
    if (!this.isOpen) return;
    const { buffers, limits, onLimit } = this.#options;
    buffers.update(this.sink);
    if (now - this.#openedAt >= limits.connectionMs) {
      onLimit('connectionMs');
      return this.close(CloseCode.GOING_AWAY, 'This connection has reached its maximum age.');
    }
    if (this.#stall.isStalled(this.sink.buffered, now)) {
      return this.#cut('stallMs', 'Sent data did not leave in time.');
    }
    if (buffers.isCrowding(this.sink)) {
      this.#cut('bufferedBytesInAll', 'Other connections need the buffer of this one.');
    }
  }

  /** Sends the reason and ends the connection, at the latest `CLOSE_TIMEOUT_MS` later, whatever the reader does. */
  close(code: CloseCode, reason: string, retryAfterMs: number | null = null): void {
    if (!this.isOpen) return;
    const { sink } = this;
    const { clock } = this.#options;
    const frame = Frame.of(JSON.stringify(closeMessage(clock.now(), code, reason, retryAfterMs)));
    if (this.#exceededBy(frame) === null) this.#write(frame);
    this.#closedBy = code;
    this.#closeTimer = clock.setTimer(() => sink.destroy(), CLOSE_TIMEOUT_MS);
    sink.end(code, reason);
    this.unsent.clear();
  }

  /** Ends the connection without a message. */
  destroy(): void {
    this.#closeTimer?.clear();
    this.sink.destroy();
  }

  /** Ends the connection because it is too slow. */
  #cut(limit: keyof GatewayLimits, reason: string): void {
    this.#options.onLimit(limit);
    this.close(CloseCode.TOO_SLOW, reason);
  }

  #sendValues(values: FrameValues, taken: readonly FollowedTopic[], head: MessageHead | undefined): void {
    const { counts, clock, position: newest } = this.#options;
    if (taken.length === 0 && !head) return;
    this.unsent.take(taken);
    const position = this.unsent.size === 0 ? newest() : undefined;
    this.#owesPosition = position === undefined;
    const update = updateHead(clock.now());
    const frames = values.frames(head ?? update, update, position);
    const limit = this.#limits.exceededBy(this.#sizeOf(frames));
    if (limit !== null) {
      counts.dropped += taken.length;
      return this.#cut(limit, 'The buffer of this connection is full.');
    }
    counts.sent += taken.length;
    counts.frames += frames.length;
    for (const frame of frames) this.#write(frame);
  }

  #takeUnsent(values: FrameValues, tooLarge: FollowedTopic[], headBytes: number): FollowedTopic[] {
    let room = this.#limits.roomForValues(headBytes);
    const taken: FollowedTopic[] = [];
    for (const [topic, held] of this.unsent.entries()) {
      const fragment = topic.fragment(held);
      if (this.#limits.isTooLarge(fragment.bytes + 1)) {
        tooLarge.push(topic);
        continue;
      }
      const bytes = values.sizeOf(fragment);
      if (bytes > room) break;
      room -= bytes;
      values.add(topic.kind, fragment);
      taken.push(topic);
    }
    return taken;
  }

  #sizeOf(frames: readonly Frame[]): number {
    return frames.reduce((sum, frame) => sum + this.sink.sizeOf(frame), 0);
  }

  #exceededBy(frame: Frame): 'bufferedBytes' | 'bufferedBytesInAll' | null {
    return this.#limits.exceededBy(this.sink.sizeOf(frame));
  }

  #write(frame: Frame): void {
    const { counts, clock, buffers } = this.#options;
    const bytes = this.sink.sizeOf(frame);
    counts.bytes += bytes;
    this.writtenAt = clock.monotonic();
    this.#stall.wrote(bytes);
    this.#limits.wrote(bytes, this.writtenAt);
    try {
      this.sink.write(frame);
    } catch {
      // A socket that throws is of no use to its reader, and must not keep others from their values.
      this.sink.destroy();
    }
    buffers.update(this.sink);
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeTimer?.clear();
    this.unsent.clear();
    if (this.sink) this.#options.buffers.remove(this.sink);
    this.#options.onClosed(this.#closedBy === null ? 'left' : `${this.#closedBy}`);
  }
}
