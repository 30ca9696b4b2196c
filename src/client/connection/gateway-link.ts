import { timerDelay, type Timer } from '../../core/clock.js';
import type {
  EndReason,
  RefusalReason,
  RefusedTopic,
  ServerMessage,
  WelcomeMessage,
} from '../../protocol/server-messages.js';
import type { Topic } from '../../protocol/topic.js';
import { Backoff } from '../../core/backoff.js';
import type { ConnectionFault } from './connection-snapshot.js';
import {
  UNAUTHORIZED,
  connectionLost,
  unauthorized,
  type ConnectionEnd,
  type GatewayConnection,
} from './gateway-connection.js';
import { HeartbeatWatchdog } from './heartbeat-watchdog.js';
import { TopicRequests } from './topic-requests.js';
import { ValueBatches } from './value-batches.js';
import {
  IDLE,
  type SourceState,
  type LiveSource,
  type LiveSourceHost,
  type LiveSourceSettings,
} from './live-source.js';

/** Least time between two replacements of a connection that cannot change its topics. */
const REPLACE_PAUSE_MS = 250;
/** How long a connection must have delivered values before its end counts as a first failure. */
const PROVEN_MS = 1000;
/** How long unwanted topics stay subscribed where removing them takes a new connection. */
const SURPLUS_MS = 5000;
/** Wait before a topic whose source was busy is requested again. */
const BUSY_MS = 1000;
/** An authorization is renewed after this share of its life. */
const RENEW_AT = 0.8;
type TimerName = 'deadline' | 'retry' | 'replace' | 'renew' | 'busy';

/** Keeps one connection to the gateway up while topics are wanted. Each connection resumes where the last one ended. */
export class GatewayLink implements LiveSource {
  readonly hasOthers = false;
  readonly #settings: LiveSourceSettings;
  readonly #host: LiveSourceHost;
  readonly #backoff: Backoff;
  readonly #watchdog: HeartbeatWatchdog;
  readonly #batches: ValueBatches;
  #state = IDLE;
  #isOn = false;
  readonly #topics = new TopicRequests();
  /** Identifies the current connection, or the try to open one. */
  #attempt: object | undefined;
  #connection: GatewayConnection | undefined;
  #isWelcome = false;
  #mustWait = false;
  #needsRenewal = false;
  #isSecondTry = false;
  #openedAt = -Infinity;
  #expiresAt = Infinity;
  readonly #timers: Partial<Record<TimerName, Timer>> = {};

