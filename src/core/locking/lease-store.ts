/** What a store answers to a request for keys: a token for each, in order, or how long they are held by someone else. */
export type GrantResult = { readonly tokens: readonly bigint[] } | { readonly heldForMs: number };

/**
 * Where the leases of a lock are kept, as {@link StoreLock} needs it: a server that several processes share. The time of
 * leases is the server's. Each call is one step for everybody else, and may be sent again by a client that does not know
 * whether it was heard. Errors carry no secret; one with `retryable: false` will come again.
 */
export interface LeaseStore {
  /**
   * Gives all keys to the owner for at least `ttlMs`, or none. Tokens rise strictly with each grant of a key. An owner is
   * named once, for one request; if it holds the keys already, the request was sent twice and is granted again.
   */
  grant(keys: readonly string[], owner: string, ttlMs: number): Promise<GrantResult>;
  /** Lets the owner hold its keys for at least `ttlMs` from now; `false` if it does not hold each: then it releases them. */
  extend(keys: readonly string[], owner: string, ttlMs: number): Promise<boolean>;
  /** Frees those of the keys that the owner holds. */
  release(keys: readonly string[], owner: string): Promise<void>;
  /** Lets go of the client, which stays open. */
  close(): void;
}

// Clocks of two machines that NTP is steering differ by up to 2 × 500 ppm in speed. The holder, who counts on its own
// clock, must be the first to believe that its time is up.
const CLOCK_RATE_DIFFERENCE = 0.001;
const LONGEST_MS = 100 * 365 * 86_400_000;

/** How long the store keeps a lease that its holder counts on for `ttlMs`: a little longer, in whole ms, at most a century. */
export function storedTtl(ttlMs: number): number {
  return Math.min(Math.ceil(ttlMs * (1 + CLOCK_RATE_DIFFERENCE)) + 1, LONGEST_MS);
}

/**
 * A key as ASCII text, one for one: what is no letter, digit, or one of `_ . ~ : / @ -` becomes `%` and the four hex digits
 * of its UTF-16 unit. Nothing in it ends a hash tag, matches as a pattern, breaks a line, or is lost in UTF-8.
 */
export function encodeKey(key: string): string {
  return key.replace(
    /[^\w.~:/@-]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
