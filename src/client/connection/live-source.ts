import type { Clock } from '../../core/clock.js';
import type { RandomSource } from '../../core/random.js';
import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { Topic } from '../../protocol/topic.js';
import type { Values } from '../../protocol/values.js';
import type { FeedStatus } from '../../protocol/feed-status.js';
import type { ConnectionFault } from './connection-snapshot.js';
import type { Connect } from './gateway-connection.js';
import type { ValueStore } from '../topics/value-store.js';

/** Returns a bearer token. With `isRenewal`, the last one was refused or is about to expire: do not return it again. */
export type TokenSource = (request: { readonly isRenewal: boolean }) => string | Promise<string>;

/**
 * - `idle`: no connection is wanted;
 * - `opening`: a connection is being opened, until its first values have come;
 * - `up`: values come;
 * - `waiting`: for the next try;
 * - `unauthorized`, `refused`: given up, until `reconnect()`.
 */
export type SourcePhase = 'idle' | 'opening' | 'up' | 'waiting' | 'unauthorized' | 'refused';

/** Whether a source tries no more. That outlasts a page that is hidden. */
export function isVerdict(phase: SourcePhase): boolean {
  return phase === 'unauthorized' || phase === 'refused';
}

/** State of a source. */
export interface SourceState {
  readonly phase: SourcePhase;
  /** Tries since it was last up. */
  readonly attempt: number;
  /** When the next try begins, ms since 1970 on this machine's clock; `null` if none is planned. */
  readonly nextTryAt: number | null;
  readonly error: ConnectionFault | null;
  /** Whether another tab has the connection. */
  readonly isShared: boolean;
}

/** Delivers values: over a connection of this page, or over one that several tabs share. */
export interface LiveSource {
  /** Connects as soon as topics are wanted. */
  start(): void;
  /** Closes the connection until `start()`. */
  stop(): void;
  /** Replaces the set of wanted topics. */
  want(topics: ReadonlySet<Topic>): void;
  /** The page is visible again, or the browser has a network again: a good time to check the connection. */
  hint(): void;
  /** Connects again with new credentials, whatever was refused before. */
  reconnect(): void;
  /** Whether other tabs can keep the connection while this one is hidden. */
  readonly hasOthers: boolean;
}

/** Receives what a source reports. */
export interface LiveSourceHost {
  /** @internal The known values, for resuming. A source only reads them, and sets the position through `values`. */
  readonly store: ValueStore;
  /** Values of one moment, and the position after them; `null` if the position stays the same. */
  values(values: readonly Values[], position: StreamPosition | null): void;
  feed(status: FeedStatus): void;
  /** A topic was refused, and is not requested again. */
  denied(topic: Topic, reason: RefusalReason | EndReason): void;
  state(state: SourceState): void;
  /**
   * A message came, with the gateway's time.
   * @param isOther Whether it may be the clock of another gateway than before.
   * @param subject Who the reader is, if the gateway names a subject.
   * @returns Whether the position of another subject was dropped, so that a connection that resumes from it must end.
   */
  received(serverTime: number, isOther: boolean, subject?: string | null): boolean;
  /** The gateway's time, ms since 1970. */
  serverNow(): number;
  isVisible(): boolean;
}

/** Settings of a source. */
export interface LiveSourceSettings {
  readonly url: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly connect: Connect;
  readonly token: TokenSource | undefined;
  /** Time limit for token, connection and first answer together, ms. */
  readonly openTimeoutMs: number;
}

/** Makes a source. */
export type OpenLiveSource = (settings: LiveSourceSettings, host: LiveSourceHost) => LiveSource;

/** A source that has not been started. */
export const IDLE: SourceState = {
  phase: 'idle',
  attempt: 0,
  nextTryAt: null,
  error: null,
  isShared: false,
};