  constructor(settings: LiveSourceSettings, host: LiveSourceHost) {
    const { clock, random } = settings;
    this.#settings = settings;
    this.#host = host;
    this.#backoff = new Backoff({ clock, random, provenMs: PROVEN_MS });
    this.#watchdog = new HeartbeatWatchdog(clock, host, (ms) =>
      this.#ended(connectionLost(`The gateway has sent nothing for ${Math.round(ms)} ms.`)),
    );
    this.#batches = new ValueBatches(clock, (values, position) => {
      this.#backoff.data();
      host.values(values, position);
      if (position === null || this.#state.phase === 'up') return;
      this.#isSecondTry = false;
      this.#backoff.up();
      this.#enter('up');
    });
  }

  start(): void {
    this.#isOn = true;
    this.#sync();
  }

  stop(): void {
    this.#isOn = false;
    this.#sync();
  }

  want(topics: ReadonlySet<Topic>): void {
    this.#topics.want(topics);
    this.#sync();
  }

  hint(): void {
    if (this.#state.phase === 'waiting' && !this.#mustWait) this.#open();
    else this.#watchdog.resume();
  }

  reconnect(): void {
    this.#topics.denied.clear();
    this.#needsRenewal = true;
    this.#disconnect();
    this.#enter('idle');
    this.#sync();
  }

  /** Makes the connection match the wanted topics. */
  #sync(): void {
    const { asked, due } = this.#topics;
    const { phase } = this.#state;
    if (!this.#isOn || due.size === 0) {
      // If no topic is left because all were denied, the state stays `unauthorized`.
      if (phase === 'idle' || (this.#isOn && phase === 'unauthorized')) return;
      this.#disconnect();
      return this.#enter('idle');
    }
    const added = [...due].filter((topic) => !asked.has(topic));
    if (phase === 'idle' || (phase === 'unauthorized' && added.length > 0)) return this.#open();
    const removed = [...asked].filter((topic) => !due.has(topic));
    if (!this.#isWelcome || added.length + removed.length === 0) return;
    if (this.#connection!.change) {
      this.#connection!.change(added, removed);
      this.#topics.asked = due;
      return;
    }
    const pause = this.#openedAt + REPLACE_PAUSE_MS - this.#settings.clock.monotonic();
    this.#set('replace', added.length > 0 ? Math.max(0, pause) : SURPLUS_MS, () => this.#open());
  }

  #set(name: TimerName, delayMs: number, callback: () => void): void {
    this.#timers[name]?.clear();
    this.#timers[name] = this.#settings.clock.setTimer(callback, timerDelay(delayMs));
  }

  /** Opens a connection. The old one is closed first, so that nothing can arrive twice or out of order. */
  #open(): void {
    const { clock, token, openTimeoutMs } = this.#settings;
    const wasUp = this.#state.phase === 'up';
    this.#disconnect(wasUp);
    if (!wasUp) this.#enter('opening', this.#state.error);
    const attempt = (this.#attempt = {});
    const isRenewal = this.#needsRenewal;
    this.#openedAt = clock.monotonic();
    this.#set('deadline', openTimeoutMs, () =>
      this.#ended(connectionLost(`The gateway has not answered within ${openTimeoutMs} ms.`)),
    );
    (async () => (await token?.({ isRenewal })) || null)().then(
      (bearer) => {
        if (attempt === this.#attempt) this.#connect(bearer, attempt);
      },
      (error: unknown) => {
        // Its message may quote a token.
        const name = (error as Error | undefined)?.name;
        if (attempt === this.#attempt) this.#ended(connectionLost(`The token function failed (${name}).`));
      },
    );
  }

  #connect(token: string | null, attempt: object): void {
    const { position } = this.#host.store;
    const held: Topic[] = [];
    const added: Topic[] = [];
    const asked = (this.#topics.asked = this.#topics.due);
    this.#needsRenewal = false;
    for (const topic of asked) {
      (position !== null && this.#host.store.get(topic)?.isHeld ? held : added).push(topic);
    }
    const isAtHand = (): boolean => attempt === this.#attempt;
    this.#connection = this.#settings.connect(
      { token, held, added, position },
      {
        message: (message) => isAtHand() && this.#receive(message),
        alive: () => isAtHand() && this.#watchdog.received(),
        ended: (end) => isAtHand() && this.#ended(end),
      },
    );
  }

  #receive(message: ServerMessage): void {
    this.#watchdog.received();
    const { type, serverTime, subject } = message as WelcomeMessage;
    // The connection would resume the values of another subject.
    if (this.#host.received(serverTime, type === 'welcome', subject)) return this.reconnect();
    switch (message.type) {
      case 'welcome':
        this.#isWelcome = true;
        this.#watchdog.start(message.heartbeatMs);
        this.#host.feed(message.status);
        return this.#sync();
      case 'snapshot':
        return this.#answered(message);
      case 'update':
        return this.#take(message);
      case 'ended':
        if (message.reason !== 'expired') return this.#deny(message.topics, message.reason);
        return this.#ended(unauthorized('The authorization has expired.'));
      default:
    }
  }

  #take(message: ServerMessage & { type: 'snapshot' | 'update' }): void {
    if (message.status) this.#host.feed(message.status);
    this.#batches.push(message, message.position);
  }

  #answered(message: ServerMessage & { type: 'snapshot' }): void {
    const { granted, refused } = message;
    this.#timers.deadline?.clear();
    if (this.#state.phase !== 'up' && granted.length === 0 && isDenied(refused)) {
      return this.#ended({ ...unauthorized('Nothing was granted.'), refused });
    }
    for (const { expiresAt } of granted) if (expiresAt !== null) this.#renewBefore(expiresAt);
    this.#take(message);
    for (const { topic, reason } of refused) this.#deny([topic], reason);
  }

  #deny(topics: readonly Topic[], reason: RefusalReason | EndReason): void {
    const { busy } = this.#topics;
    for (const topic of topics) {
      this.#topics.refuse(topic, reason);
      if (reason !== 'busy') this.#host.denied(topic, reason);
    }
    if (busy.size > 0) {
      this.#set('busy', BUSY_MS * (1 + this.#settings.random()), () => {
        busy.clear();
        this.#sync();
      });
    }
    this.#sync();
  }

  #renewBefore(expiresAt: number): void {
    const life = expiresAt - this.#host.serverNow();
    if (life <= 0 || expiresAt >= this.#expiresAt) return;
    this.#expiresAt = expiresAt;
    this.#set('renew', life * RENEW_AT, () => {
      this.#needsRenewal = true;
      this.#open();
    });
  }

  #ended({ code, message, retry, retryAfterMs, refused }: ConnectionEnd): void {
    const wasUp = this.#state.phase === 'up';
    const error = { code, message };
    this.#disconnect();
    if (retryAfterMs !== null) this.#backoff.retryAfter(retryAfterMs);
    this.#mustWait = retryAfterMs !== null;
    if (code !== UNAUTHORIZED) return retry ? this.#wait(error) : this.#enter('refused', error);
    const isAboutReader = refused.length === 0 || isDenied(refused);
    if (isAboutReader && !this.#isSecondTry && (this.#settings.token || wasUp)) {
      this.#isSecondTry = this.#needsRenewal = true;
      return this.#wait(error);
    }
    this.#isSecondTry = false;
    this.#enter(isAboutReader ? 'unauthorized' : 'idle', error);
    for (const { topic, reason } of refused) this.#deny([topic], reason);
    // Without those topics, the others may be granted.
    if (refused.length > 0 && this.#topics.due.size > 0) this.#wait(error);
  }

  #wait(error: ConnectionFault): void {
    const delayMs = this.#backoff.next();
    this.#set('retry', delayMs, () => this.#open());
    const nextTryAt = this.#settings.clock.now() + delayMs;
    this.#enter('waiting', error, { attempt: this.#state.attempt + 1, nextTryAt });
  }

  #enter(
    phase: SourceState['phase'],
    error: ConnectionFault | null = null,
    more?: Partial<SourceState>,
  ): void {
    const attempt = phase === 'up' || phase === 'idle' ? 0 : this.#state.attempt;
    this.#state = { ...IDLE, phase, attempt, error, ...more };
    this.#host.state(this.#state);
  }

  /** Ends the connection, or the try to open one, and clears its timers. */
  #disconnect(isReplaced = false): void {
    this.#attempt = undefined;
    this.#isWelcome = this.#mustWait = false;
    this.#expiresAt = Infinity;
    for (const timer of Object.values(this.#timers)) timer.clear();
    this.#topics.busy.clear();
    this.#batches.clear();
    // While a connection is replaced, the watchdog continues: the next sign of life is due at the same time.
    if (!isReplaced) this.#watchdog.stop();
    this.#connection?.close();
    this.#connection = undefined;
  }
}

const isDenied = (refused: readonly RefusedTopic[]): boolean =>
  refused.some(({ reason }) => reason === 'denied');
