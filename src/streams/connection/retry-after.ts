// RFC 9110 section 10.2.3: seconds, or a date. Longer than a day is no answer to wait for.
const LONGEST_MS = 86_400_000;

/** Reads a `Retry-After` header: ms to wait from `now` (ms since 1970), or `undefined` when there is none to be read. */
export function readRetryAfter(value: string | null | undefined, now: number): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_MS);
}
