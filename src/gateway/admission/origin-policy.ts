import { invalidArgument } from '../../core/errors.js';
import { REFUSALS, type Refusal } from './refusal.js';

/**
 * Which pages may read. The browser, not the page, writes `Origin`, `Sec-Fetch-Site` and the origin of `Referer`, so a page cannot
 * pretend to be another one.
 */
export class OriginPolicy {
  readonly #allowed: ReadonlySet<string>;
  readonly #allowMissing: boolean;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a string that no browser sends as an origin. */
  constructor(origins: readonly string[] = [], allowMissing = false) {
    for (const origin of origins) {
      if (!isOrigin(origin)) {
        throw invalidArgument(
          'Gateway: origins',
          origin,
          'origins as browsers send them, such as "https://app.example.com" or "capacitor://localhost"',
        );
      }
    }
    this.#allowed = new Set(origins);
    this.#allowMissing = allowMissing;
  }

  /** Why a request may not be answered; `null` if it may. */
  refusalOf(request: Request): Refusal | null {
    const { headers } = request;
    const origin = headers.get('origin');
    if (origin !== null) {
      // A WebSocket has an `Origin` even where the page is the server's own.
      return this.#allowed.has(origin) || isOwn(origin, request) ? null : REFUSALS.originNotAllowed;
    }
    // A browser omits `Origin` from a GET to the page's own origin.
    const site = headers.get('sec-fetch-site');
    if (site === 'same-origin') return null;
    if (site !== null && site !== 'none') return REFUSALS.originNotAllowed;
    // It omits `Sec-Fetch-Site` as well if the page did not come over HTTPS. A program that is not a browser sends neither.
    const referrer = site === null ? headers.get('referer') : null;
    if (referrer !== null) return isOwn(originOf(referrer), request) ? null : REFUSALS.originNotAllowed;
    return this.#allowMissing ? null : REFUSALS.originMissing;
  }

  /** Headers that let a page of an allowed origin read an answer. */
  headersFor({ headers }: Request): Record<string, string> {
    const origin = headers.get('origin');
    const vary = { vary: 'origin' };
    if (origin === null || !this.#allowed.has(origin)) return vary;
    return { ...vary, 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' };
  }
}

/**
 * Whether a page belongs to the server that a request went to. A proxy may terminate TLS, so a page over HTTPS may belong to a server
 * that sees plain HTTP. Not the other way round: an attacker who can change a plain page in transit could read with the user's cookie.
 */
function isOwn(origin: string | null, { headers, url }: Request): boolean {
  if (origin === null || !/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  const isSecure = url.startsWith('https:') || headers.get('x-forwarded-proto')?.startsWith('https') === true;
  if (isSecure && origin.startsWith('http:')) return false;
  return new URL(origin).host === hostFor(origin, url);
}

/** The host of a request, without the port if that is the default of the page's scheme. */
function hostFor(origin: string, url: string): string {
  const { host } = new URL(url);
  return new URL(`${new URL(origin).protocol}//${host}`).host;
}

function originOf(referrer: string): string | null {
  return URL.canParse(referrer) ? new URL(referrer).origin : null;
}

function isOrigin(text: string): boolean {
  try {
    const { origin, protocol, host } = new URL(text);
    // A star would be a host of that name, which nobody means who writes one.
    if (text.includes('*')) return false;
    if (protocol === 'https:' || protocol === 'http:') return origin === text;
    // Schemes of apps, such as `capacitor://localhost`, `tauri://localhost`, `chrome-extension://ID`.
    return host !== '' && text === `${protocol}//${host}` && /^[a-z][a-z0-9+.-]*:$/.test(protocol);
  } catch {
    return false;
  }
}
