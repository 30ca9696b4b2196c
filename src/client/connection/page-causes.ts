import type { ConnectionFault, FaultCause } from './connection-snapshot.js';

/** The parts of a page that tell why a connection fails. Each may be absent. */
interface Page {
  readonly location?: { readonly href: string; readonly protocol: string };
  /** That of the page, as browsers send it: `null` of a file. */
  readonly origin?: string;
  fetch?(url: string, init: object): Promise<unknown>;
  readonly document?: {
    addEventListener(type: string, listener: (event: PolicyViolation) => void): void;
  };
  readonly performance?: {
    getEntriesByType?(
      type: string,
    ): ReadonlyArray<{ readonly name: string; readonly nextHopProtocol?: string }>;
  };
}

interface PolicyViolation {
  readonly disposition: 'enforce' | 'report';
  readonly effectiveDirective: string;
  readonly blockedURI: string;
}

const page = globalThis as unknown as Page;

/** Addresses that the page's policy has blocked. Browsers tell it by an event only. */
let blocked: Set<string> | undefined;

/** Longest wait for the answer to a probe. */
const PROBE_MS = 2000;

/** Notices from now on what the page's Content Security Policy blocks. */
export function watchPolicy(): void {
  if (blocked || !page.document) return;
  const found = (blocked = new Set());
  page.document.addEventListener(
    'securitypolicyviolation',
    ({ disposition, effectiveDirective, blockedURI }) => {
      const address = addressOf(blockedURI);
      // A policy may only report, and other addresses of the same host may be blocked while this one is not.
      const isBlocked = disposition === 'enforce' && effectiveDirective === 'connect-src';
      if (isBlocked && address) found.add(originOf(address) + address.pathname);
    },
  );
}

/**
 * Why a page may not connect to an address that has never answered; `null` if it may, or if that cannot be found out.
 * @param isBare Whether the platform's own `fetch` or `WebSocket` is used, which takes no address without a host where there is no page.
 */
export async function obstacleOf(
  url: string,
  isBare: boolean,
): Promise<Omit<ConnectionFault, 'code'> | null> {
  const address = addressOf(url);
  if (!address) {
    if (!isBare || isWhole(url)) return null;
    const message = `The address "${url}" belongs to no page here: pass one that begins with https://.`;
    return { cause: 'platform', message };
  }
  const { protocol, hostname } = address;
  const origin = originOf(address);
  const isPlain = protocol === 'http:' || protocol === 'ws:';
  if (page.location?.protocol === 'https:' && isPlain && !isOwnMachine(hostname))
    return {
      cause: 'mixed-content',
      message: `A page over HTTPS may not read from ${origin}: use https or wss.`,
    };
  if (blocked) {
    // The event comes after the connection has failed.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (blocked.has(origin + address.pathname)) {
      const message = `The page's Content Security Policy blocks ${origin}: add it to connect-src.`;
      return { cause: 'csp', message };
    }
  }
  return page.origin === undefined || page.origin === origin ? null : foreignOrigin(address, page.origin);
}

/** Addresses that answer, and not pages of this origin. */
const deaf = new Set<string>();

/** Whether the server of an address answers, and the browser keeps the answer from this page, because of the page's origin. */
async function foreignOrigin(address: URL, own: string): Promise<Omit<ConnectionFault, 'code'> | null> {
  const origin = originOf(address);
  const target = origin + address.pathname;
  if (!deaf.has(target)) {
    if ((await answers(target, 'cors')) || !(await answers(target, 'no-cors'))) return null;
    deaf.add(target);
  }
  const what =
    own === 'null'
      ? 'this page: it has the origin "null", as files have, which no gateway accepts. Load it from a server'
      : `pages of ${own}: list that in \`origins\` of the gateway`;
  return { cause: 'origin', message: `The server ${origin} answers, but not ${what}.` };
}

/** Whether there is an answer that a page may read, or with `no-cors` one that it can only notice. */
async function answers(target: string, mode: 'cors' | 'no-cors'): Promise<boolean> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PROBE_MS);
  try {
    // As nobody, without cookies.
    await page.fetch!(target, { mode, credentials: 'omit', cache: 'no-store', signal: abort.signal });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

/** What silence of a gateway may mean. @param hasAnswered Whether its server has begun to answer. */
export function silenceOf(
  url: string,
  hasAnswered: boolean,
): { readonly cause: FaultCause | null; readonly hint: string } {
  if (hasAnswered)
    return {
      cause: 'buffering',
      hint: ' Its server has: a proxy may hold values back (buffering).',
    };
  const address = addressOf(url);
  const entries = page.performance?.getEntriesByType?.('resource') ?? [];
  const isOld = entries.some(({ name, nextHopProtocol }) => {
    const other = nextHopProtocol === 'http/1.1' ? addressOf(name) : null;
    return other && address && originOf(other) === originOf(address);
  });
  if (!isOld) return { cause: null, hint: '' };
  const hint =
    ' Over HTTP/1.1 a browser opens six connections to a host, for all its tabs: use HTTP/2, or sharedByTabs().';
  return { cause: 'connection-limit', hint };
}

const told = new Set<FaultCause>();

/** Shows a developer, once, what the page found out by itself. */
export function tell({ cause, message }: Pick<ConnectionFault, 'cause' | 'message'>): void {
  if (cause === null || told.has(cause) || isProduction()) return;
  told.add(cause);
  (globalThis as unknown as { console?: { warn(text: string): void } }).console?.warn(`tickmark: ${message}`);
}

declare const process: { readonly env: { readonly NODE_ENV?: string } };

// Bundlers replace exactly this expression. A page without a bundler has no `process`.
function isProduction(): boolean {
  try {
    return process.env.NODE_ENV === 'production';
  } catch {
    return false;
  }
}

/** Whether an address has a scheme, so that it needs no page. */
export function isWhole(url: string): boolean {
  return /^[a-z][\w+.-]*:\/\//i.test(url);
}

/** An address, on its own or on the page's; `null` if it is none, or cannot be taken apart. */
export function addressOf(url: string): URL | null {
  try {
    const address = new URL(url, page.location?.href);
    // That of React Native threw here for years.
    return address.host === '' ? null : address;
  } catch {
    return null;
  }
}

function originOf({ protocol, host }: URL): string {
  return `${protocol.replace(/^ws/, 'http')}//${host}`;
}

// Browsers let pages over HTTPS read from these: https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
function isOwnMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^(127\.|\[::1\])/.test(hostname);
}
