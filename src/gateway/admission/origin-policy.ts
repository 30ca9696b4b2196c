import { invalidArgument } from '../../core/errors.js';

/**
 * Which pages may read. The browser, not the page, writes `Origin`, `Sec-Fetch-Site` and the origin of `Referer`, so that a page cannot
 * pretend to be another.
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

  /** Whether a request may be answered. */
  allows(request: Request): boolean {
    const { headers } = request;
    const origin = headers.get('origin');
    // Also the page's own: a WebSocket has it even where it is the server's.
    if (origin !== null) return this.#allowed.has(origin) || isOwn(origin, request);
    // A browser leaves `Origin` out of a GET to the page's own origin.
    const site = headers.get('sec-fetch-site');
    if (site !== null) return site === 'same-origin' || (site === 'none' && this.#allowMissing);
    // And `Sec-Fetch-Site`, too, where the page did not come over HTTPS. A program that is no browser sends neither.
    const referrer = headers.get('referer');
    return referrer === null ? this.#allowMissing : isOwn(originOf(referrer), request);
  }

  /** Headers that let a page of an allowed origin see an answer. */
  headersFor({ headers }: Request): Record<string, string> {
    const origin = headers.get('origin');
    const vary = { vary: 'origin' };
    if (origin === null || !this.#allowed.has(origin)) return vary;
    return { ...vary, 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' };
  }
}

/**
 * Whether a page is of the server that a request went to. A proxy may have taken the TLS off, so that a page over HTTPS is of a
 * server that sees plain HTTP. Not the other way round: who can change a plain page on its way could read with the user's cookie.
 */
function isOwn(origin: string | null, { headers, url }: Request): boolean {
  if (origin === null || !/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  const isSecure = url.startsWith('https:') || headers.get('x-forwarded-proto')?.startsWith('https') === true;
  if (isSecure && origin.startsWith('http:')) return false;
  return new URL(origin).host === hostFor(origin, url);
}

/** The host of a request, without the port that is the default of the page's scheme. */
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
    // A star would be a host of that name, which is not what anybody means who writes one.
    if (text.includes('*')) return false;
    if (protocol === 'https:' || protocol === 'http:') return origin === text;
    // Schemes of apps, such as `capacitor://localhost`, `tauri://localhost`, `chrome-extension://ID`.
    return host !== '' && text === `${protocol}//${host}` && /^[a-z][a-z0-9+.-]*:$/.test(protocol);
  } catch {
    return false;
  }
}
