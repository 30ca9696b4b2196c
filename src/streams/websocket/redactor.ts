const MIN_LENGTH = 4;
// A token may be new for each connection: the oldest ones are dropped.
const MAX_SECRETS = 200;
const MASK = '•••';

/** Masks secrets in strings from a venue, which may quote a key that it refuses. */
export class Redactor {
  readonly #secrets = new Set<string>();

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** Adds a secret. Strings shorter than four characters are ignored. */
  add(secret: string): void {
    if (secret.length < MIN_LENGTH) return;
    this.#secrets.delete(secret);
    this.#secrets.add(secret);
    if (this.#secrets.size > MAX_SECRETS) this.#secrets.delete(this.#secrets.values().next().value!);
  }

  /** Adds what may be secret in a URL: user, password, and each value of the query. */
  addUrl(given: string): void {
    const url = parseUrl(given);
    if (!url) return;
    for (const part of [url.username, url.password, ...url.searchParams.values()]) {
      this.add(part);
      this.add(encodeURIComponent(part));
      this.add(decodePercent(part));
    }
    this.add(url.search.slice(1));
  }

  /** The text with its secrets masked, cut at 200 characters. */
  redact(text: string): string {
    // Longest first: a secret may be a part of another.
    const secrets = [...this.#secrets].sort((a, b) => b.length - a.length);
    const masked = secrets.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
    return masked.length > 200 ? `${masked.slice(0, 200)}…` : masked;
  }
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parseUrl(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}
