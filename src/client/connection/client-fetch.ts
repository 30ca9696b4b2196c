import type { ClientResponse } from './http-answer.js';

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
