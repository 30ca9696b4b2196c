import { TickmarkError } from '../../core/errors.js';
import type { LinkHeaders } from './transport.js';

/** What is used of `fetch`. The platform's own fits, and that of `undici`. */
export type FetchFunction = (url: string, init: FetchInit) => Promise<FetchResponse>;

/** What a request is made with. */
export interface FetchInit {
  readonly headers: LinkHeaders;
  readonly signal: AbortSignal;
  /** `error` for requests with secrets in their headers, which must not follow a redirect to another host. */
  readonly redirect: 'follow' | 'error';
  readonly cache: 'no-store';
}

/** What is used of a response. */
export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: FetchBody | null;
}

/** What is used of a response's body. */
export interface FetchBody {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
  cancel(): Promise<void>;
}

/** The platform's `fetch`, looked up at each call. */
export const platformFetch: FetchFunction = (url, init) => fetch(url, init) as Promise<FetchResponse>;

/**
 * What went wrong with a request, without its address: messages of `fetch` quote addresses, so only codes such as
 * `ECONNREFUSED` and names of errors are shown.
 */
export function requestFault(error: unknown): string {
  const { code, name } = ((error as Error | undefined)?.cause ?? error ?? {}) as {
    code?: unknown;
    name?: unknown;
  };
  for (const each of [code, name]) if (typeof each === 'string' && /^\w{1,40}$/.test(each)) return each;
  return 'unknown error';
}

/** Refuses what is no address to fetch from, without quoting it: it may hold a token. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkHttpAddress(where: string, address: unknown): asserts address is string {
  let protocol: string | undefined;
  try {
    protocol = typeof address === 'string' ? new URL(address).protocol : undefined;
  } catch {
    // Told below.
  }
  if (protocol === 'http:' || protocol === 'https:') return;
  const message = `${where}: expected an address that begins with http:// or https://.`;
  throw new TickmarkError('INVALID_ARGUMENT', message);
}

/** Lets go of a body that nobody reads. */
export function discard(response: FetchResponse): void {
  response.body?.cancel().catch(() => undefined);
}
