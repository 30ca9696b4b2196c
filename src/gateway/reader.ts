import { timerDelay, type Clock, type Timer } from '../core/clock.js';
import { CloseCode } from '../protocol/close-codes.js';
import type { EndReason, GrantedTopic, RefusedTopic, ServerMessage } from '../protocol/server-messages.js';
import type { StreamPosition } from '../protocol/stream-position.js';
import { parseTopic, type Topic, type TopicParts } from '../protocol/topic.js';
import type { AddressShare } from './addresses.js';
import type { Audiences } from './audiences.js';
import type { Authenticator, Identified, Identity } from './authenticator.js';
import type { Authorizer } from './authorizer.js';
import { Claim } from './claim.js';
import type { Connection, Head } from './connection.js';
import type { FollowedTopic } from './followed-topic.js';
import type { FollowedTopics } from './followed-topics.js';
import { Fragment } from './fragment.js';
import type { GatewayOptions, SetLimits } from './gateway-options.js';
import { grantOf, Grants } from './grants.js';
import type { HeldOf } from './held-of.js';
import { RateLimit } from './rate-limit.js';
import type { SecurityEventType, SecurityLog } from './security-events.js';
import { WorkCost, type WorkScheduler } from './work-scheduler.js';

/** What readers share. */
export interface Hub {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly security: SecurityLog;
  readonly topics: FollowedTopics;
  readonly audiences: Audiences;
  /** The topic that every connection has. */
  readonly status: FollowedTopic;
  /** Claims that are not settled, for whoever revokes. */
  readonly claims: Set<Claim>;
  /** Of all work that readers cause. */
  readonly scheduler: WorkScheduler;
  readonly clock: Clock;
  readonly limits: SetLimits;
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
  behind(connection: Connection): void;
}

/** Where a reader comes from, and who it is as far as is known. */
export interface ReaderOrigin {
  /** The GET, or the handshake. */
  readonly request: Request;
  readonly address: string | undefined;
  readonly share: AddressShare;
  /** `null` until an `auth` message names the subject. */
  readonly identity: Identity | null;
}

/** A topic whose authorisation is being checked again, and what the reader has of it. */
interface Suspended {
  readonly topic: FollowedTopic;
  readonly held: number;
}

/** With `whileUnchecked: 'continue'`: how long a grant that could not be checked goes on before it is checked again, ms. */
const UNCHECKED_MS = 5000;

/** One reader: who it is, what it is subscribed to, and until when. */
export class Reader {
  readonly #hub: Hub;
  readonly #share: AddressShare;
  readonly #address: string | undefined;
  readonly #questions: RateLimit;
  #request: Request;
  #identity: Identity | null;
  #connection: Connection | undefined;
  readonly #grants = new Grants();
  readonly #suspended = new Map<Topic, Suspended>();
  /** Under way. */
  readonly #claims = new Set<Claim>();
  #expiry: Timer | undefined;
  #hasLeft = false;
  /** When the first of its grants ends, ms since 1970. */
  expiresAt = Infinity;

