/** A time in nanoseconds. */
export interface FineTime {
  /** Whole ms since 1970. */
  readonly ms: number;
  /** Nanoseconds after that, 0 to 999,999. */
  readonly nanos: number;
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Parses a time such as `2023-04-06T11:54:26.838232225Z` to the nanosecond; `undefined` if it is invalid. */
export function readRfc3339(text: unknown): FineTime | undefined {
  const match = typeof text === 'string' ? RFC3339.exec(text) : null;
  if (!match) return undefined;
  const [, second, fraction = '', zone] = match;
  // JavaScript engines differ in how many digits of a fraction they read.
  const ms = Date.parse(`${second}${zone}`);
  const nanos = Number(fraction.padEnd(9, '0'));
  const within = nanos % 1_000_000;
  return ms >= 0 ? { ms: ms + (nanos - within) / 1_000_000, nanos: within } : undefined;
}

/** Whether one time is before another. */
export function isBefore(one: FineTime, other: FineTime): boolean {
  return one.ms === other.ms ? one.nanos < other.nanos : one.ms < other.ms;
}
