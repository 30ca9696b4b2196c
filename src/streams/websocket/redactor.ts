const MIN_LENGTH = 4;
// A token may be new for each connection: the oldest are forgotten.
const MAX_SECRETS = 200;
const MASK = '•••';

/** Blots secrets out of texts that others wrote: a venue may quote the key it refuses. */
export class Redactor {
  readonly #secrets = new Set<string>();

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** Remembers a secret; texts too short to be one are left alone. */
  add(secret: string): void {
    if (secret.length < MIN_LENGTH) return;
    this.#secrets.delete(secret);
    this.#secrets.add(secret);
    if (this.#secrets.size > MAX_SECRETS) this.#secrets.delete(this.#secrets.values().next().value!);
  }

  /** Remembers what may be secret in an address: user, password, and each value of the query. */
  addUrl(address: string): void {
    const url = parsed(address);
    if (!url) return;
    for (const part of [url.username, url.password, ...url.searchParams.values()]) {
      this.add(part);
      this.add(encodeURIComponent(part));
      this.add(decoded(part));
    }
    this.add(url.search.slice(1));
  }

  /** The text without secrets, cut at 200 characters. */
  redact(text: string): string {
    // Longest first: a secret may be a part of another.
    const secrets = [...this.#secrets].sort((a, b) => b.length - a.length);
    const clean = secrets.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
    return clean.length > 200 ? `${clean.slice(0, 200)}…` : clean;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parsed(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}
