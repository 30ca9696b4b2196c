import type { Clock } from '../../core/clock.js';
import { CloseCode } from '../../protocol/close-codes.js';
import type { AddressLimit } from '../admission/address-usage.js';
import type { Admission } from '../admission/admission.js';
import { REFUSALS, type Refusal } from '../admission/refusal.js';
import type { GatewayCounts } from '../gateway-counts.js';
import { statusOf } from '../http/http-answers.js';
import { CLOSE_TIMEOUT_MS, closeMessage } from '../wire/close-message.js';
import type { UpgradeSocket } from './web-socket-server.js';

/** What {@link RefusedHandshakes} work with. */
export interface RefusedHandshakesOptions {
  readonly admission: Admission;
  readonly counts: GatewayCounts;
  readonly clock: Clock;
}

/** Answers handshakes that are refused, and ends their sockets. */
export class RefusedHandshakes {
  readonly #options: RefusedHandshakesOptions;

  constructor(options: RefusedHandshakesOptions) {
    this.#options = options;
  }

  /** Answers with a status and a `close` message, and makes sure that the socket ends. */
  refuse(socket: UpgradeSocket, { code, reason }: Refusal, retryAfterMs: number | null = null): void {
    const { counts, clock, admission } = this.#options;
    counts.countRefused(code);
    if (socket.destroyed) return;
    const over = admission.reserve();
    const timer = clock.setTimer(() => socket.destroy(), CLOSE_TIMEOUT_MS);
    socket.on('close', () => {
      over();
      timer.clear();
    });
    const body = JSON.stringify(closeMessage(clock.now(), code, reason, retryAfterMs));
    const retryAfter = retryAfterMs === null ? '' : `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n`;
    socket.end(
      `HTTP/1.1 ${statusOf(code)} Refused\r\nConnection: close\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n` +
        `${retryAfter}Content-Length: ${new TextEncoder().encode(body).byteLength}\r\n\r\n${body}`,
    );
  }

  /** Refuses an address that has reached a limit. The answer to a banned address is delayed, and its request is not read. */
  refuseLimit(socket: UpgradeSocket, { waitMs, delayed }: AddressLimit): void {
    const { clock, admission, counts } = this.#options;
    const refuse = () => this.refuse(socket, REFUSALS.tooManyConnections, waitMs);
    if (!delayed) return refuse();
    if (delayed.delayMs === 0) {
      counts.countRefused(CloseCode.TOO_MANY);
      return void socket.destroy();
    }
    const release = admission.reserve();
    const over = (): void => {
      timer.clear();
      socket.off('close', over);
      delayed.done();
      release();
    };
    const timer = clock.setTimer(() => {
      over();
      refuse();
    }, delayed.delayMs);
    socket.on('close', over);
  }
}
