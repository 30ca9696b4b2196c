import type { TokenSource } from './live-source.js';

/** Fetches the token of the next connection, one at a time. */
export class TokenFetch {
  /** Whether the last token was refused, or is about to expire. */
  needsRenewal = false;
  readonly #source: TokenSource | undefined;
  #pending: object | undefined;

  constructor(source: TokenSource | undefined) {
    this.#source = source;
  }

  /** Whether a token is on its way. */
  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  /** Calls back with a token, `null` if there is none to send, or with why it could not be fetched; never at once, and not after `cancel()`. */
  start(use: (token: string | null) => void, failed: (why: string) => void): void {
    const fetch = (this.#pending = {});
    const isRenewal = this.needsRenewal;
    const unlessCancelled = (then: () => void): void => {
      if (fetch !== this.#pending) return;
      this.#pending = undefined;
      then();
    };
    (async () => (await this.#source?.({ isRenewal })) || null)().then(
      (token) => unlessCancelled(() => use(token)),
      (error: unknown) => {
        // Its message may quote a token.
        const name = (error as Error | undefined)?.name;
        unlessCancelled(() => failed(`The token function failed (${name}).`));
      },
    );
  }

  cancel(): void {
    this.#pending = undefined;
  }
}
