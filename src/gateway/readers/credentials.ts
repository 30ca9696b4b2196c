import type { Clock } from '../../core/clock.js';
import type { Authenticator, Identified, Identity } from '../admission/authenticator.js';
import type { GatewayOptions } from '../gateway-options.js';

/** What {@link Credentials} work with. */
export interface CredentialsOptions {
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly whileUnchecked: NonNullable<GatewayOptions['whileUnchecked']>;
}

/** The newest credentials of a reader, and whose they are. */
export class Credentials {
  readonly #options: CredentialsOptions;
  #request: Request;
  #identity: Identity | null;

  constructor(options: CredentialsOptions, request: Request, identity: Identity | null) {
    this.#options = options;
    this.#request = request;
    this.#identity = identity;
  }

  /** The GET or handshake, with the newest credentials. */
  get request(): Request {
    return this.#request;
  }

  /** Who the reader is; `null` until that is known. */
  get identity(): Identity | null {
    return this.#identity;
  }

  /** Takes newer credentials of the same subject. */
  replace(request: Request, identity: Identity): void {
    this.#request = request;
    this.#identity = identity;
  }

  /** Who the reader is now. Authenticates again if the credentials have expired, because a session may have been extended. */
  current(): Identified | Promise<Identified> {
    return this.#isExpired ? this.#authenticateAgain() : this.#identity;
  }

  get #isExpired(): boolean {
    const expiresAt = this.#identity?.expiresAt ?? null;
    return expiresAt !== null && expiresAt <= this.#options.clock.now();
  }

  async #authenticateAgain(): Promise<Identified> {
    const { authenticator, whileUnchecked } = this.#options;
    const known = this.#identity!;
    const identified = await authenticator.identify(this.#request);
    if (identified === 'busy') return whileUnchecked === 'continue' ? known : 'busy';
    // The subject of a connection never changes.
    if (identified === null || identified.subject !== known.subject) return null;
    this.#identity = identified;
    return identified;
  }
}
