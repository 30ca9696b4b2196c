import type { Clock, Timer } from '../../core/clock.js';
import { CloseCode, mayRetry } from '../../protocol/close-codes.js';
import type { ByeMessage } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import { Fragment } from './fragment.js';
import type { BufferTotal } from './buffer-total.js';
import { bytesOf, Frame, FrameValues, FRAMING_BYTES } from './frame.js';
import type { GatewayCounts } from '../gateway-counts.js';
import type { GatewayLimits, ResolvedLimits } from '../gateway-options.js';
import type { Outlet, OutletEvents } from './outlet.js';
import { UnsentChanges } from '../readers/unsent-changes.js';
import { RateLimit } from '../admission/rate-limit.js';

/** What a {@link Connection} works with. */
export interface ConnectionOptions {
  /** Makes the outlet, which tells of its end, though not before it is made. */
  readonly open: (events: OutletEvents) => Outlet;
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
export const PARTING_MS = 1000;

/** One reader's end of the wire. It keeps no queue: what a slow reader is sent once there is room is the newest values that it is owed. */
export class Connection {
  readonly outlet: Outlet;
  /** Values that it has not been sent. */
  readonly owed: UnsentChanges;
  /** When something was last written, on the monotonic clock. */
  writtenAt: number;
  readonly #with: ConnectionOptions;
  readonly #bytes: RateLimit;
  readonly #openedAt: number;
  #limit: 'bytesPerSecond' | 'bufferedBytesInAll' | null = null;
  #written = 0;
  /** What had been written at some time has to have left by a time that depends on nothing later. */
  #mark: { readonly written: number; readonly at: number } | null = null;
  #how: string | null = null;
  #isClosed = false;
  #parting: Timer | undefined;

