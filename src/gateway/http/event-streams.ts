import { sleep, type Clock } from '../../core/clock.js';
import { CloseCode } from '../../protocol/close-codes.js';
import type { RefusedTopic } from '../../protocol/server-messages.js';
import type { AddressLimit, AddressQuota } from '../admission/addresses.js';
import type { Identity } from '../admission/authenticator.js';
import { closeMessage } from '../wire/connection.js';
import type { GatewayCounts } from '../gateway-counts.js';
import { closeResponse, preflightResponse, streamHeaders } from './http-answers.js';
import { networkOf } from '../admission/network-address.js';
import type { OriginPolicy } from '../admission/origin-policy.js';
import type { FrameSink, FrameSinkEvents } from '../wire/frame-sink.js';
import { resumeOffset } from '../readers/resume-offset.js';
import { Reader, type ReaderContext } from '../readers/reader.js';
import type { Sessions } from '../readers/sessions.js';
import { readStreamQuery, type StreamQuery } from './stream-query.js';
import { WorkCost } from '../admission/work-scheduler.js';

/** Opens the stream that a request is answered by. @param headers of the answer, whose status is 200. */
export type OpenStream = (headers: Readonly<Record<string, string>>, events: FrameSinkEvents) => FrameSink;

/** What {@link EventStreams} work with. */
export interface EventStreamsOptions {
  readonly context: ReaderContext;
  readonly sessions: Sessions;
  readonly origins: OriginPolicy;
  readonly counts: GatewayCounts;
  readonly clock: Clock;
  readonly isClosing: () => boolean;
}

type Cors = Readonly<Record<string, string>>;

/** Answers requests with event streams, or says why not. */
export class EventStreams {
  readonly #options: EventStreamsOptions;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** The answer to a request that gets no stream; `null` when `open` was called for one. */
  async answer(
    given: Request | null | (() => Request | null),
    address: string | undefined,
    open: OpenStream,
    left?: AbortSignal,
  ): Promise<Response | null> {
    const { context, sessions, origins } = this.#options;
    const refusal = sessions.refusalOf(address);
    if (refusal) return this.#refuseLimit({}, address, refusal, left);
    const turn = context.scheduler.take(WorkCost.opening, address && networkOf(address), left);
    if (turn) {
      const release = sessions.reserve();
      await turn;
      release();
    }
    // Nobody is left to be answered.
    if (left?.aborted) return new Response(null, { status: 408 });
    const request = typeof given === 'function' ? given() : given;
    if (!request) return this.#unreadable(address);
    const cors = origins.headersFor(request);
    if (request.method !== 'GET' && request.method !== 'OPTIONS') {
      return new Response(null, { status: 405, headers: { ...cors, allow: 'GET, OPTIONS' } });
    }
    const quota = request.method === 'GET' ? sessions.admit(address) : null;
    if (quota && 'limit' in quota) {
      return this.#refuseLimit(cors, address, quota, left);
    }
    if (!origins.allows(request)) {
      quota?.release();
      context.security.report('origin-refused', { address }, request.headers.get('origin') ?? 'no origin');
      return this.#refuse(cors, CloseCode.ORIGIN_REFUSED, 'This origin is not allowed.');
    }
    if (!quota) return preflightResponse(cors);
    const query = readStreamQuery(request);
    if ('code' in query) {
      quota.recordViolation();
      quota.release();
      context.security.report('malformed', { address }, query.reason);
      return this.#refuse(cors, query.code, query.reason);
    }
    const release = sessions.reserve();
    try {
      const identity = await context.authenticator.identify(request);
      if (identity && identity !== 'busy') {
        return await this.#stream(cors, request, address, query, quota, identity, open);
      }
      quota.release();
      if (identity === 'busy')
        return this.#refuse(cors, CloseCode.INTERNAL, 'The credentials could not be checked.');
      context.security.report('unauthenticated', { address }, 'no subject');
      return this.#refuse(
        { ...cors, 'www-authenticate': 'Bearer' },
        CloseCode.UNAUTHORIZED,
        'The request has no credentials that are accepted.',
        null,
        undefined,
        401,
      );
    } finally {
      release();
    }
  }

  /** The answer to an address that has reached a limit. */
  async #refuseLimit(
    cors: Cors,
    address: string | undefined,
    { limit, waitMs, delayed }: AddressLimit,
    left: AbortSignal | undefined,
  ): Promise<Response> {
    const { context, sessions, clock } = this.#options;
    context.security.report('limit', { address }, limit);
    if (delayed && delayed.delayMs > 0) {
      const release = sessions.reserve();
      await sleep(clock, delayed.delayMs, left).catch(() => undefined);
      release();
    }
    delayed?.done();
    return this.#refuse(cors, CloseCode.TOO_MANY, 'Too many connections.', waitMs);
  }

  #unreadable(address: string | undefined): Response {
    this.#options.sessions.recordViolation(address);
    this.#options.context.security.report('malformed', { address }, 'a request that cannot be read');
    return this.#refuse({}, CloseCode.BAD_REQUEST, 'The request cannot be read.');
  }

  async #stream(
    cors: Cors,
    request: Request,
    address: string | undefined,
    query: StreamQuery,
    quota: AddressQuota,
    identity: Identity,
    open: OpenStream,
  ): Promise<Response | null> {
    const { context, sessions } = this.#options;
    const reader = new Reader(context, { request, address, quota, identity });
    const pending = await reader.requestTopics(query.topics);
    pending.dropInvalid();
    const isClosing = this.#options.isClosing();
    if (pending.granted.length === 0 || isClosing || request.signal.aborted) {
      reader.drop(pending);
      reader.leave();
      return isClosing
        ? this.#refuse(cors, CloseCode.GOING_AWAY, 'This gateway is going away.')
        : this.#refuseTopics(cors, pending.refused);
    }
    try {
      const connection = sessions.open(reader, (events) => open(streamHeaders(cors), events));
      request.signal.addEventListener('abort', () => connection.destroy(), { once: true });
    } catch (error) {
      reader.drop(pending);
      reader.leave();
      throw error;
    }
    reader.admit(pending, resumeOffset(query.position, context, query.added));
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
    this.#options.counts.countRefused(code);
    const message = closeMessage(this.#options.clock.now(), code, reason, retryAfterMs);
    return closeResponse(refused ? { ...message, refused } : message, headers, status);
  }
}
