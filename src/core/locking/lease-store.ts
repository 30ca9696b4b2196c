/** Answer to a request for keys: a token for each key, in order; or how long another owner still holds one of them, in ms. */
export type GrantResult = { readonly tokens: readonly bigint[] } | { readonly heldForMs: number };

/**
 * Stores the leases of a `LeasedLock`, usually on a server that several processes share. Leases expire by the clock of the server. Each
 * call is atomic, and a client may repeat it if it got no answer. Errors contain no secret. An error with `retryable: false` would occur
 * again.
 */
export interface LeaseStore {
  /**
   * Grants all keys to the owner for at least `ttlMs`, or none. The tokens of a key rise strictly. Each request has an owner of its own. If
   * the owner holds the keys already, the request was sent twice, and is granted again.
   */
  grant(keys: readonly string[], owner: string, ttlMs: number): Promise<GrantResult>;
  /** Extends the keys of the owner to at least `ttlMs` from now. If it does not hold all of them, releases the others and returns `false`. */
  extend(keys: readonly string[], owner: string, ttlMs: number): Promise<boolean>;
  /** Releases those of the keys that the owner holds. */
  release(keys: readonly string[], owner: string): Promise<void>;
  /** Stops using the client, which stays open. */
  close(): void;
}

// The rates of the clocks of two machines with NTP may differ by up to 2 × 500 ppm. The holder must consider its lease expired first, by
// its own clock.
const CLOCK_RATE_DIFFERENCE = 0.001;
const LONGEST_MS = 100 * 365 * 86_400_000;

/** How long the store keeps a lease of `ttlMs`: slightly longer than its holder does; in whole ms, at most a century. */
export function storedTtl(ttlMs: number): number {
  return Math.min(Math.ceil(ttlMs * (1 + CLOCK_RATE_DIFFERENCE)) + 1, LONGEST_MS);
}

/**
 * Encodes a key reversibly as an ASCII string: each UTF-16 unit except letters, digits and `_ . ~ : / @ -` becomes `%` and four hex
 * digits. So no key ends a hash tag, acts as a pattern, contains a line break, or is changed by UTF-8.
 */
export function encodeKey(key: string): string {
  return key.replace(
    /[^\w.~:/@-]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