  constructor(options: ConnectionOptions) {
    this.#with = options;
    this.owed = new UnsentChanges(options.counts);
    this.writtenAt = this.#openedAt = options.clock.monotonic();
    this.#bytes = new RateLimit(options.limits.bytesPerSecond, this.writtenAt);
    this.outlet = options.open({ closed: () => this.#closed() });
    if (!this.#isClosed) options.buffers.add(this.outlet);
  }

  /** Whether it may still be written to. */
  get isOpen(): boolean {
    return this.#how === null && !this.#isClosed;
  }

  /** Whether it has everything, and room for more. */
  get isCurrent(): boolean {
    return this.owed.size === 0 && this.outlet.buffered <= this.#with.limits.highWaterBytes;
  }

  /** Writes a frame of values that is the same for all who are current. Whether it did: not where it does not fit. */
  share(frame: Frame, values: number): boolean {
    const { counts } = this.#with;
    if (this.#exceededBy(frame) !== null || !this.#mayHave(this.outlet.sizeOf(frame))) return false;
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
    const { limits } = this.#with;
    const values = new FrameValues();
    const tooLarge: FollowedTopic[] = [];
    const hasRoom = this.outlet.buffered <= limits.highWaterBytes && this.owed.size > 0 && this.#mayHave(0);
    const taken = hasRoom ? this.#takeOwed(values, tooLarge, head) : [];
    this.#send(values, taken, head);
    for (const topic of tooLarge) this.#with.onTooLarge(topic);
  }

  /** Sends a message that no newer one replaces. */
  say(json: string): void {
    if (!this.isOpen) return;
    const frame = Frame.of(json);
    const limit = this.#exceededBy(frame);
    if (limit === null) this.#write(frame);
    else this.#cut(limit, 'What waits does not fit.');
  }

  /** Writes what the reader does not need, if nothing waits. */
  sayIfIdle(frame: Frame): void {
    if (!this.isOpen || this.outlet.buffered > this.#with.limits.highWaterBytes) return;
    if (this.#exceededBy(frame) === null) this.#write(frame);
  }

  /** Lets proxies between know that it is alive, if nothing waits. */
  keepAlive(): void {
    if (this.isOpen && this.outlet.buffered <= this.#with.limits.highWaterBytes) this.outlet.keepAlive();
  }

  /**
   * Ends it if what was written is taking too long to leave. A reader that takes a byte now and then does not put this off: what
   * counts is when all of it has left that had been written at the time it was first looked at.
   */
  watch(now: number): void {
    if (!this.isOpen) return;
    this.#with.buffers.update(this.outlet);
    if (now - this.#openedAt >= this.#with.limits.connectionMs) {
      this.#with.onLimit('connectionMs');
      return this.close(CloseCode.GOING_AWAY, 'This connection has reached its longest life.');
    }
    const { buffered } = this.outlet;
    const left = this.#written - buffered;
    if (buffered === 0) this.#mark = null;
    else if (!this.#mark || left >= this.#mark.written) this.#mark = { written: this.#written, at: now };
    else if (now - this.#mark.at >= this.#with.limits.stallMs) {
      return this.#cut('stallMs', 'What was sent did not leave in time.');
    }
    if (this.#with.buffers.isCrowding(this.outlet)) {
      this.#cut('bufferedBytesInAll', 'Others need the room of what waits.');
    }
  }

  /** Says why, and ends it: at the latest a second later, whatever the reader does. */
  close(code: CloseCode, reason: string, retryAfterMs: number | null = null): void {
    if (!this.isOpen) return;
    const { outlet } = this;
    const { clock } = this.#with;
    const frame = Frame.of(byeJson(clock.now(), code, reason, retryAfterMs));
    if (this.#exceededBy(frame) === null) this.#write(frame);
    this.#how = `${code}`;
    this.#parting = clock.setTimer(() => outlet.destroy(), PARTING_MS);
    outlet.end(code, reason);
    this.owed.clear();
  }

  /** Ends it without a word. */
  destroy(): void {
    this.#parting?.clear();
    this.outlet.destroy();
  }

  /** Ends it because it is too slow. */
  #cut(limit: keyof GatewayLimits, reason: string): void {
    this.#with.onLimit(limit);
    this.close(CloseCode.TOO_SLOW, reason);
  }

  #send(values: FrameValues, taken: readonly FollowedTopic[], head: Head | undefined): void {
    const { counts } = this.#with;
    if (taken.length === 0 && !head) return;
    this.owed.take(taken);
    const position = this.owed.size === 0 ? this.#with.position() : undefined;
    const start = (head ?? updateHead(this.#with.clock.now()))(position);
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

  #takeOwed(values: FrameValues, tooLarge: FollowedTopic[], head: Head | undefined): FollowedTopic[] {
    const { limits } = this.#with;
    const { buffered } = this.outlet;
    const headBytes = head ? bytesOf(head(this.#with.position())) : 0;
    const most = limits.bufferedBytes - buffered - FRAMING_BYTES - headBytes;
    let room = Math.min(most, this.#with.buffers.roomFor(this.outlet));
    const taken: FollowedTopic[] = [];
    for (const [topic, held] of this.owed.entries()) {
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
  #mayHave(bytes: number): boolean {
    const { buffers, clock, onLimit } = this.#with;
    const isTooFast = this.#bytes.left(clock.monotonic()) <= 0;
    const limit = isTooFast
      ? 'bytesPerSecond'
      : buffers.hasRoom(this.outlet, bytes)
        ? null
        : 'bufferedBytesInAll';
    if (limit !== null && limit !== this.#limit) onLimit(limit);
    this.#limit = limit;
    return limit === null;
  }

  /** The limit that a message would exceed, whatever it is; `null` where it fits. */
  #exceededBy(frame: Frame): 'bufferedBytes' | 'bufferedBytesInAll' | null {
    const { limits, buffers } = this.#with;
    const bytes = this.outlet.sizeOf(frame);
    if (this.outlet.buffered + bytes > limits.bufferedBytes) return 'bufferedBytes';
    return buffers.fits(bytes) ? null : 'bufferedBytesInAll';
  }

  #write(frame: Frame): void {
    const bytes = this.outlet.sizeOf(frame);
    this.#written += bytes;
    this.#with.counts.bytes += bytes;
    this.writtenAt = this.#with.clock.monotonic();
    this.#bytes.charge(bytes, this.writtenAt);
    try {
      this.outlet.write(frame);
    } catch {
      // A socket that throws is of no use to its reader, and must not keep others from their values.
      this.outlet.destroy();
    }
    this.#with.buffers.update(this.outlet);
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parting?.clear();
    this.owed.clear();
    if (this.outlet) this.#with.buffers.remove(this.outlet);
    this.#with.onClosed(this.#how ?? 'left');
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

/** A `bye` message. */
export function byeOf(
  serverTime: number,
  code: CloseCode,
  reason: string,
  retryAfterMs: number | null,
): ByeMessage {
  return { type: 'bye', serverTime, code, reason, retry: mayRetry(code), retryAfterMs };
}

function byeJson(...bye: Parameters<typeof byeOf>): string {
  return JSON.stringify(byeOf(...bye));
}
