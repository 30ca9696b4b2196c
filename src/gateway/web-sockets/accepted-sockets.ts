import type { Clock } from '../../core/clock.js';
import { CloseCode } from '../../protocol/close-codes.js';
import { SUBPROTOCOL } from '../../protocol/server-messages.js';
import type { Admission } from '../admission/admission.js';
import type { AddressQuota } from '../admission/address-quota.js';
import type { Authenticator, Identified } from '../admission/authenticator.js';
import { REFUSALS, type Refusal } from '../admission/refusal.js';
import type { GatewayCounts } from '../gateway-counts.js';
import { isPromise } from '../is-promise.js';
import type { Sessions } from '../readers/sessions.js';
import { CLOSE_TIMEOUT_MS, closeMessage } from '../wire/close-message.js';
import { OPEN, refuseSocket, type GatewaySocket } from './web-socket-sink.js';

/** What {@link AcceptedSockets} work with. */
export interface AcceptedSocketsOptions {
  readonly admission: Admission;
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly counts: GatewayCounts;
  readonly clock: Clock;
}

/** Messages that are kept while their sender is being authenticated. */
const MAX_EARLY = 16;
const TOO_MANY_MESSAGES: Refusal = { code: CloseCode.TOO_MANY, reason: 'Too many messages.' };

/** Takes WebSockets that another server (Bun, Deno, a worker) has accepted. What is refused is closed with a code that says why. */
export class AcceptedSockets {
  readonly #options: AcceptedSocketsOptions;

  constructor(options: AcceptedSocketsOptions) {
    this.#options = options;
  }

  /** Opens the connection of a reader. @param handshake The request that the server accepted. */
  open(socket: GatewaySocket, handshake: Request, address: string | undefined): void {
    if (socket.readyState !== OPEN) return;
    const { admission, authenticator } = this.#options;
    const quota = admission.admit(address);
    if ('limit' in quota) {
      quota.delayed?.done();
      return this.#refuse(socket, REFUSALS.tooManyConnections, quota.waitMs);
    }
    const refusal =
      admission.originRefusal(handshake, address) ??
      (admission.isClosed ? REFUSALS.goingAway : subprotocolRefusal(socket));
    if (refusal) return this.#giveBack(quota, socket, refusal);
    const early: unknown[] = [];
    const take = (identity: Identified): void => {
      if (socket.readyState !== OPEN) return quota.release();
      if (early.length > MAX_EARLY) return this.#giveBack(quota, socket, TOO_MANY_MESSAGES);
      if (identity === 'busy') return this.#giveBack(quota, socket, REFUSALS.credentialsUnchecked);
      if (admission.isClosed) return this.#giveBack(quota, socket, REFUSALS.goingAway);
      const origin = { request: handshake, address, quota, identity };
      this.#options.sessions.openSocket(origin, { socket, early, flow: null });
    };
    const identity = authenticator.identify(handshake);
    if (!isPromise(identity)) return take(identity);
    void this.#takeLater(socket, early, identity, take);
  }

  /** Keeps what the socket receives until its sender is known. */
  async #takeLater(
    socket: GatewaySocket,
    early: unknown[],
    identity: PromiseLike<Identified>,
    take: (identity: Identified) => void,
  ): Promise<void> {
    const release = this.#options.admission.reserve();
    let isTaken = false;
    socket.addEventListener('message', ({ data }) => {
      if (!isTaken && early.length <= MAX_EARLY) early.push(data);
    });
    socket.addEventListener('error', () => undefined);
    try {
      const identified = await identity;
      isTaken = true;
      take(identified);
    } finally {
      release();
    }
  }

  #giveBack(quota: AddressQuota, socket: GatewaySocket, refusal: Refusal): void {
    quota.release();
    this.#refuse(socket, refusal, null);
  }

  /** Closes a socket with a reason, and cuts it if it does not close. Until then it counts as a connection. */
  #refuse(socket: GatewaySocket, { code, reason }: Refusal, retryAfterMs: number | null): void {
    const { admission, counts, clock } = this.#options;
    counts.countRefused(code);
    const over = admission.reserve();
    const timer = clock.setTimer(() => {
      over();
      socket.terminate?.();
    }, CLOSE_TIMEOUT_MS);
    socket.addEventListener('close', () => {
      timer.clear();
      over();
    });
    refuseSocket(socket, closeMessage(clock.now(), code, reason, retryAfterMs));
  }
}

function subprotocolRefusal({ protocol }: GatewaySocket): Refusal | null {
  return protocol && protocol !== SUBPROTOCOL ? REFUSALS.subprotocol : null;
}
