import { sleep, type Clock } from '../../core/clock.js';
import { CloseCode, mayRetry } from '../../protocol/close-codes.js';
import type { RefusedTopic } from '../../protocol/server-messages.js';
import type { AddressLimit } from '../admission/address-usage.js';
import type { AddressQuota } from '../admission/address-quota.js';
import type { Admission } from '../admission/admission.js';
import type { Identity } from '../admission/authenticator.js';
import { networkOf } from '../admission/network-address.js';
import type { OriginPolicy } from '../admission/origin-policy.js';
import { REFUSALS, type Refusal } from '../admission/refusal.js';
import { WorkCost } from '../admission/work-scheduler.js';
import type { GatewayCounts } from '../gateway-counts.js';
import type { ReaderContext } from '../readers/reader-context.js';
import { Reader } from '../readers/reader.js';
import { resumeOffset } from '../readers/resume-offset.js';
import type { Sessions } from '../readers/sessions.js';
import { closeMessage } from '../wire/close-message.js';
import type { FrameSink, FrameSinkEvents } from '../wire/frame-sink.js';
import { closeResponse, preflightResponse, streamHeaders } from './http-answers.js';
import { readBody } from './request-body.js';
import { readStreamBody, readStreamQuery, type StreamChangeQuery, type StreamQuery } from './stream-query.js';

/** Opens the stream that answers a request. @param headers Headers of the answer, whose status is 200. */
export type OpenStream = (headers: Readonly<Record<string, string>>, events: FrameSinkEvents) => FrameSink;

/** What {@link EventStreams} work with. */
export interface EventStreamsOptions {
  readonly context: ReaderContext;
  readonly admission: Admission;
  readonly origins: OriginPolicy;
  readonly sessions: Sessions;
  readonly counts: GatewayCounts;
  readonly clock: Clock;
}

/** A request for an event stream that was admitted. */
interface AdmittedRequest {
  readonly request: Request;
  readonly cors: Cors;
  readonly address: string | undefined;
  readonly quota: AddressQuota;
}

type Cors = Readonly<Record<string, string>>;

const NO_CREDENTIALS: Refusal = {
  code: CloseCode.UNAUTHORIZED,
  reason: 'The request has no credentials that are accepted.',
};

const NO_SESSION: Refusal = {
  code: CloseCode.NO_SESSION,
  reason: 'This stream is not open at this gateway: open another one.',
};

/** Answers requests with event streams, or with the reason why not. */
export class EventStreams {
  readonly #options: EventStreamsOptions;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** Calls `open` for the stream and returns `null`; or returns the answer to a request that gets no stream. */
  async answer(
    given: Request | null | (() => Request | null),
    address: string | undefined,
    open: OpenStream,
    left?: AbortSignal,
  ): Promise<Response | null> {
    const { context, admission, origins } = this.#options;
    const limit = admission.limitOf(address);
    if (limit) return this.#refuseLimit({}, limit, left);
    const turn = context.scheduler.take(WorkCost.opening, address && networkOf(address), left);
    if (turn) {
      const release = admission.reserve();
      await turn;
      release();
    }
    // The reader has left, so nobody sees the answer.
    if (left?.aborted) return new Response(null, { status: 408 });
    const request = typeof given === 'function' ? given() : given;
    if (!request) return this.#refuseUnreadable(address);
    const cors = origins.headersFor(request);
    const { method } = request;
    if (method !== 'GET' && method !== 'POST' && method !== 'OPTIONS') {
      return new Response(null, { status: 405, headers: { ...cors, allow: 'GET, POST, OPTIONS' } });
    }
    const quota = method === 'OPTIONS' ? null : admission.admit(address);
    if (quota && 'limit' in quota) return this.#refuseLimit(cors, quota, left);
    const refusal = admission.originRefusal(request, address);
    if (refusal) {
      quota?.release();
      return this.#refuse(cors, refusal);
    }
    if (!quota) return preflightResponse(cors);
    const release = admission.reserve();
    try {
      return await this.#authenticate({ request, cors, address, quota }, open);
    } finally {
      release();
    }
  }

  async #authenticate(admitted: AdmittedRequest, open: OpenStream): Promise<Response | null> {
    const { context } = this.#options;
    const { request, cors, address, quota } = admitted;
    const isPost = request.method === 'POST';
    const asked = isPost ? null : readStreamQuery(request);
    if (asked && 'code' in asked) return this.#refuseQuery(admitted, asked);
    const identity = await context.authenticator.identify(request);
    if (identity && identity !== 'busy') {
      // A body is read only of a known reader: it is larger than what anybody may send.
      const query = asked ?? (await this.#readPost(admitted));
      if ('code' in query) return this.#refuseQuery(admitted, query);
      if ('session' in query) return this.#change(admitted, query, identity);
      return this.#stream(admitted, query, identity, open);
    }
    quota.release();
    if (identity === 'busy') return this.#refuse(cors, REFUSALS.credentialsUnchecked);
    context.security.report('unauthenticated', { address }, 'no subject');
    const headers = { ...cors, 'www-authenticate': 'Bearer' };
    return this.#refuse(headers, NO_CREDENTIALS, { status: 401 });
  }

