import { FakeClock } from 'tickmark/conformance';
import type { Timer } from '../../../src/core/clock.js';
import { Watchdog, type WatchdogOptions } from '../../../src/streams/connection/watchdog.js';

/** A watchdog with a scripted link, and what it has reported. */
export function watched(
  options: Partial<WatchdogOptions> & { noPing?: boolean } = {},
  clock = new FakeClock(),
) {
  const { noPing, ...rest } = options;
  const seen = { pings: 0, dead: [] as number[], deaf: 0, answer: () => undefined as void };
  const watchdog = new Watchdog({
    clock,
    ping: noPing
      ? undefined
      : () => {
          seen.pings++;
          seen.answer();
        },
    onDead: () => seen.dead.push(clock.monotonic()),
    onPingsUnanswered: () => void seen.deaf++,
    ...rest,
  });
  return { clock, watchdog, seen };
}

/**
 * An event loop that can be blocked: answers that arrive meanwhile wait to be read, and timers that are due run before them.
 * Ready I/O runs before a deferred callback, as in Node.
 */
export class BlockedLoop extends FakeClock {
  readonly inbox: (() => void)[] = [];
  #blocked = 0;

  override monotonic(): number {
    return super.monotonic() + this.#blocked;
  }

  override defer(callback: () => void): Timer {
    return super.defer(() => {
      this.read();
      callback();
    });
  }

  /** Blocks the loop for a time: due timers run late, and nothing is read meanwhile. */
  block(ms: number): void {
    this.#blocked += ms;
  }

  /** Reads what has arrived. */
  read(): void {
    for (const each of this.inbox.splice(0)) each();
  }
}
