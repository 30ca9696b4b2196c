import { timerDelay, type Clock, type Timer } from '../../core/clock.js';
import { CloseCode } from '../../protocol/close-codes.js';
import type { EndReason, GrantedTopic, RefusedTopic, ServerMessage } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import { parseTopic, type Topic, type TopicParts } from '../../protocol/topic.js';
import type { AddressQuota } from '../admission/addresses.js';
import type { MulticastGroups } from './multicast-groups.js';
import type { Authenticator, Identified, Identity } from '../admission/authenticator.js';
import type { Authorizer } from './authorizer.js';
import { SubscriptionRequest } from './subscription-request.js';
import type { Connection, Head } from '../wire/connection.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import type { FollowedTopics } from '../feeds/followed-topics.js';
import { Fragment } from '../wire/fragment.js';
import type { GatewayOptions, ResolvedLimits } from '../gateway-options.js';
import { grantOf, Grants } from './grants.js';
import type { ResumeOffsets } from './resume-offset.js';
import { RateLimit } from '../admission/rate-limit.js';
import type { SecurityEventType, SecurityLog } from '../admission/security-events.js';
import { WorkCost, type WorkScheduler } from '../admission/work-scheduler.js';

/** What readers share. */
export interface ReaderContext {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly security: SecurityLog;
  readonly topics: FollowedTopics;
  readonly groups: MulticastGroups;
  /** The topic that every connection has. */
  readonly status: FollowedTopic;
  /** Claims that are not settled, for whoever revokes. */
  readonly pendingRequests: Set<SubscriptionRequest>;
  /** Of all work that readers cause. */
  readonly scheduler: WorkScheduler;
  readonly clock: Clock;
  readonly limits: ResolvedLimits;
  readonly whileUnchecked: NonNullable<GatewayOptions['whileUnchecked']>;
  /** When the first grant of any reader ends, or before that; ms since 1970. */
  readonly expiries: { next: number };
  /** Names this life of the gateway. */
  readonly epoch: string;
  /** Offset of the newest change. */
  offset(): number;
  /** Where readers are that have everything. */
  position(): StreamPosition;
  /** The connection has something to be sent as soon as there is room. */
  requestCatchUp(connection: Connection): void;
}

/** Where a reader comes from, and who it is as far as is known. */
export interface ReaderOrigin {
  /** The GET, or the handshake. */
  readonly request: Request;
  readonly address: string | undefined;
  readonly quota: AddressQuota;
  /** `null` until an `auth` message names the subject. */
  readonly identity: Identity | null;
}

/** A topic whose authorization is being checked again, and what the reader has of it. */
interface UncheckedTopic {
  readonly topic: FollowedTopic;
  readonly held: number;
}

/** With `whileUnchecked: 'continue'`: how long a grant that could not be checked goes on before it is checked again, ms. */
const UNCHECKED_MS = 5000;

/** One reader: who it is, what it is subscribed to, and until when. */
export class Reader {
  readonly #context: ReaderContext;
  readonly #quota: AddressQuota;
  readonly #address: string | undefined;
  readonly #authorizationRate: RateLimit;
  #request: Request;
  #identity: Identity | null;
  #connection: Connection | undefined;
  readonly #grants = new Grants();
  readonly #rechecking = new Map<Topic, UncheckedTopic>();
  /** Under way. */
  readonly #pendingRequests = new Set<SubscriptionRequest>();
  #expiry: Timer | undefined;
  #hasLeft = false;
  /** When the first of its grants ends, ms since 1970. */
  expiresAt = Infinity;

