import { invalidArgument } from '../core/errors.js';

/** Which pages may read: by the exact text of the `Origin` header, which a page cannot forge. */
export class OriginPolicy {
  readonly #allowed: ReadonlySet<string>;
  readonly #allowMissing: boolean;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a text that no browser sends as an origin. */
  constructor(origins: readonly string[] = [], allowMissing = false) {
    for (const origin of origins) {
      if (!isOrigin(origin)) {
        throw invalidArgument(
          'Gateway: origins',
          origin,
          'origins as browsers send them, such as "https://app.example.com"',
        );
      }
    }
    this.#allowed = new Set(origins);
    this.#allowMissing = allowMissing;
  }

  /** Whether a request may be answered. */
  allows({ headers }: Request): boolean {
    const origin = headers.get('origin');
    if (origin !== null) return this.#allowed.has(origin);
    // A GET of the same origin has no Origin; what the browser says in its place cannot be forged by a page either.
    return this.#allowMissing || headers.get('sec-fetch-site') === 'same-origin';
  }

  /** Headers that let a page of an allowed origin see an answer. */
  headersFor({ headers }: Request): Record<string, string> {
    const origin = headers.get('origin');
    const vary = { vary: 'origin' };
    if (origin === null || !this.#allowed.has(origin)) return vary;
    return { ...vary, 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' };
  }
}

function isOrigin(text: string): boolean {
  try {
    const { origin, protocol } = new URL(text);
    // A star would be a host of that name, which is not what whoever writes one means.
    return origin === text && !text.includes('*') && (protocol === 'https:' || protocol === 'http:');
  } catch {
    return false;
  }
}
