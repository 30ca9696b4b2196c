import type { Clock } from '../core/clock.js';
import { CloseCode } from '../protocol/close-codes.js';
import type { RefusedTopic } from '../protocol/server-messages.js';
import { byeOf } from './connection.js';
import type { GatewayCounts } from './gateway-counts.js';
import type { ReaderAddress } from './gateway-options.js';
import { byeResponse, preflightResponse, streamHeaders } from './http-answers.js';
import type { OriginPolicy } from './origin-policy.js';
import type { Outlet, OutletEvents } from './outlet.js';
import { heldUpTo } from './held-of.js';
import { Reader, type Hub } from './reader.js';
import type { Sessions } from './sessions.js';
import { readStreamQuery } from './stream-query.js';

/** Opens the stream that a request is answered by. @param headers of the answer, whose status is 200. */
export type OpenStream = (headers: Readonly<Record<string, string>>, events: OutletEvents) => Outlet;

/** What {@link EventStreams} work with. */
export interface EventStreamsOptions {
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly origins: OriginPolicy;
  readonly counts: GatewayCounts;
  readonly clock: Clock;
  readonly isClosing: () => boolean;
}

/** Answers requests with event streams, or says why not. */
export class EventStreams {
  readonly #with: EventStreamsOptions;

  constructor(options: EventStreamsOptions) {
    this.#with = options;
  }

  /** The answer to a request that gets no stream; `null` when `open` was called for one. */
  async answer(request: Request, address: ReaderAddress, open: OpenStream): Promise<Response | null> {
    const { hub, sessions, origins } = this.#with;
    const cors = origins.headersFor(request);
    if (!origins.allows(request)) {
      return this.#refuse(cors, CloseCode.ORIGIN_REFUSED, 'This origin is not allowed.');
    }
    if (request.method === 'OPTIONS') return preflightResponse(cors);
    if (request.method !== 'GET') {
      return new Response(null, { status: 405, headers: { ...cors, allow: 'GET, OPTIONS' } });
    }
    const query = readStreamQuery(request);
    if ('code' in query) return this.#refuse(cors, query.code, query.reason);
    const share = sessions.admit(address);
    if (typeof share === 'number') {
      return this.#refuse(cors, CloseCode.TOO_MANY, 'Too many connections.', share);
    }
    const reader = new Reader(hub, request, share);
    const claim = await sessions.awaiting(reader.claim(query.topics));
    claim.sift();
    const isClosing = this.#with.isClosing();
    if (claim.granted.length === 0 || isClosing || request.signal.aborted) {
      reader.drop(claim);
      reader.leave();
      return isClosing
        ? this.#refuse(cors, CloseCode.GOING_AWAY, 'This gateway is going away.')
        : this.#refuseTopics(cors, claim.refused);
    }
    try {
      const connection = sessions.open(reader, (events) => open(streamHeaders(cors), events));
      request.signal.addEventListener('abort', () => connection.destroy(), { once: true });
    } catch (error) {
      reader.drop(claim);
      reader.leave();
      throw error;
    }
    reader.admit(claim, heldUpTo(query.position, hub, query.added));
    return null;
  }

  #refuseTopics(headers: Readonly<Record<string, string>>, refused: readonly RefusedTopic[]): Response {
    const isBusy = refused.some(({ reason }) => reason === 'busy');
    const code = isBusy ? CloseCode.INTERNAL : CloseCode.UNAUTHORIZED;
    return this.#refuse(headers, code, 'Nothing was granted.', null, refused);
  }

  #refuse(
    headers: Readonly<Record<string, string>>,
    code: CloseCode,
    reason: string,
    retryAfterMs: number | null = null,
    refused?: readonly RefusedTopic[],
  ): Response {
    this.#with.counts.countRefused(code);
    const bye = byeOf(this.#with.clock.now(), code, reason, retryAfterMs);
    return byeResponse(refused ? { ...bye, refused } : bye, headers);
  }
}
