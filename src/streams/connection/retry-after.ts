// Longer waits than a day are cut.
const MAX_MS = 86_400_000;

/**
 * Parses a `Retry-After` header: seconds, or a date. Returns the ms to wait from `now` (ms since 1970), or `undefined` if there is none.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(value: string | null | undefined, now: number): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_MS);
}