  async #readPost({ request, quota }: AdmittedRequest): Promise<StreamQuery | StreamChangeQuery | Refusal> {
    const { context, clock } = this.#options;
    const read = await readBody(request, clock, context.limits.unauthenticatedMs);
    if ('code' in read) return read;
    await context.scheduler.take(WorkCost.read(read.text.length), quota.network);
    return readStreamBody(read.text);
  }

  #refuseQuery({ request, cors, address, quota }: AdmittedRequest, refusal: Refusal): Response {
    const { security } = this.#options.context;
    const hasLeft = request.signal.aborted;
    // A reader that has left, or whose network is slow, has broken no rule.
    if (!hasLeft && !mayRetry(refusal.code)) {
      quota.recordViolation();
      security.report('malformed', { address }, refusal.reason);
    } else if (!hasLeft) security.report('limit', { address }, 'unauthenticatedMs');
    quota.release();
    return hasLeft ? new Response(null, { status: 408 }) : this.#refuse(cors, refusal);
  }

  /** Passes messages to the reader of an open stream, which answers them there. */
  #change(
    { request, cors, quota }: AdmittedRequest,
    { session: name, messages }: StreamChangeQuery,
    { subject }: Identity,
  ): Response {
    const session = this.#options.sessions.stream(name);
    // A stream of another subject is as good as none.
    const isReader = session?.reader.identity?.subject === subject;
    if (isReader) quota.returnOpening();
    quota.release();
    if (!isReader) return this.#refuse(cors, NO_SESSION);
    // All that a POST brings counts as one message.
    if (session.messages.mayReceive())
      for (const message of messages) void session.messages.take(message, request);
    return new Response(null, { status: 204, headers: cors });
  }

  async #stream(
    { request, cors, address, quota }: AdmittedRequest,
    query: StreamQuery,
    identity: Identity,
    open: OpenStream,
  ): Promise<Response | null> {
    const { context, admission, sessions } = this.#options;
    const reader = new Reader(context, { request, address, quota, identity });
    const pending = await reader.requestTopics(query.topics);
    pending.dropInvalid();
    const { isClosed } = admission;
    if (pending.granted.length === 0 || isClosed || request.signal.aborted) {
      reader.drop(pending);
      reader.leave();
      return isClosed
        ? this.#refuse(cors, REFUSALS.goingAway)
        : this.#refuse(cors, topicsRefusal(pending.refused), { refused: pending.refused });
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

  /** The answer to an address that has reached a limit. It is delayed if the address is banned. */
  async #refuseLimit(
    cors: Cors,
    { waitMs, delayed }: AddressLimit,
    left: AbortSignal | undefined,
  ): Promise<Response> {
    const { admission, clock } = this.#options;
    if (delayed && delayed.delayMs > 0) {
      const release = admission.reserve();
      await sleep(clock, delayed.delayMs, left).catch(() => undefined);
      release();
    }
    delayed?.done();
    return this.#refuse(cors, REFUSALS.tooManyConnections, { retryAfterMs: waitMs });
  }

  #refuseUnreadable(address: string | undefined): Response {
    const { admission, context } = this.#options;
    admission.recordViolation(address);
    context.security.report('malformed', { address }, 'a request that cannot be read');
    return this.#refuse({}, REFUSALS.unreadableRequest);
  }

  #refuse(
    headers: Cors,
    { code, reason }: Refusal,
    more: {
      readonly retryAfterMs?: number;
      readonly refused?: readonly RefusedTopic[];
      readonly status?: number;
    } = {},
  ): Response {
    const { counts, clock } = this.#options;
    const { retryAfterMs = null, refused, status } = more;
    counts.countRefused(code);
    const message = closeMessage(clock.now(), code, reason, retryAfterMs);
    return closeResponse(refused ? { ...message, refused } : message, headers, status);
  }
}

function topicsRefusal(refused: readonly RefusedTopic[]): Refusal {
  const isBusy = refused.some(({ reason }) => reason === 'busy');
  return { code: isBusy ? CloseCode.INTERNAL : CloseCode.UNAUTHORIZED, reason: 'Nothing was granted.' };
}
