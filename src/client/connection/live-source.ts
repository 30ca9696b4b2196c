import type { Clock } from '../../core/clock.js';
import type { RandomSource } from '../../core/random.js';
import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { Topic } from '../../protocol/topic.js';
import type { FeedStatus, Values } from '../../protocol/values.js';
import type { ConnectionFault } from './connection-snapshot.js';
import type { Connect } from './gateway-connection.js';
import type { ValueStore } from '../topics/value-store.js';

/** Gives a bearer token. With `isRenewal` the last one was refused or is about to run out: a cached one will not do. */
export type TokenSource = (request: { readonly isRenewal: boolean }) => string | Promise<string>;

/**
 * - `idle`: no connection is wanted;
 * - `opening`: on its way until first values have come;
 * - `up`;
 * - `waiting`: for the next try;
 * - `unauthorized`, `refused`: given up, until asked to try again.
 */
export type SourcePhase = 'idle' | 'opening' | 'up' | 'waiting' | 'unauthorized' | 'refused';

/** How a source is. */
export interface SourceState {
  readonly phase: SourcePhase;
  /** Tries since it was up. */
  readonly attempt: number;
  /** When the next try is, ms since 1970 on this machine's clock. */
  readonly nextTryAt: number | null;
  readonly error: ConnectionFault | null;
  /** Whether another tab has the connection. */
  readonly isShared: boolean;
}

/** Where values come from: a connection of this page, or one that several tabs share. */
export interface LiveSource {
  /** Connects as soon as something is wanted. */
  start(): void;
  /** Lets go of the connection, until `start()`. */
  stop(): void;
  /** What is wanted from now on. */
  want(topics: ReadonlySet<Topic>): void;
  /** The page can be seen again, or the browser has a network again: no better time to look. */
  hint(): void;
  /** Tries again, with new credentials, whatever was refused. */
  reconnect(): void;
  /** Whether other tabs can see to values while this one is hidden. */
  readonly hasOthers: boolean;
}

/** Whom a source tells. */
export interface LiveSourceHost {
  /** What is known, for resuming. A source only reads it, and sets the position through `values`. */
  readonly store: ValueStore;
  /** Values of one moment, and where that is; `null` where the position stays as it is. */
  values(values: readonly Values[], position: StreamPosition | null): void;
  feed(status: FeedStatus): void;
  /** A topic is not given, and is not asked for any longer. */
  denied(topic: Topic, reason: RefusalReason | EndReason): void;
  state(state: SourceState): void;
  /**
   * What the gateway's clock says; of another gateway than before, maybe. And who the reader is, where the gateway says that.
   * @returns whether a position of somebody else was forgotten, so that what resumes from it has to end.
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
  /** How long token, connection and first answer may take together, ms. */
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
