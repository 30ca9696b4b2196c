import { timerDelay, type Timer } from '../../core/clock.js';
import type {
  EndReason,
  GrantedTopic,
  RefusalReason,
  RefusedTopic,
  ServerMessage,
  WelcomeMessage,
} from '../../protocol/server-messages.js';
import type { Topic } from '../../protocol/topic.js';
import { Backoff } from '../../core/backoff.js';
import { TopicStates } from '../topics/topic-states.js';
import type { ConnectionFault } from './connection-snapshot.js';
import {
  UNAUTHORIZED,
  connectionLost,
  unauthorized,
  type ConnectionEnd,
  type GatewayConnection,
} from './gateway-connection.js';
import { HeartbeatWatchdog } from './heartbeat-watchdog.js';
import { silenceOf } from './page-causes.js';
import { TokenFetch } from './token-fetch.js';
import { ValueBatches } from './value-batches.js';
import {
  IDLE,
  isVerdict,
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
/** An authorization is renewed after this share of its life. */
const RENEW_AT = 0.8;
type TimerName = 'deadline' | 'retry' | 'replace' | 'renew';

/** Keeps one connection to the gateway up while topics are wanted. Each connection resumes where the last one ended. */
export class GatewayLink implements LiveSource {
  readonly hasOthers = false;
  readonly #settings: LiveSourceSettings;
  readonly #host: LiveSourceHost;
  readonly #backoff: Backoff;
  readonly #watchdog: HeartbeatWatchdog;
  readonly #batches: ValueBatches;
  readonly #topics: TopicStates;
  readonly #timers: Partial<Record<TimerName, Timer>> = {};
  #state = IDLE;
  #isOn = false;
  /** Fetches the token of the next connection, while the current one stays open. */
  readonly #token: TokenFetch;
  #connection: GatewayConnection | undefined;
  #isWelcome = false;
  #hasAnswered = false;
  #mustWait = false;
  #isSecondTry = false;
  /** A token was sent over the open connection. */
  #isAuthenticating = false;
  #openedAt = -Infinity;
  #expiresAt = Infinity;

  constructor(settings: LiveSourceSettings, host: LiveSourceHost) {
    const { clock, random } = settings;
    this.#settings = settings;
    this.#host = host;
    this.#topics = new TopicStates(clock, random, () => this.#sync());
    this.#token = new TokenFetch(settings.token);
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
      this.#topics.resume();
      this.#enter('up');
      this.#sync();
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
    this.#disconnect();
    this.#topics.reset();
    this.#token.needsRenewal = true;
    this.#enter('idle');
    this.#sync();
  }

  /** Makes the connection match the wanted topics. */
  #sync(): void {
    const topics = this.#topics;
    const { phase } = this.#state;
    if (!this.#isOn || !topics.isAnyDue) {
      this.#disconnect();
      if (this.#isOn) topics.watch();
      else topics.pause();
      // A verdict stays, whether nobody looks or nothing is left to ask for.
      if (phase !== 'idle' && !isVerdict(phase)) this.#enter('idle');
      return;
    }
    const { toRequest, toRelease } = topics;
    if (phase === 'idle' || (isVerdict(phase) && toRequest.length > 0)) {
      topics.resume();
      return this.#open();
    }
    const isSame = toRequest.length + toRelease.length === 0;
    if (!this.#isWelcome || isSame) return;
    const { change } = this.#connection!;
    if (change) {
      topics.requested(toRequest);
      topics.released();
      return change(toRequest, toRelease);
    }
    const pause = this.#openedAt + REPLACE_PAUSE_MS - this.#settings.clock.monotonic();
    const delayMs = toRequest.length > 0 ? Math.max(0, pause) : SURPLUS_MS;
    this.#set('replace', delayMs, () => this.#open());
  }

  #set(name: TimerName, delayMs: number, callback: () => void): void {
    this.#timers[name]?.clear();
    this.#timers[name] = this.#settings.clock.setTimer(callback, timerDelay(delayMs));
  }

  /** Fetches a token, and then opens a connection. The current one delivers until then. */
  #open(): void {
    if (this.#token.isPending) return;
    this.#timers.retry?.clear();
    this.#timers.replace?.clear();
    // Requesting refused topics again does not change the shown state.
    if (!this.#connection && this.#state.phase !== 'unauthorized') this.#enter('opening', this.#state.error);
    this.#expectAnswer();
    this.#token.start(
      (token) => this.#use(token),
      (why) => this.#noToken(why),
    );
  }

  #expectAnswer(): void {
    this.#set('deadline', this.#settings.openTimeoutMs, () => this.#late());
  }

  /** What was waited for did not come in time. */
  #late(): void {
    const { openTimeoutMs, url } = this.#settings;
    if (this.#isAuthenticating) return this.#unchangeable();
    if (this.#token.isPending)
      return this.#noToken(`The token function has not answered within ${openTimeoutMs} ms.`);
    const { cause, hint } = silenceOf(url, this.#hasAnswered);
    const message = `The gateway has not answered within ${openTimeoutMs} ms.${hint}`;
    this.#ended(connectionLost(message, null, cause));
  }

  /** The token could not be fetched. An open connection is kept until the gateway ends it. */
  #noToken(message: string): void {
    this.#token.cancel();
    if (!this.#connection) return this.#ended(connectionLost(message));
    this.#timers.deadline?.clear();
    this.#enter(this.#state.phase, { code: null, message, cause: null });
    this.#set('renew', this.#backoff.next(), () => this.#open());
  }

  #use(token: string | null): void {
    const { authenticate } = this.#connection ?? {};
    const isOnlyToken = this.#token.needsRenewal && this.#topics.toRequest.length === 0;
    this.#token.needsRenewal = false;
    if (token === null || !authenticate || !this.#isWelcome || !isOnlyToken) return this.#connect(token);
    this.#expiresAt = Infinity;
    this.#isAuthenticating = true;
    authenticate(token);
  }

  #connect(token: string | null): void {
    const { store } = this.#host;
    // The old connection is closed first, so that nothing can arrive twice or out of order.
    this.#disconnect(this.#state.phase === 'up');
    this.#openedAt = this.#settings.clock.monotonic();
    this.#expectAnswer();
    const { position } = store;
    const { due } = this.#topics;
    const isHeld = (topic: Topic): boolean => position !== null && store.get(topic)?.isHeld === true;
    const held = due.filter(isHeld);
    const added = due.filter((topic) => !isHeld(topic));
    this.#topics.requested(due);
    let isOver = false;
    let connection: GatewayConnection | undefined = undefined;
    // Events that come before `connect` returns are those of this connection, too.
    const isCurrent = (): boolean => !isOver && (!connection || connection === this.#connection);
    connection = this.#settings.connect(
      { token, held, added, position },
      {
        message: (message) => isCurrent() && this.#receive(message),
        alive: () => isCurrent() && this.#watchdog.received(),
        answered: () => isCurrent() && (this.#hasAnswered = true),
        unchangeable: () => isCurrent() && this.#unchangeable(),
        ended: (end) => {
          if (isCurrent()) this.#ended(end);
          isOver = true;
        },
      },
    );
    if (!isOver) this.#connection = connection;
    this.#topics.watch();
  }

  #unchangeable(): void {
    this.#connection!.change = this.#connection!.authenticate = undefined;
    this.#topics.unanswered();
    if (!this.#isAuthenticating) return this.#sync();
    this.#isAuthenticating = false;
    this.#token.needsRenewal = true;
    this.#open();
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
      case 'authenticated':
        this.#isAuthenticating = false;
        return this.#granted(message.granted);
      case 'update':
        return this.#take(message);
      case 'ended':
        if (message.reason === 'expired') return this.#ended(unauthorized('The authorization has expired.'));
        this.#deny(message.topics.map((topic) => ({ topic, reason: message.reason })));
        return this.#sync();
      default:
    }
  }

  #take(message: ServerMessage & { type: 'snapshot' | 'update' }): void {
    if (message.status) this.#host.feed(message.status);
    this.#batches.push(message, message.position);
  }

  #answered(message: ServerMessage & { type: 'snapshot' }): void {
    const { granted, refused } = message;
    if (this.#state.phase !== 'up' && granted.length === 0 && isDenied(refused)) {
      return this.#ended({ ...unauthorized('Nothing was granted.'), refused });
    }
    this.#granted(granted);
    this.#take(message);
    this.#deny(refused);
    this.#sync();
  }

  #granted(granted: readonly GrantedTopic[]): void {
    if (!this.#token.isPending) this.#timers.deadline?.clear();
    this.#topics.granted(granted.map(({ topic }) => topic));
    for (const { expiresAt } of granted) if (expiresAt !== null) this.#renewBefore(expiresAt);
  }

  #deny(refused: ReadonlyArray<{ readonly topic: Topic; readonly reason: RefusalReason | EndReason }>): void {
    for (const { topic, reason } of refused)
      if (this.#topics.refused(topic, reason) && reason !== 'busy') this.#host.denied(topic, reason);
    this.#topics.watch();
  }

  #renewBefore(expiresAt: number): void {
    const life = expiresAt - this.#host.serverNow();
    if (life <= 0 || expiresAt >= this.#expiresAt) return;
    this.#expiresAt = expiresAt;
    this.#set('renew', life * RENEW_AT, () => {
      this.#token.needsRenewal = true;
      this.#open();
    });
  }

  #ended({ code, message, cause = null, retry, retryAfterMs, refused }: ConnectionEnd): void {
    const wasUp = this.#state.phase === 'up';
    const error: ConnectionFault = { code, message, cause };
    const isUnauthorized = code === UNAUTHORIZED;
    // A token for the next connection is on its way.
    if (this.#token.isPending && this.#connection && (retry || isUnauthorized)) {
      this.#drop();
      return this.#enter('opening', error);
    }
    this.#disconnect();
    if (retryAfterMs !== null) this.#backoff.retryAfter(retryAfterMs);
    this.#mustWait = retryAfterMs !== null;
    if (!isUnauthorized) return retry ? this.#wait(error) : this.#giveUp('refused', error);
    const isAboutReader = refused.length === 0 || isDenied(refused);
    const wasVerdict = this.#state.phase === 'unauthorized';
    if (isAboutReader && !wasVerdict && !this.#isSecondTry && (this.#settings.token || wasUp)) {
      this.#isSecondTry = this.#token.needsRenewal = true;
      return this.#wait(error);
    }
    this.#isSecondTry = false;
    this.#deny(refused);
    // Without those topics, the others may be granted.
    if (refused.length > 0 && this.#topics.isAnyDue) return this.#wait(error);
    if (isAboutReader) this.#giveUp('unauthorized', error);
    else this.#enter('idle', error);
  }

  /** Tries no more until `reconnect()`, or until another topic is wanted. */
  #giveUp(phase: 'unauthorized' | 'refused', error: ConnectionFault): void {
    this.#topics.giveUp();
    this.#enter(phase, error);
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
    this.#token.cancel();
    for (const name of ['deadline', 'retry', 'replace'] as const) this.#timers[name]?.clear();
    this.#drop(isReplaced);
  }

  /** Ends the connection. */
  #drop(isReplaced = false): void {
    this.#isWelcome = this.#hasAnswered = this.#mustWait = this.#isAuthenticating = false;
    this.#expiresAt = Infinity;
    this.#timers.renew?.clear();
    this.#topics.disconnected();
    this.#batches.clear();
    // While a connection is replaced, the watchdog continues: the next sign of life is due at the same time.
    if (!isReplaced) this.#watchdog.stop();
    this.#connection?.close();
    this.#connection = undefined;
  }
}

const isDenied = (refused: readonly RefusedTopic[]): boolean =>
  refused.some(({ reason }) => reason === 'denied');
