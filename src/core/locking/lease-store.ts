/** Answer to a request for keys: a token per key, in order, or for how long another owner holds one of them, in ms. */
export type GrantResult = { readonly tokens: readonly bigint[] } | { readonly heldForMs: number };

/**
 * Where `LeasedLock` keeps leases: usually a server that several processes share. Leases expire by the clock of the server. Each
 * call is atomic, and a client may repeat it if it got no answer. Errors contain no secret; `retryable: false` on one means that
 * it would occur again.
 */
export interface LeaseStore {
  /**
   * Grants all keys to the owner for at least `ttlMs`, or none. Tokens of a key rise strictly. Each request has an owner of its
   * own; if that owner holds the keys already, the request was sent twice and is granted again.
   */
  grant(keys: readonly string[], owner: string, ttlMs: number): Promise<GrantResult>;
  /** Extends the owner's keys to at least `ttlMs` from now; `false` if it does not hold all of them, and then it releases them. */
  extend(keys: readonly string[], owner: string, ttlMs: number): Promise<boolean>;
  /** Frees those of the keys that the owner holds. */
  release(keys: readonly string[], owner: string): Promise<void>;
  /** Stops using the client, which stays open. */
  close(): void;
}

// The clocks of two machines under NTP may differ in rate by up to 2 × 500 ppm. The holder, which uses its own clock, must be the
// first to consider the lease expired.
const CLOCK_RATE_DIFFERENCE = 0.001;
const LONGEST_MS = 100 * 365 * 86_400_000;

/** How long the store keeps a lease of `ttlMs`: slightly longer than its holder counts on; in whole ms, at most a century. */
export function storedTtl(ttlMs: number): number {
  return Math.min(Math.ceil(ttlMs * (1 + CLOCK_RATE_DIFFERENCE)) + 1, LONGEST_MS);
}

/**
 * Encodes a key reversibly as an ASCII string: anything but letters, digits and `_ . ~ : / @ -` becomes `%` and the four hex
 * digits of its UTF-16 unit. So no key closes a hash tag, acts as a pattern, breaks a line, or is damaged in UTF-8.
 */
export function encodeKey(key: string): string {
  return key.replace(
    /[^\w.~:/@-]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
