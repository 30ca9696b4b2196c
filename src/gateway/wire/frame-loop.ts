import type { Clock, Timer } from '../../core/clock.js';
import { positionOf, type StreamPosition } from '../../protocol/stream-position.js';
import type { MulticastGroup, MulticastGroups } from '../readers/multicast-groups.js';
import type { Connection } from './connection.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import { FrameValues, type Frame } from './frame.js';
import { updateHead } from './message-head.js';
import type { GatewayCounts } from '../gateway-counts.js';

/** What a {@link FrameLoop} works with. */
export interface FrameLoopOptions {
  readonly epoch: string;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly groups: MulticastGroups;
  readonly counts: GatewayCounts;
  /** Called before anything is sent. */
  readonly beforeFrame: () => void;
  /** Brings topics up to date at an offset. @returns The ones that have changed. */
  readonly refresh: (offset: number) => Iterable<FollowedTopic>;
}

/**
 * Decides when frames are sent. All changes since the last frame are sent together: at once after a quiet time, else at the end of the
 * interval. After a frame that took long to send, it rests for as long, so that other work has its turn.
 */
export class FrameLoop {
  /** Offset of the newest change. The status has the first one. */
  offset = 1;
  readonly #options: FrameLoopOptions;
  readonly #behind = new Set<Connection>();
  #timer: Timer | null = null;
  /** When the timer is due, on the monotonic clock. */
  #dueAt = 0;
  /** Earliest time of the next frame with changes. */
  #notBefore = 0;
  /** Earliest time at which connections that are behind may catch up. */
  #catchUpNotBefore = 0;
  #isStopped = false;
  #isPaused = false;

  constructor(options: FrameLoopOptions) {
    this.#options = options;
  }

  /** Position of readers that have everything. */
  get position(): StreamPosition {
    return positionOf(this.#options.epoch, this.offset);
  }

  /** A new offset, for a value that readers get with their subscription. */
  nextOffset(): number {
    return ++this.offset;
  }

  /** Schedules a frame. */
  request(): void {
    this.#schedule(this.#notBefore);
  }

  /** Sends a connection its unsent values as soon as there is room. */
  catchUp(connection: Connection): void {
    this.#behind.add(connection);
    this.#schedule(this.#catchUpNotBefore);
  }

  /** Sends nothing until `resume()`. Changes in between are conflated. */
  pause(): void {
    this.#isPaused = true;
    this.#clearTimer();
  }

  /** Sends again. */
  resume(): void {
    this.#isPaused = false;
    this.request();
  }

  /** Sends nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#clearTimer();
    this.#behind.clear();
  }

  /** Sets the timer, unless it is due earlier. */
  #schedule(at: number): void {
    if (this.#isStopped || this.#isPaused || (this.#timer && this.#dueAt <= at)) return;
    this.#clearTimer();
    const { clock } = this.#options;
    const waitMs = at - clock.monotonic();
    this.#dueAt = at;
    this.#timer = waitMs > 0 ? clock.setTimer(() => this.#run(), waitMs) : clock.defer(() => this.#run());
  }

  #clearTimer(): void {
    this.#timer?.clear();
    this.#timer = null;
  }

  #run(): void {
    const { clock, intervalMs, counts, groups } = this.#options;
    const start = clock.monotonic();
    this.#timer = null;
    this.#options.beforeFrame();
    const changed = [...this.#options.refresh(this.offset + 1)];
    if (changed.length > 0) {
      this.offset++;
      counts.serialized += changed.length;
      for (const group of shortestFirst(groups.groupsOf(changed))) this.#send(group);
    }
    for (const connection of this.#behind) {
      connection.catchUp();
      if (connection.unsent.size === 0) this.#behind.delete(connection);
    }
    const busyMs = 2 * (clock.monotonic() - start);
    // A round in which connections only catch up does not delay the next changes for others.
    this.#notBefore = start + (changed.length > 0 ? Math.max(intervalMs, busyMs) : busyMs);
    this.#catchUpNotBefore = start + Math.max(intervalMs, busyMs);
    // Not every kind of connection has an event for when it drains, so they are polled.
    if (this.#behind.size > 0) this.#schedule(this.#catchUpNotBefore);
  }

  #send({ changed, topics, members }: MulticastGroup): void {
    let frames: readonly Frame[] | undefined;
    for (const connection of members) {
      if (connection.isUpToDate && connection.sendShared((frames ??= this.#frames(changed)), changed.length))
        continue;
      connection.unsent.miss(changed, topics, this.offset);
      this.#behind.add(connection);
    }
  }

  #frames(changed: readonly FollowedTopic[]): Frame[] {
    const { clock, counts } = this.#options;
    const values = new FrameValues();
    for (const topic of changed) values.add(topic.kind, topic.fragment(topic.previous));
    const head = updateHead(clock.now());
    const frames = values.frames(head, head, this.position);
    counts.frames += frames.length;
    return frames;
  }
}

// A reader with few topics does not wait while thousands are written to others. Two lists are enough, without sorting all groups.
function shortestFirst(groups: ReadonlySet<MulticastGroup>): MulticastGroup[] {
  let topics = 0;
  for (const { changed } of groups) topics += changed.length;
  const short: MulticastGroup[] = [];
  const long: MulticastGroup[] = [];
  for (const group of groups) {
    (group.changed.length * groups.size <= topics ? short : long).push(group);
  }
  return short.concat(long);
}
