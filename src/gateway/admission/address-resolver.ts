import { TickmarkError } from '../../core/errors.js';
import type { NodeRequest } from '../http/node-request.js';
import { TrustedProxies } from './network-address.js';

/** Finds the network address of a reader, for the limits by address. Reports once that an address is unknown. */
export class AddressResolver {
  readonly #proxies: TrustedProxies;
  readonly #onError: (error: TickmarkError) => void;
  #hasReported = false;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a proxy that is neither an address nor a network. */
  constructor(trustedProxies: readonly string[], onError: (error: TickmarkError) => void) {
    this.#proxies = new TrustedProxies(trustedProxies);
    this.#onError = onError;
  }

  /** The address that a request of Node comes from, through trusted proxies. */
  addressOf({ socket, headers }: Pick<NodeRequest, 'socket' | 'headers'>): string | undefined {
    const forwarded = headers['x-forwarded-for'];
    const list = Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? null);
    return this.known(this.#proxies.addressOf(socket.remoteAddress, list));
  }

  /** An address as the server gave it. Reports if it gave none. */
  known(address: string | undefined): string | undefined {
    if (address === undefined && !this.#hasReported) {
      this.#hasReported = true;
      const message =
        'Gateway: a request has no network address, so the limits by address do not apply. Pass `address`, or use nodeHandler().';
      this.#onError(new TickmarkError('INVALID_ARGUMENT', message));
    }
    return address;
  }
}
