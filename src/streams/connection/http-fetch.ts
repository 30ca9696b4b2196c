import { TickmarkError } from '../../core/errors.js';
import type { LinkHeaders } from './transport.js';

/** The part of `fetch` that is used. The platform's `fetch` fits, and that of `undici`. */
export type FetchFunction = (url: string, init: FetchInit) => Promise<FetchResponse>;

/** Options of a request. */
export interface FetchInit {
  readonly headers: LinkHeaders;
  readonly signal: AbortSignal;
  /** `manual` for requests with headers: their secrets must not follow a redirect to another host. */
  readonly redirect: 'follow' | 'manual';
  readonly cache: 'no-store';
}

/** The part of a response that is used. */
export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: FetchBody | null;
}

/** The part of a response's body that is used. */
export interface FetchBody {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
  cancel(): Promise<void>;
}

/** The platform's `fetch`, looked up at each call. */
export const platformFetch: FetchFunction = (url, init) => fetch(url, init) as Promise<FetchResponse>;

/** Checks an http(s) URL. The message does not quote it, since it may contain a token. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkHttpUrl(where: string, url: unknown): asserts url is string {
  let protocol: string | undefined;
  try {
    protocol = typeof url === 'string' ? new URL(url).protocol : undefined;
  } catch {
    // Reported below.
  }
  if (protocol === 'http:' || protocol === 'https:') return;
  const given =
    typeof url === 'string' ? 'a string that is not shown, since it may contain a token' : typeof url;
  const message = `${where}: expected a URL that begins with http:// or https://, got ${given}.`;
  throw new TickmarkError('INVALID_ARGUMENT', message);
}

/** How a request with these headers treats a redirect. */
export function redirectOf(headers: LinkHeaders | undefined): FetchInit['redirect'] {
  return headers && Object.keys(headers).length > 0 ? 'manual' : 'follow';
}

/** Cancels a body that nobody reads. */
export function discardBody(response: FetchResponse): void {
  response.body?.cancel().catch(() => undefined);
}

/** A body is longer than its limit. */
export class BodyTooLong extends Error {}

/**
 * The body of a response as text, and its length in bytes after decompression, so that a small response cannot fill the memory.
 * @param limit Most bytes.
 * @param decoder Default: UTF-8.
 * @throws {@link BodyTooLong}; what the reader rejects with.
 */
export async function bodyText(
  { body }: Pick<FetchResponse, 'body'>,
  limit: number,
  decoder = new TextDecoder(),
): Promise<{ text: string; bytes: number }> {
  const reader = body?.getReader();
  let [text, bytes] = ['', 0];
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!value) continue;
    bytes += value.length;
    if (bytes > limit) {
      reader.cancel().catch(() => undefined);
      throw new BodyTooLong();
    }
    text += decoder.decode(value, { stream: true });
  }
  return { text: text + decoder.decode(), bytes };
}
