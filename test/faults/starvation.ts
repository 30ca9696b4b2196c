/** The machine gave this process no time: until when (ms since 1970), and for how many ms. */
export type Stall = readonly [until: number, ms: number];

const EVERY_MS = 10;
const NOTICED_MS = 5;

/**
 * How long the machine kept this process from running, so that a time that is promised can be told from a machine that is
 * busy with something else. Time that the process used up itself does not count: a blocked event loop is no excuse.
 */
export class Starvation {
  /** Every stall so far. */
  readonly stalls: Stall[] = [];
  readonly #timer = setInterval(() => this.look(), EVERY_MS).unref();
  #lookedAt = performance.now();
  #used = usedMs();

  /** The longest stall, ms. */
  get longest(): number {
    return Math.max(0, ...this.stalls.map(([, ms]) => ms));
  }

  /** For how many ms in all from a time to another (ms since 1970). Default: to now. */
  between(from: number, to = Date.now()): number {
    this.look();
    return stalledBetween(this.stalls, from, to);
  }

  /** Notes a stall that has just ended. */
  look(): void {
    const now = performance.now();
    const used = usedMs();
    const stalled = now - this.#lookedAt - EVERY_MS - (used - this.#used);
    if (stalled > NOTICED_MS) this.stalls.push([Date.now(), stalled]);
    this.#lookedAt = now;
    this.#used = used;
  }

  /** Looks no more. */
  end(): void {
    clearInterval(this.#timer);
  }
}

/** For how many ms in all from a time to another, by a list of stalls that may have come from another process. */
export function stalledBetween(stalls: readonly Stall[], from: number, to: number): number {
  return stalls.reduce((sum, [until, ms]) => {
    const within = Math.min(until, to) - Math.max(until - ms, from);
    return sum + Math.max(0, within);
  }, 0);
}

function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
