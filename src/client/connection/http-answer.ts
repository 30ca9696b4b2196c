import { parseServerMessage } from '../../protocol/server-messages.js';
import { EVENT_STREAM } from '../../protocol/event-stream.js';
import {
  connectionImpossible,
  connectionLost,
  endOf,
  unauthorized,
  type ConnectionEnd,
} from './gateway-connection.js';

/** The part of a response that is used. */
export interface ClientResponse {
  readonly status: number;
  /** `opaqueredirect` for a redirect that was not followed. */
  readonly type?: string;
  readonly headers: { get(name: string): string | null };
  readonly body: {
    getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> };
  } | null;
  text(): Promise<string>;
}

/** Of a platform whose `fetch` gives a body as a whole only. */
const CANNOT_STREAM =
  'This fetch cannot stream: pass one that can, eventStreams({ fetch }), or use webSockets().';

/** Why this platform cannot read event streams; `undefined` if it can. @param fetch One that is used in place of the platform's. */
export function inabilityOf(fetch: unknown): string | undefined {
  const { Response, TextDecoder } = globalThis as Partial<typeof globalThis>;
  if (!TextDecoder) return 'Event streams need a TextDecoder: add one, or use webSockets().';
  // A fetch over XMLHttpRequest, as in React Native, answers after the end of the stream, which never comes.
  return fetch || (Response && 'body' in Response.prototype) ? undefined : CANNOT_STREAM;
}

/** Whether an answer is an event stream. */
export function isEventStream({ status, headers }: ClientResponse): boolean {
  return status === 200 && headers.get('content-type')?.toLowerCase().startsWith(EVENT_STREAM) === true;
}

/**
 * Why an answer is no stream: by the gateway's close message, or by what a proxy, a login page or another server may mean. PROTOCOL.md
 * has the table.
 */
export async function refusalOf(response: ClientResponse): Promise<ConnectionEnd> {
  const { status, type, headers } = response;
  if (type === 'opaqueredirect' || (status > 300 && status < 400 && status !== 304))
    return unauthorized(
      'The server redirects, as to a login page. If the address has moved, pass the new one.',
    );
  if (isEventStream(response)) return connectionImpossible(CANNOT_STREAM);
  const message = parseServerMessage(await response.text());
  if (message?.type === 'close') return endOf(message);
  if (status === 401 || status === 403) return unauthorized(`The server answered with status ${status}.`);
  const isPage = headers.get('content-type')?.toLowerCase().startsWith('text/html') === true;
  if (status === 200 && isPage) return unauthorized('The server sent a page, as for a login.');
  const end = connectionLost(`The server answered with status ${status}${MEANING[status] ?? ''}.`, status);
  const isOver = status === 204 || status === 410;
  return { ...end, retry: !isOver, retryAfterMs: retryAfter(headers) };
}

const MEANING: Readonly<Record<number, string>> = {
  200: ', and no event stream: there is no gateway at this address',
  204: ': it asks not to try again',
  404: ': there is no gateway at this address',
  410: ': the gateway at this address is gone for good',
  414: ': the address is too long for it',
  431: ': the address or the cookies are too long for it',
};

/** Longest time that an answer can ask to wait: the clocks of two machines may be years apart. */
const LONGEST_WAIT_MS = 3_600_000;

/** `Retry-After` in seconds or as a date, ms: RFC 9110, 10.2.3. */
function retryAfter(headers: ClientResponse['headers']): number | null {
  const given = headers.get('retry-after') ?? '';
  // Compared with the clock that wrote it, where that can be read.
  const now = Date.parse(headers.get('date') ?? '') || Date.now();
  // A browser reads many a number as a date, too; a date of HTTP has a time.
  const ms = given.includes(':') ? Date.parse(given) - now : parseInt(given) * 1000;
  return Number.isNaN(ms) ? null : Math.min(LONGEST_WAIT_MS, Math.max(0, ms));
}

/** Whether cookies go with a request; see https://fetch.spec.whatwg.org/#concept-request-credentials-mode. */
export type CredentialsMode = 'omit' | 'same-origin' | 'include';

/** The part of `fetch` that is used. */
export type ClientFetch = (url: string, init: ClientFetchInit) => Promise<ClientResponse>;

/** Options of a request. */
export interface ClientFetchInit {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly credentials: CredentialsMode;
  readonly cache: 'no-store';
  readonly redirect: 'manual';
  /** On plain HTTP, only this header shows the gateway that a page is from its own origin. */
  readonly referrerPolicy: 'origin';
}

/** That of the platform. */
export const platformFetch: ClientFetch = (url, init) => globalThis.fetch(url, init) as Promise<never>;
