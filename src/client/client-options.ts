import { checkDelay, systemClock, type Clock } from '../core/clock.js';
import { invalidArgument } from '../core/errors.js';
import { systemRandom, type RandomSource } from '../core/random.js';
import { eventStreams } from './connection/event-stream-connection.js';
import type { GatewayTransport } from './connection/gateway-connection.js';
import { GatewayLink } from './connection/gateway-link.js';
import { browserPage, type PageLifecycle } from './connection/page-lifecycle.js';
import type { OpenLiveSource, TokenSource, LiveSourceSettings } from './connection/live-source.js';

/** Options of {@link TickmarkClient}. */
export interface TickmarkClientOptions {
  /** Where the gateway is: `https://…`, a path such as `/live`, or with `transport: webSockets()` also `wss://…`. */
  readonly url: string;
  /** How to connect. Default `eventStreams()`: server-sent events over `fetch`. */
  readonly transport?: GatewayTransport;
  /**
   * Gives a bearer token, for each connection anew. It goes into a header, or into the first message of a WebSocket; never into the
   * address. Default: none, for gateways that know their readers by a cookie.
   */
  readonly token?: TokenSource;
  /** `sharedByTabs({ reader })` lets the tabs of a browser share one connection. Default: each page has its own. */
  readonly share?: OpenLiveSource;
  /** How long the connection of a hidden page is kept, ms. Default 5,000; 0 gives it up at once. */
  readonly hiddenGraceMs?: number;
  /** How long a topic stays subscribed after the last one who looked at it has gone, ms. Default 500. */
  readonly lingerMs?: number;
  /** How long token, connection and first answer may take together, ms. Default 10,000. */
  readonly openTimeoutMs?: number;
  /** Hears what a listener threw. Default: reported as the browser reports uncaught errors. */
  readonly onError?: (error: unknown) => void;
  /** Time. Default: the machine's. */
  readonly clock?: Clock;
  /** Chance, for jitter. */
  readonly random?: RandomSource;
  /** The page around. Default: the browser's; `null`, as on a server, connects to nothing. */
  readonly page?: PageLifecycle | null;
}

/** Options with their defaults. */
export interface ClientSettings extends LiveSourceSettings {
  readonly page: PageLifecycle | null;
  readonly openSource: OpenLiveSource;
  readonly hiddenGraceMs: number;
  readonly lingerMs: number;
  readonly onError: (error: unknown) => void;
}

/** Fills in defaults. @throws TickmarkError `INVALID_ARGUMENT`. */
export function readClientOptions(options: TickmarkClientOptions): ClientSettings {
  const { transport = eventStreams(), share, ...given } = options;
  const settings = {
    clock: systemClock,
    random: systemRandom,
    page: browserPage(),
    token: undefined,
    openSource: share ?? ((each, host) => new GatewayLink(each, host)),
    hiddenGraceMs: 5000,
    lingerMs: 500,
    openTimeoutMs: 10_000,
    onError: report,
    ...given,
  } satisfies Omit<ClientSettings, 'connect'>;
  const { url, hiddenGraceMs, lingerMs, openTimeoutMs } = settings;
  if (typeof url !== 'string' || url === '') {
    throw invalidArgument('TickmarkClient: url', url, 'a URL or a path');
  }
  for (const [name, ms] of Object.entries({ hiddenGraceMs, lingerMs, openTimeoutMs })) {
    checkDelay(ms, `TickmarkClient: ${name}`);
  }
  return { ...settings, connect: transport(url) };
}

/** As an error that nobody catches, but without ending what others hear. */
function report(error: unknown): void {
  const { reportError } = globalThis as { reportError?: (error: unknown) => void };
  reportError?.(error);
}
