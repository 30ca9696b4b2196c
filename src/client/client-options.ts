import { checkDelay, systemClock, type Clock } from '../core/clock.js';
import { invalidArgument } from '../core/errors.js';
import { systemRandom, type RandomSource } from '../core/random.js';
import { eventStreams } from './connection/event-stream-connection.js';
import type { GatewayTransport } from './connection/gateway-connection.js';
import { GatewayLink } from './connection/gateway-link.js';
import { platformPage, type PageLifecycle } from './connection/page-lifecycle.js';
import type { OpenLiveSource, TokenSource, LiveSourceSettings } from './connection/live-source.js';
import { checkNames } from '../core/option-names.js';

/** Options of {@link TickmarkClient}. */
export interface TickmarkClientOptions {
  /** Where the gateway is: `https://…`, a path such as `/live`, or with `transport: webSockets()` also `wss://…`. */
  readonly url: string;
  /** How to connect. Default `eventStreams()`: server-sent events over `fetch`. */
  readonly transport?: GatewayTransport;
  /**
   * Returns a bearer token; called for each connection. The token is sent in a header, or in the first message of a WebSocket, never in
   * the address. Default: none, for gateways that identify readers by a cookie.
   */
  readonly token?: TokenSource;
  /** `sharedByTabs({ reader })` lets the tabs of a browser share one connection. Default: each page has its own. */
  readonly share?: OpenLiveSource;
  /** How long a hidden page keeps its connection, ms. Default 5,000; 0 closes it at once. */
  readonly hiddenGraceMs?: number;
  /** How long a topic stays subscribed after its last subscriber has gone, ms. Default 500. */
  readonly lingerMs?: number;
  /** Time limit for token, connection and first answer together, ms. Default 10,000. */
  readonly openTimeoutMs?: number;
  /** Called with what a listener threw. Default: reported as the browser reports uncaught errors. */
  readonly onError?: (error: unknown) => void;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Source of random numbers, for jitter. Default: the machine's. */
  readonly random?: RandomSource;
  /** The page that the client runs in. Default: the browser's; where there is none, `alwaysVisible`. With `null` the client never connects. */
  readonly page?: PageLifecycle | null;
}

const NAMES: Readonly<Record<keyof TickmarkClientOptions, true>> = {
  url: true,
  transport: true,
  token: true,
  share: true,
  hiddenGraceMs: true,
  lingerMs: true,
  openTimeoutMs: true,
  onError: true,
  clock: true,
  random: true,
  page: true,
};

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
  checkNames('TickmarkClient', 'option', options, NAMES);
  const { transport = eventStreams(), share, page = platformPage(), ...given } = options;
  const settings = {
    clock: systemClock,
    random: systemRandom,
    page,
    token: undefined,
    openSource: share ?? ((each, host) => new GatewayLink(each, host)),
    hiddenGraceMs: 5000,
    lingerMs: 500,
    openTimeoutMs: 10_000,
    onError: report,
    ...given,
  } satisfies Omit<ClientSettings, 'connect'>;
  const { url } = settings;
  if (typeof url !== 'string' || url === '') {
    throw invalidArgument('TickmarkClient: url', url, 'a URL or a path');
  }
  for (const name of ['hiddenGraceMs', 'lingerMs', 'openTimeoutMs'] as const)
    checkDelay(settings[name], `TickmarkClient: ${name}`);
  return { ...settings, connect: transport(url) };
}

/** Reports an error as uncaught, but lets the other listeners run. */
function report(error: unknown): void {
  (globalThis as { reportError?: (error: unknown) => void }).reportError?.(error);
}
