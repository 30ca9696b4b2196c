import type { ErrorCode } from '../../core/error-code.js';
import type { LinkClose, LinkTarget } from './transport.js';

/** How a server refused a request, a handshake, or to go on. */
export type RefusalKind =
  | 'key-denied'
  | 'key-refused'
  | 'key-wanted'
  | 'blocked'
  | 'gone'
  | 'stop'
  | 'wrong-type'
  | 'redirect'
  | 'rate-limit'
  | 'other';

/** What follows from a refusal. */
interface RefusalRule {
  readonly code: ErrorCode;
  /** Before anything has worked: whether the same call may succeed later. Such a stream is polled again; `connect()` rejects in any case. */
  readonly first: 'final' | 'retryable';
  /** For a stream that has worked. `repeated`: final when it comes for the third time in a row. */
  readonly later: 'final' | 'repeated' | 'retried';
  /** Least wait before the next try, in ms, where the server requests none. */
  readonly pauseMs?: number;
  /** What to think of it. */
  readonly hint?: string;
}

/**
 * What is final and what is tried again, for WebSocket, event streams and polling alike; docs/streams/README.md shows this table. All that
 * is no answer of a server (DNS, TCP, TLS, time-outs, a lost connection) is tried again, and so is whatever a proxy may have answered.
 */
export const REFUSAL_RULES: Readonly<Record<RefusalKind, RefusalRule>> = {
  'key-denied': { code: 'UNAUTHORIZED', first: 'final', later: 'final' },
  'key-refused': { code: 'UNAUTHORIZED', first: 'final', later: 'repeated', pauseMs: 1000 },
  'key-wanted': {
    code: 'UNAUTHORIZED',
    first: 'final',
    later: 'retried',
    hint: 'It wants a key or token, and the request has none.',
  },
  blocked: {
    code: 'STREAM_FAILED',
    first: 'retryable',
    later: 'retried',
    hint: 'This is not about a key: a firewall, a page for maintenance, or a ban of this address or region.',
  },
  gone: {
    code: 'STREAM_FAILED',
    first: 'final',
    later: 'repeated',
    pauseMs: 1000,
    hint: 'It says that this address is gone.',
  },
  stop: { code: 'STREAM_FAILED', first: 'final', later: 'final' },
  'wrong-type': {
    code: 'STREAM_FAILED',
    first: 'final',
    later: 'retried',
    hint: 'It may be a page for a login or for maintenance, or the address is wrong.',
  },
  redirect: { code: 'STREAM_FAILED', first: 'retryable', later: 'retried' },
  'rate-limit': { code: 'STREAM_FAILED', first: 'retryable', later: 'retried', pauseMs: 10_000 },
  other: { code: 'STREAM_FAILED', first: 'retryable', later: 'retried' },
};

const REPEATED = 3;

/** What follows from one refusal. */
export interface Verdict {
  readonly code: ErrorCode;
  /** Whether it is not tried again; before anything has worked, whether the same call would fail again. */
  readonly isFinal: boolean;
  readonly retryAfterMs: number | undefined;
  readonly hint: string | undefined;
}

/** A refusal, as far as the rules look at it. */
export type Refusal = Pick<LinkClose, 'code' | 'status' | 'contentType' | 'mustStop' | 'retryAfterMs'>;

/** Judges the refusals of one stream by {@link REFUSAL_RULES}: it knows whether the stream has worked, and what was refused last. */
export class Refusals {
  #hasWorked = false;
  #last: RefusalKind | undefined;
  #inARow = 0;

  /** Whether the server has accepted the stream once. */
  get hasWorked(): boolean {
    return this.#hasWorked;
  }

  /** The stream works: the server has accepted it. */
  accepted(): void {
    this.#hasWorked = true;
    this.#last = undefined;
    this.#inARow = 0;
  }

  /** @param hasKey Whether the request had a key or token; see {@link carriesKey}. */
  judge(refusal: Refusal, hasKey: boolean): Verdict {
    const kind = kindOf(refusal, hasKey);
    const { code, first, later, pauseMs, hint } = REFUSAL_RULES[kind];
    this.#inARow = kind === this.#last ? this.#inARow + 1 : 1;
    this.#last = kind;
    const isFinal = this.#hasWorked
      ? later === 'final' || (later === 'repeated' && this.#inARow >= REPEATED)
      : first === 'final';
    return { code, isFinal, retryAfterMs: refusal.retryAfterMs ?? pauseMs, hint };
  }
}

function kindOf({ code, status, contentType, mustStop }: Refusal, hasKey: boolean): RefusalKind {
  if (mustStop) return 'stop';
  const isPage = /html/i.test(contentType ?? '');
  if (status === 401) return hasKey ? 'key-refused' : 'key-wanted';
  // An interface answers with JSON or nothing; a firewall shows a page, whatever key was sent.
  if (status === 403) return hasKey && !isPage ? 'key-refused' : 'blocked';
  if (status === 451) return 'blocked';
  if (status === 410) return 'gone';
  if (status === 200) return 'wrong-type';
  if (status === 418 || status === 429) return 'rate-limit';
  if (status !== undefined && (status === 0 || (status >= 300 && status < 400))) return 'redirect';
  // The venue's own word, which mirrors status 401 and passes through proxies as it is.
  return code === 4401 ? 'key-denied' : 'other';
}

// Headers that say nothing about who asks.
const NO_KEYS =
  /^(accept(-.*)?|user-agent|origin|referer|cache-control|pragma|content-type|sec-websocket-protocol)$/i;
const KEY_PARAMETER = /key|token|auth|secret|signature|jwt|passw|credential|session/i;

/** Whether a request carries a key or token: in a header, or in its URL as user, password, or a parameter with such a name. */
export function carriesKey({ url, headers = {} }: LinkTarget): boolean {
  if (Object.keys(headers).some((name) => !NO_KEYS.test(name))) return true;
  try {
    const { username, password, searchParams } = new URL(url);
    return (
      username !== '' || password !== '' || [...searchParams.keys()].some((name) => KEY_PARAMETER.test(name))
    );
  } catch {
    return false;
  }
}

/** Whether the answer is a redirect: 3xx, or what a browser's `fetch` shows of one. */
export function isRedirect(status: number): boolean {
  return status === 0 || (status >= 300 && status < 400 && status !== 304);
}

/** Names an answer that refuses, for messages. Of a redirect only the origin is shown: the rest may contain a token. */
export function describeAnswer(status: number, location?: string | null): string {
  if (!isRedirect(status)) return `status ${status}`;
  const shown = status === 0 ? 'a redirect' : `status ${status}, a redirect`;
  let origin = '';
  try {
    const { protocol, host } = new URL(location ?? '');
    origin = ` to ${protocol}//${host}`;
  } catch {
    // Relative, or none.
  }
  return `${shown}${origin}, which is not followed: a key must not go to another address`;
}