  constructor(context: ReaderContext, { request, address, quota, identity }: ReaderOrigin) {
    this.#context = context;
    this.#request = request;
    this.#address = address;
    this.#quota = quota;
    this.#identity = identity;
    const { authorizationsPerSecond } = context.limits;
    this.#authorizationRate = new RateLimit(
      authorizationsPerSecond,
      context.clock.monotonic(),
      4 * authorizationsPerSecond,
    );
  }

  /** The GET or handshake, with the newest credentials. */
  get request(): Request {
    return this.#request;
  }

  /** What its address counts as; empty where none is known. */
  get network(): string {
    return this.#quota.network;
  }

  /** Who it is; `null` until that is known. */
  get identity(): Identity | null {
    return this.#identity;
  }

  /** Topics that it has, or is being checked for. */
  get size(): number {
    return this.#grants.size + this.#rechecking.size;
  }

  /** Its wire, once there is one. */
  attach(connection: Connection): void {
    this.#connection = connection;
    this.#place();
  }

  /** Asks for topics. To be followed by `admit` or `drop`. Never rejects. */
  async requestTopics(wanted: readonly Topic[]): Promise<SubscriptionRequest> {
    const { topics, authorizer, limits, pendingRequests, scheduler, clock } = this.#context;
    const turn = scheduler.take(WorkCost.topic * wanted.length, this.network);
    if (turn) await turn;
    const current = this.#isExpired ? this.#identifyAgain() : this.#identity;
    const identified = current instanceof Promise ? await current : current;
    const keys = [...new Set(wanted)];
    if (identified === null || identified === 'busy') return this.#refuseAll(keys, identified);
    const fresh = keys.filter((key) => !this.#grants.has(key) && !this.#rechecking.has(key));
    const wanting = Math.min(fresh.length, Math.max(0, limits.topics - this.size));
    const room = this.#quota.takeTopics(wanting);
    if (wanting < fresh.length) this.report('limit', 'topics');
    if (room < wanting) this.report('limit', 'topicsPerAddress');
    const tooMany = new Set(fresh.slice(room));
    const fitting = keys.filter((key) => !tooMany.has(key));
    const asked = fitting.slice(0, this.#authorizationRate.takeSome(fitting.length, clock.monotonic()));
    if (asked.length < fitting.length) this.report('limit', 'authorizationsPerSecond');
    const pending = new SubscriptionRequest(
      asked,
      new Set(fresh.slice(0, room)),
      identified,
      topics,
      authorizer,
      () => clock.now(),
    );
    pendingRequests.add(pending);
    this.#pendingRequests.add(pending);
    await pending.authorize();
    if (pending.refused.some(({ reason }) => reason === 'limit')) this.report('limit', 'followedTopics');
    pending.refuse([...tooMany].map((topic): RefusedTopic => ({ topic, reason: 'limit' })));
    pending.refuse(fitting.slice(asked.length).map((topic): RefusedTopic => ({ topic, reason: 'busy' })));
    return pending;
  }

  /** Gives a claim up. */
  drop(pending: SubscriptionRequest): void {
    this.#forget(pending);
    pending.release();
    this.#quota.returnTopics(pending.room);
  }

  /** Takes what a claim was granted, and says so with the values that the reader does not have. */
  admit(pending: SubscriptionRequest, heldOf: ResumeOffsets, request?: number): void {
    pending.dropInvalid();
    if (!this.#isOpen) return this.drop(pending);
    const granted = this.#enter(pending, heldOf);
    this.#sendSnapshot(snapshotHead(this.#context.clock.now(), request, granted, pending.refused));
  }

  /** Ends subscriptions at the reader's wish. */
  unsubscribe(keys: readonly Topic[]): void {
    for (const key of keys) this.#leaveTopic(key);
    this.#place();
  }

  /** Ends subscriptions, says so, and ends the connection when nothing is left for want of credentials. */
  end(keys: readonly Topic[], reason: EndReason): void {
    const ended = keys.filter((key) => this.#leaveTopic(key));
    if (ended.length === 0) return;
    this.#place();
    this.#send({ type: 'ended', serverTime: this.#context.clock.now(), topics: ended, reason });
    if (this.size === 0 && (reason === 'expired' || reason === 'revoked')) {
      this.#connection?.close(CloseCode.UNAUTHORIZED, `The authorization of every topic was ${reason}.`);
    }
  }

  /** Ends a topic of which there is nothing more. */
  topicRemoved(topic: FollowedTopic): void {
    const key = topic.key as Topic;
    if (this.#grants.get(key)?.topic === topic || this.#rechecking.get(key)?.topic === topic) {
      this.end([key], 'removed');
    }
  }

  /** Takes back what matches. @returns how many topics. */
  revoke(matches: (topic: TopicParts) => boolean): number {
    const keys = [...this.#grants.keys(), ...this.#rechecking.keys()].filter((key) =>
      matches(parseTopic(key)!),
    );
    if (keys.length > 0) this.report('revoked', keys.length === 1 ? keys[0]! : `${keys.length} topics`);
    this.end(keys, 'revoked');
    return keys.length;
  }

  /** Ends the connection, at the application's wish. */
  disconnect(): void {
    this.report('revoked', 'disconnected');
    this.#connection?.close(CloseCode.UNAUTHORIZED, 'This reader was disconnected.');
  }

  /** Takes newer credentials, and checks everything with them. */
  async authenticate(credentials: Request, request?: number): Promise<void> {
    const { authenticator } = this.#context;
    const identified = await authenticator.identify(credentials);
    if (!this.#isOpen) return;
    if (identified === 'busy') {
      // Who is known already keeps what is granted until that expires.
      if (this.#identity) return this.#authenticated(request);
      return this.#connection!.close(CloseCode.INTERNAL, 'The credentials could not be checked.');
    }
    if (!identified) return this.#reject('The credentials are not accepted.');
    if (this.#identity && this.#identity.subject !== identified.subject) {
      return this.#reject('The subject of a connection does not change: open another one.');
    }
    this.#identity = identified;
    this.#request = credentials;
    // Answers to questions about the credentials before.
    for (const pending of this.#pendingRequests) pending.invalidateAnswers();
    await this.#recheck([...this.#grants.keys()], 'revoked');
    if (this.#isOpen) this.#authenticated(request);
  }

  /** Checks every grant again, and sends nothing of it before: a revocation may have been missed. */
  recheck(): void {
    for (const pending of this.#pendingRequests) pending.invalidateAnswers();
    void this.#recheck([...this.#grants.keys()], 'revoked');
  }

  /** Stops what has expired, before something is sent. */
  expire(): void {
    const now = this.#context.clock.now();
    const expired = [...this.#grants.values()].filter(
      ({ expiresAt }) => expiresAt !== null && expiresAt <= now,
    );
    this.#watchExpiry();
    if (expired.length > 0)
      void this.#recheck(
        expired.map(({ key }) => key),
        'expired',
      );
  }

  /** Lets go of everything: the connection is over, or never came to be. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#expiry?.clear();
    for (const held of [this.#grants, this.#rechecking]) {
      for (const { topic } of held.values()) this.#context.topics.release(topic);
    }
    this.#grants.clear();
    this.#rechecking.clear();
    if (this.#connection) this.#context.groups.remove(this.#connection);
    // With all its topics.
    this.#quota.release();
  }

  /** Reports a security event about this reader. */
  report(type: SecurityEventType, detail: string): void {
    const subject = this.#identity?.subject ?? null;
    this.#context.security.report(type, { address: this.#address, subject }, detail);
  }

  /** Reports that it has broken a rule, which counts against its address. */
  recordViolation(type: SecurityEventType, detail: string): void {
    this.report(type, detail);
    this.#quota.recordViolation();
  }

  get #isOpen(): boolean {
    return !this.#hasLeft && this.#connection?.isOpen === true;
  }

  get #isExpired(): boolean {
    const expiresAt = this.#identity?.expiresAt ?? null;
    return expiresAt !== null && expiresAt <= this.#context.clock.now();
  }

  /** Asks once more who sends the request: a session may have been extended. The subject stays the same. */
  async #identifyAgain(): Promise<Identified> {
    const known = this.#identity!;
    const identified = await this.#context.authenticator.identify(this.#request);
    if (identified === 'busy' || identified === null) {
      if (identified === 'busy' && this.#context.whileUnchecked === 'continue') return known;
      return identified;
    }
    if (identified.subject !== known.subject) return null;
    this.#identity = identified;
    return identified;
  }

  #reject(reason: string): void {
    this.recordViolation('unauthenticated', reason);
    this.#connection!.close(CloseCode.UNAUTHORIZED, reason);
  }

  #authenticated(request: number | undefined): void {
    const granted = [...this.#grants.values()].map(({ key, expiresAt }): GrantedTopic => ({
      topic: key,
      recovered: true,
      expiresAt,
    }));
    const answerTo = request === undefined ? {} : { request };
    const { subject } = this.#identity!;
    this.#send({
      type: 'authenticated',
      ...answerTo,
      serverTime: this.#context.clock.now(),
      subject,
      granted,
    });
  }

  /** A claim that is refused whole, for want of a subject. */
  #refuseAll(keys: readonly Topic[], identified: null | 'busy'): SubscriptionRequest {
    const { topics, authorizer, clock } = this.#context;
    const nobody: Identity = { subject: '', expiresAt: null, context: undefined };
    const pending = new SubscriptionRequest([], new Set(), nobody, topics, authorizer, () => clock.now());
    pending.refuse(keys.map((topic): RefusedTopic => ({ topic, reason: identified ?? 'denied' })));
    return pending;
  }

  // From now on nothing of these topics is sent, until the application has said yes once more.
  async #recheck(keys: readonly Topic[], reason: 'expired' | 'revoked'): Promise<void> {
    if (keys.length === 0 || !this.#isOpen) return;
    for (const key of keys) {
      const grant = this.#grants.get(key);
      if (!grant) continue;
      this.#rechecking.set(key, { topic: grant.topic, held: this.#connection!.unsent.drop(grant.topic) });
      this.#grants.delete(key);
    }
    this.#place();
    this.#watchExpiry();
    const pending = await this.requestTopics(keys);
    pending.dropInvalid();
    if (!this.#isOpen) return this.drop(pending);
    // What was unsubscribed, revoked or granted anew meanwhile is settled.
    pending.keep((key) => this.#rechecking.has(key));
    const unchecked = pending.refused.filter((each) => each.reason === 'busy').map(({ topic }) => topic);
    const ended = pending.refused.filter((each) => each.reason !== 'busy').map(({ topic }) => topic);
    const continued = this.#context.whileUnchecked === 'continue' ? unchecked : [];
    if (continued.length === 0) this.end(unchecked, 'busy');
    this.end(ended, reason);
    const granted = this.#enter(pending, (key) => this.#rechecking.get(key)!.held);
    granted.push(...this.#continue(continued));
    if (granted.length > 0 && this.#isOpen) {
      this.#sendSnapshot(snapshotHead(this.#context.clock.now(), undefined, granted, []));
    }
  }

  /** Lets topics go on for a while that could not be checked. */
  #continue(keys: readonly Topic[]): GrantedTopic[] {
    const expiresAt = this.#context.clock.now() + UNCHECKED_MS;
    const continued = keys.flatMap((key): GrantedTopic[] => {
      const unchecked = this.#rechecking.get(key);
      if (!unchecked) return [];
      this.#rechecking.delete(key);
      this.#grants.set(grantOf(unchecked.topic, expiresAt));
      if (unchecked.topic.changedAt > unchecked.held) {
        this.#connection!.unsent.add(unchecked.topic, unchecked.held);
      }
      return [{ topic: key, recovered: true, expiresAt }];
    });
    if (continued.length > 0) {
      this.#place();
      this.#watchExpiry();
    }
    return continued;
  }

  #forget(pending: SubscriptionRequest): void {
    this.#context.pendingRequests.delete(pending);
    this.#pendingRequests.delete(pending);
  }

  #enter(pending: SubscriptionRequest, heldOf: ResumeOffsets): GrantedTopic[] {
    this.#forget(pending);
    let fresh = 0;
    const granted = pending.granted.map((grant): GrantedTopic => {
      const { key, topic, expiresAt } = grant;
      const unchecked = this.#rechecking.get(key);
      const known = this.#grants.get(key) ?? unchecked;
      // One hold is enough, and the room is taken.
      if (known) this.#context.topics.release(topic);
      else fresh++;
      const held = heldOf(key);
      this.#rechecking.delete(key);
      this.#grants.set(grant);
      const recovered = held !== null && held >= topic.since;
      if (!recovered) this.#connection!.unsent.add(topic, -1);
      else if (topic.changedAt > held) this.#connection!.unsent.add(topic, held);
      return { topic: key, recovered, expiresAt };
    });
    this.#quota.returnTopics(pending.room - fresh);
    this.#place();
    this.#watchExpiry();
    return granted;
  }

  /** Whether there was such a topic. */
  #leaveTopic(key: Topic): boolean {
    const left = this.#grants.get(key) ?? this.#rechecking.get(key);
    if (!left) return false;
    if (this.#grants.delete(key)) this.#connection?.unsent.drop(left.topic);
    this.#rechecking.delete(key);
    this.#context.topics.release(left.topic);
    this.#quota.returnTopics(1);
    return true;
  }

  #place(): void {
    if (!this.#connection || this.#hasLeft) return;
    const topics = [...this.#grants.values()].map(({ topic }) => topic);
    const group = this.#context.groups.place(this.#connection, [this.#context.status, ...topics]);
    this.#grants.share(group);
  }

  #watchExpiry(): void {
    this.#expiry?.clear();
    this.#expiry = undefined;
    // A connection that is closing sends nothing: there is nothing to be checked again.
    this.expiresAt = this.#isOpen ? this.#grants.nextExpiry : Infinity;
    if (this.expiresAt === Infinity) return;
    const { clock, expiries } = this.#context;
    expiries.next = Math.min(expiries.next, this.expiresAt);
    const delayMs = Math.max(0, this.expiresAt - clock.now());
    this.#expiry = clock.setTimer(() => this.expire(), timerDelay(delayMs));
  }

  #sendSnapshot(head: Head): void {
    this.#connection!.catchUp(head);
    if (this.#connection!.unsent.size > 0) this.#context.requestCatchUp(this.#connection!);
  }

  #send(message: ServerMessage): void {
    this.#connection?.send(JSON.stringify(message));
  }
}

function snapshotHead(
  serverTime: number,
  request: number | undefined,
  granted: readonly GrantedTopic[],
  refused: readonly RefusedTopic[],
): Head {
  const recovered = granted.length > 0 && granted.every((each) => each.recovered);
  const start = request === undefined ? '"type":"snapshot"' : `"type":"snapshot","request":${request}`;
  const lists = new Fragment(
    `,"recovered":${recovered},"granted":${JSON.stringify(granted)},"refused":${JSON.stringify(refused)}`,
  );
  return (position) => [
    new Fragment(
      `{${start},"serverTime":${serverTime}${position === undefined ? '' : `,"position":"${position}"`}`,
    ),
    lists,
  ];
}