  constructor(hub: Hub, { request, address, share, identity }: ReaderOrigin) {
    this.#hub = hub;
    this.#request = request;
    this.#address = address;
    this.#share = share;
    this.#identity = identity;
    const { authorizationsPerSecond } = hub.limits;
    this.#questions = new RateLimit(
      authorizationsPerSecond,
      hub.clock.monotonic(),
      4 * authorizationsPerSecond,
    );
  }

  /** The GET or handshake, with the newest credentials. */
  get request(): Request {
    return this.#request;
  }

  /** What its address counts as; empty where none is known. */
  get network(): string {
    return this.#share.network;
  }

  /** Who it is; `null` until that is known. */
  get identity(): Identity | null {
    return this.#identity;
  }

  /** Topics that it has, or is being checked for. */
  get size(): number {
    return this.#grants.size + this.#suspended.size;
  }

  /** Its wire, once there is one. */
  attach(connection: Connection): void {
    this.#connection = connection;
    this.#place();
  }

  /** Asks for topics. To be followed by `admit` or `drop`. Never rejects. */
  async claim(wanted: readonly Topic[]): Promise<Claim> {
    const { topics, authorizer, limits, claims, scheduler, clock } = this.#hub;
    const turn = scheduler.take(WorkCost.topic * wanted.length, this.network);
    if (turn) await turn;
    const current = this.#isExpired ? this.#identifyAgain() : this.#identity;
    const identified = current instanceof Promise ? await current : current;
    const keys = [...new Set(wanted)];
    if (identified === null || identified === 'busy') return this.#refusedClaim(keys, identified);
    const fresh = keys.filter((key) => !this.#grants.has(key) && !this.#suspended.has(key));
    const wanting = Math.min(fresh.length, Math.max(0, limits.topics - this.size));
    const room = this.#share.takeTopics(wanting);
    if (wanting < fresh.length) this.report('limit', 'topics');
    if (room < wanting) this.report('limit', 'topicsPerAddress');
    const tooMany = new Set(fresh.slice(room));
    const fitting = keys.filter((key) => !tooMany.has(key));
    const asked = fitting.slice(0, this.#questions.takeSome(fitting.length, clock.monotonic()));
    if (asked.length < fitting.length) this.report('limit', 'authorizationsPerSecond');
    const claim = new Claim(asked, new Set(fresh.slice(0, room)), identified, topics, authorizer, () =>
      clock.now(),
    );
    claims.add(claim);
    this.#claims.add(claim);
    await claim.settle();
    if (claim.refused.some(({ reason }) => reason === 'limit')) this.report('limit', 'followedTopics');
    claim.refuse([...tooMany].map((topic): RefusedTopic => ({ topic, reason: 'limit' })));
    claim.refuse(fitting.slice(asked.length).map((topic): RefusedTopic => ({ topic, reason: 'busy' })));
    return claim;
  }

  /** Gives a claim up. */
  drop(claim: Claim): void {
    this.#forget(claim);
    claim.release();
    this.#share.returnTopics(claim.room);
  }

  /** Takes what a claim was granted, and says so with the values that the reader does not have. */
  admit(claim: Claim, heldOf: HeldOf, request?: number): void {
    claim.sift();
    if (!this.#isOpen) return this.drop(claim);
    const granted = this.#enter(claim, heldOf);
    this.#tell(snapshotHead(this.#hub.clock.now(), request, granted, claim.refused));
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
    this.#say({ type: 'ended', serverTime: this.#hub.clock.now(), topics: ended, reason });
    if (this.size === 0 && (reason === 'expired' || reason === 'revoked')) {
      this.#connection?.close(CloseCode.UNAUTHORIZED, `The authorisation of every topic was ${reason}.`);
    }
  }

  /** Ends a topic of which there is nothing more. */
  gone(topic: FollowedTopic): void {
    const key = topic.key as Topic;
    if (this.#grants.get(key)?.topic === topic || this.#suspended.get(key)?.topic === topic) {
      this.end([key], 'removed');
    }
  }

  /** Takes back what matches. @returns how many topics. */
  revoke(matches: (topic: TopicParts) => boolean): number {
    const keys = [...this.#grants.keys(), ...this.#suspended.keys()].filter((key) =>
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
    const { authenticator } = this.#hub;
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
    for (const claim of this.#claims) claim.doubt();
    await this.#recheck([...this.#grants.keys()], 'revoked');
    if (this.#isOpen) this.#authenticated(request);
  }

  /** Checks every grant again, and sends nothing of it before: a revocation may have been missed. */
  recheck(): void {
    for (const claim of this.#claims) claim.doubt();
    void this.#recheck([...this.#grants.keys()], 'revoked');
  }

  /** Stops what has expired, before something is sent. */
  expire(): void {
    const now = this.#hub.clock.now();
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
    for (const held of [this.#grants, this.#suspended]) {
      for (const { topic } of held.values()) this.#hub.topics.release(topic);
    }
    this.#grants.clear();
    this.#suspended.clear();
    if (this.#connection) this.#hub.audiences.remove(this.#connection);
    // With all its topics.
    this.#share.leave();
  }

  /** Reports a security event about this reader. */
  report(type: SecurityEventType, detail: string): void {
    const subject = this.#identity?.subject ?? null;
    this.#hub.security.report(type, { address: this.#address, subject }, detail);
  }

  /** Reports that it has broken a rule, which counts against its address. */
  violated(type: SecurityEventType, detail: string): void {
    this.report(type, detail);
    this.#share.violated();
  }

  get #isOpen(): boolean {
    return !this.#hasLeft && this.#connection?.isOpen === true;
  }

  get #isExpired(): boolean {
    const expiresAt = this.#identity?.expiresAt ?? null;
    return expiresAt !== null && expiresAt <= this.#hub.clock.now();
  }

  /** Asks once more who sends the request: a session may have been extended. The subject stays the same. */
  async #identifyAgain(): Promise<Identified> {
    const known = this.#identity!;
    const identified = await this.#hub.authenticator.identify(this.#request);
    if (identified === 'busy' || identified === null) {
      if (identified === 'busy' && this.#hub.whileUnchecked === 'continue') return known;
      return identified;
    }
    if (identified.subject !== known.subject) return null;
    this.#identity = identified;
    return identified;
  }

  #reject(reason: string): void {
    this.violated('unauthenticated', reason);
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
    this.#say({ type: 'authenticated', ...answerTo, serverTime: this.#hub.clock.now(), subject, granted });
  }

  /** A claim that is refused whole, for want of a subject. */
  #refusedClaim(keys: readonly Topic[], identified: null | 'busy'): Claim {
    const { topics, authorizer, clock } = this.#hub;
    const nobody: Identity = { subject: '', expiresAt: null, context: undefined };
    const claim = new Claim([], new Set(), nobody, topics, authorizer, () => clock.now());
    claim.refuse(keys.map((topic): RefusedTopic => ({ topic, reason: identified ?? 'denied' })));
    return claim;
  }

  // From now on nothing of these topics is sent, until the application has said yes once more.
  async #recheck(keys: readonly Topic[], reason: 'expired' | 'revoked'): Promise<void> {
    if (keys.length === 0 || !this.#isOpen) return;
    for (const key of keys) {
      const grant = this.#grants.get(key);
      if (!grant) continue;
      this.#suspended.set(key, { topic: grant.topic, held: this.#connection!.owed.drop(grant.topic) });
      this.#grants.delete(key);
    }
    this.#place();
    this.#watchExpiry();
    const claim = await this.claim(keys);
    claim.sift();
    if (!this.#isOpen) return this.drop(claim);
    // What was unsubscribed, revoked or granted anew meanwhile is settled.
    claim.keep((key) => this.#suspended.has(key));
    const unchecked = claim.refused.filter((each) => each.reason === 'busy').map(({ topic }) => topic);
    const ended = claim.refused.filter((each) => each.reason !== 'busy').map(({ topic }) => topic);
    const continued = this.#hub.whileUnchecked === 'continue' ? unchecked : [];
    if (continued.length === 0) this.end(unchecked, 'busy');
    this.end(ended, reason);
    const granted = this.#enter(claim, (key) => this.#suspended.get(key)!.held);
    granted.push(...this.#continue(continued));
    if (granted.length > 0 && this.#isOpen) {
      this.#tell(snapshotHead(this.#hub.clock.now(), undefined, granted, []));
    }
  }

  /** Lets topics go on for a while that could not be checked. */
  #continue(keys: readonly Topic[]): GrantedTopic[] {
    const expiresAt = this.#hub.clock.now() + UNCHECKED_MS;
    const continued = keys.flatMap((key): GrantedTopic[] => {
      const suspended = this.#suspended.get(key);
      if (!suspended) return [];
      this.#suspended.delete(key);
      this.#grants.set(grantOf(suspended.topic, expiresAt));
      if (suspended.topic.changedAt > suspended.held) {
        this.#connection!.owed.add(suspended.topic, suspended.held);
      }
      return [{ topic: key, recovered: true, expiresAt }];
    });
    if (continued.length > 0) {
      this.#place();
      this.#watchExpiry();
    }
    return continued;
  }

  #forget(claim: Claim): void {
    this.#hub.claims.delete(claim);
    this.#claims.delete(claim);
  }

  #enter(claim: Claim, heldOf: HeldOf): GrantedTopic[] {
    this.#forget(claim);
    let fresh = 0;
    const granted = claim.granted.map((grant): GrantedTopic => {
      const { key, topic, expiresAt } = grant;
      const suspended = this.#suspended.get(key);
      const known = this.#grants.get(key) ?? suspended;
      // One hold is enough, and the room is taken.
      if (known) this.#hub.topics.release(topic);
      else fresh++;
      const held = heldOf(key);
      this.#suspended.delete(key);
      this.#grants.set(grant);
      const recovered = held !== null && held >= topic.since;
      if (!recovered) this.#connection!.owed.add(topic, -1);
      else if (topic.changedAt > held) this.#connection!.owed.add(topic, held);
      return { topic: key, recovered, expiresAt };
    });
    this.#share.returnTopics(claim.room - fresh);
    this.#place();
    this.#watchExpiry();
    return granted;
  }

  /** Whether there was such a topic. */
  #leaveTopic(key: Topic): boolean {
    const left = this.#grants.get(key) ?? this.#suspended.get(key);
    if (!left) return false;
    if (this.#grants.delete(key)) this.#connection?.owed.drop(left.topic);
    this.#suspended.delete(key);
    this.#hub.topics.release(left.topic);
    this.#share.returnTopics(1);
    return true;
  }

  #place(): void {
    if (!this.#connection || this.#hasLeft) return;
    const topics = [...this.#grants.values()].map(({ topic }) => topic);
    const audience = this.#hub.audiences.place(this.#connection, [this.#hub.status, ...topics]);
    this.#grants.share(audience);
  }

  #watchExpiry(): void {
    this.#expiry?.clear();
    this.#expiry = undefined;
    // A connection that is closing sends nothing: there is nothing to be checked again.
    this.expiresAt = this.#isOpen ? this.#grants.nextExpiry : Infinity;
    if (this.expiresAt === Infinity) return;
    const { clock, expiries } = this.#hub;
    expiries.next = Math.min(expiries.next, this.expiresAt);
    const delayMs = Math.max(0, this.expiresAt - clock.now());
    this.#expiry = clock.setTimer(() => this.expire(), timerDelay(delayMs));
  }

  #tell(head: Head): void {
    this.#connection!.catchUp(head);
    if (this.#connection!.owed.size > 0) this.#hub.behind(this.#connection!);
  }

  #say(message: ServerMessage): void {
    this.#connection?.say(JSON.stringify(message));
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
