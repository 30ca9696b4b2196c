/** Portfolios of the soak test; each reader sees those from its own number on. */
export const PORTFOLIOS = 200;
/** Topics of an honest reader. */
export const TOPICS = 100;
/** How long topics are followed without a reader, so that the end need not wait for long. */
export const HISTORY_MS = 2000;

/** Times are sent as prices: tenths of a ms, of a period that a price has room for. */
export const PERIOD = 10_000_000_000;

/** The time now, in tenths of a ms. The same for all processes of a machine. */
export function nowInPeriod(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 10) % PERIOD;
}
