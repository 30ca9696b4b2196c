import { sleep, type Clock } from '../core/clock.js';
import { CloseCode } from '../protocol/close-codes.js';
import type { RefusedTopic } from '../protocol/server-messages.js';
import type { AddressLimit, AddressShare } from './addresses.js';
import type { Identity } from './authenticator.js';
import { byeOf } from './connection.js';
import type { GatewayCounts } from './gateway-counts.js';
import { byeResponse, preflightResponse, streamHeaders } from './http-answers.js';
import { networkOf } from './network-address.js';
import type { OriginPolicy } from './origin-policy.js';
import type { Outlet, OutletEvents } from './outlet.js';
import { heldUpTo } from './held-of.js';
import { Reader, type Hub } from './reader.js';
import type { Sessions } from './sessions.js';
import { readStreamQuery, type StreamQuery } from './stream-query.js';
import { WorkCost } from './work-scheduler.js';

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

type Cors = Readonly<Record<string, string>>;

/** Answers requests with event streams, or says why not. */
export class EventStreams {
  readonly #with: EventStreamsOptions;

  constructor(options: EventStreamsOptions) {
    this.#with = options;
  }

  /** The answer to a request that gets no stream; `null` when `open` was called for one. */
  async answer(
    given: Request | null | (() => Request | null),
    address: string | undefined,
    open: OpenStream,
    left?: AbortSignal,
  ): Promise<Response | null> {
    const { hub, sessions, origins } = this.#with;
    const refusal = sessions.refusalOf(address);
    if (refusal) return this.#refuseLimit({}, address, refusal, left);
    const turn = hub.scheduler.take(WorkCost.opening, address && networkOf(address), left);
    if (turn) {
      const settled = sessions.await();
      await turn;
      settled();
    }
    // Nobody is left to be answered.
    if (left?.aborted) return new Response(null, { status: 408 });
    const request = typeof given === 'function' ? given() : given;
    if (!request) return this.#unreadable(address);
    const cors = origins.headersFor(request);
    if (request.method !== 'GET' && request.method !== 'OPTIONS') {
      return new Response(null, { status: 405, headers: { ...cors, allow: 'GET, OPTIONS' } });
    }
    const share = request.method === 'GET' ? sessions.admit(address) : null;
    if (share && 'limit' in share) {
      return this.#refuseLimit(cors, address, share, left);
    }
    if (!origins.allows(request)) {
      share?.leave();
      hub.security.report('origin-refused', { address }, request.headers.get('origin') ?? 'no origin');
      return this.#refuse(cors, CloseCode.ORIGIN_REFUSED, 'This origin is not allowed.');
    }
    if (!share) return preflightResponse(cors);
    const query = readStreamQuery(request);
    if ('code' in query) {
      share.violated();
      share.leave();
      hub.security.report('malformed', { address }, query.reason);
      return this.#refuse(cors, query.code, query.reason);
    }
    const settled = sessions.await();
    try {
      const identity = await hub.authenticator.identify(request);
      if (identity && identity !== 'busy') {
        return await this.#stream(cors, request, address, query, share, identity, open);
      }
      share.leave();
      if (identity === 'busy')
        return this.#refuse(cors, CloseCode.INTERNAL, 'The credentials could not be checked.');
      hub.security.report('unauthenticated', { address }, 'no subject');
      return this.#refuse(
        { ...cors, 'www-authenticate': 'Bearer' },
        CloseCode.UNAUTHORIZED,
        'The request has no credentials that are accepted.',
        null,
        undefined,
        401,
      );
    } finally {
      settled();
    }
  }

  /** The answer to an address that has reached a limit. */
  async #refuseLimit(
    cors: Cors,
    address: string | undefined,
    { limit, waitMs, held }: AddressLimit,
    left: AbortSignal | undefined,
  ): Promise<Response> {
    const { hub, sessions, clock } = this.#with;
    hub.security.report('limit', { address }, limit);
    if (held && held.forMs > 0) {
      const settled = sessions.await();
      await sleep(clock, held.forMs, left).catch(() => undefined);
      settled();
    }
    held?.over();
    return this.#refuse(cors, CloseCode.TOO_MANY, 'Too many connections.', waitMs);
  }

  #unreadable(address: string | undefined): Response {
    this.#with.sessions.violated(address);
    this.#with.hub.security.report('malformed', { address }, 'a request that cannot be read');
    return this.#refuse({}, CloseCode.BAD_REQUEST, 'The request cannot be read.');
  }

  async #stream(
    cors: Cors,
    request: Request,
    address: string | undefined,
    query: StreamQuery,
    share: AddressShare,
    identity: Identity,
    open: OpenStream,
  ): Promise<Response | null> {
    const { hub, sessions } = this.#with;
    const reader = new Reader(hub, { request, address, share, identity });
    const claim = await reader.claim(query.topics);
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

  #refuseTopics(headers: Cors, refused: readonly RefusedTopic[]): Response {
    const isBusy = refused.some(({ reason }) => reason === 'busy');
    const code = isBusy ? CloseCode.INTERNAL : CloseCode.UNAUTHORIZED;
    return this.#refuse(headers, code, 'Nothing was granted.', null, refused);
  }

  #refuse(
    headers: Cors,
    code: CloseCode,
    reason: string,
    retryAfterMs: number | null = null,
    refused?: readonly RefusedTopic[],
    status?: number,
  ): Response {
    this.#with.counts.countRefused(code);
    const bye = byeOf(this.#with.clock.now(), code, reason, retryAfterMs);
    return byeResponse(refused ? { ...bye, refused } : bye, headers, status);
  }
}
