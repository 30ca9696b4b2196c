import { timerDelay, type Clock, type Timer } from '../core/clock.js';
import { CloseCode } from '../protocol/close-codes.js';
import type { EndReason, GrantedTopic, RefusedTopic, ServerMessage } from '../protocol/server-messages.js';
import type { StreamPosition } from '../protocol/stream-position.js';
import { parseTopic, type Topic } from '../protocol/topic.js';
import type { AddressShare } from './addresses.js';
import type { Audiences } from './audiences.js';
import type { Authorizer } from './authorizer.js';
import { Claim } from './claim.js';
import type { Connection, Head } from './connection.js';
import type { FollowedTopic } from './followed-topic.js';
import type { FollowedTopics } from './followed-topics.js';
import { Fragment } from './fragment.js';
import type { SetLimits } from './gateway-options.js';
import { Grants } from './grants.js';
import type { HeldOf } from './held-of.js';
import type { Turns } from './turns.js';

/** What readers share. */
export interface Hub {
  readonly authorizer: Authorizer;
  readonly topics: FollowedTopics;
  readonly audiences: Audiences;
  /** The topic that every connection has. */
  readonly status: FollowedTopic;
  /** Claims that are not settled, for whoever revokes. */
  readonly claims: Set<Claim>;
  /** In which claims are looked at; what is spent is topics. */
  readonly turns: Turns;
  readonly clock: Clock;
  readonly limits: SetLimits;
  /** Names this life of the gateway. */
  readonly epoch: string;
  /** Offset of the newest change. */
  offset(): number;
  /** Where readers are that have everything. */
  position(): StreamPosition;
  /** The connection has something to be sent as soon as there is room. */
  behind(connection: Connection): void;
}

/** A topic whose authorisation is being checked again, and what the reader has of it. */
interface Suspended {
  readonly topic: FollowedTopic;
  readonly held: number;
}

/** One reader: who it is, what it is subscribed to, and until when. */
export class Reader {
  readonly #hub: Hub;
  readonly #share: AddressShare;
  #request: Request;
  #connection: Connection | undefined;
  readonly #grants = new Grants();
  readonly #suspended = new Map<Topic, Suspended>();
  #expiry: Timer | undefined;
  #hasLeft = false;

  constructor(hub: Hub, request: Request, share: AddressShare) {
    this.#hub = hub;
    this.#request = request;
    this.#share = share;
  }

  /** The handshake or GET, with the newest credentials. */
  get request(): Request {
    return this.#request;
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
    const { topics, authorizer, limits, claims, turns } = this.#hub;
    const turn = turns.take(wanted.length);
    if (turn) await turn;
    const keys = [...new Set(wanted)];
    const fresh = keys.filter((key) => !this.#grants.has(key) && !this.#suspended.has(key));
    const room = this.#share.takeTopics(Math.min(fresh.length, Math.max(0, limits.topics - this.size)));
    const tooMany = new Set(fresh.slice(room));
    const asked = keys.filter((key) => !tooMany.has(key));
    const claim = new Claim(asked, room, this.#request, topics, authorizer);
    claims.add(claim);
    await claim.settle();
    claim.refuse([...tooMany].map((topic): RefusedTopic => ({ topic, reason: 'limit' })));
    return claim;
  }

  /** Gives a claim up. */
  drop(claim: Claim): void {
    this.#hub.claims.delete(claim);
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
    if (this.#grants.get(key)?.topic === topic) this.end([key], 'removed');
  }

  /** Takes back what matches. @returns how many topics. */
  revoke(matches: (portfolioId: string) => boolean): number {
    const keys = [...this.#grants.keys(), ...this.#suspended.keys()].filter((key) => {
      const { kind, id } = parseTopic(key)!;
      return kind !== 'price' && matches(id);
    });
    this.end(keys, 'revoked');
    return keys.length;
  }

  /** Takes newer credentials, and checks everything with them. */
  async authenticate(credentials: Request, request?: number): Promise<void> {
    this.#request = credentials;
    const claim = await this.claim([...this.#grants.keys()]);
    claim.sift();
    if (!this.#isOpen) return this.drop(claim);
    // What was unsubscribed or has ended meanwhile stays so.
    claim.keep((key) => this.#grants.has(key));
    for (const { topic, reason } of claim.refused) this.end([topic], reason === 'busy' ? 'busy' : 'revoked');
    const granted = this.#enter(claim, () => this.#hub.offset());
    const answerTo = request === undefined ? {} : { request };
    this.#say({ type: 'authenticated', ...answerTo, serverTime: this.#hub.clock.now(), granted });
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

  get #isOpen(): boolean {
    return !this.#hasLeft && this.#connection?.isOpen === true;
  }

  #enter(claim: Claim, heldOf: HeldOf): GrantedTopic[] {
    this.#hub.claims.delete(claim);
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
    const next = this.#grants.nextExpiry;
    if (next === Infinity || this.#hasLeft) return;
    const { clock } = this.#hub;
    this.#expiry = clock.setTimer(() => this.#expire(), timerDelay(Math.max(0, next - clock.now())));
  }

  // From now on nothing of these topics is sent, until the application has said yes once more.
  #expire(): void {
    const now = this.#hub.clock.now();
    const expired = [...this.#grants.values()].filter(
      ({ expiresAt }) => expiresAt !== null && expiresAt <= now,
    );
    for (const { key, topic } of expired) {
      this.#suspended.set(key, { topic, held: this.#connection!.owed.drop(topic) });
      this.#grants.delete(key);
    }
    this.#place();
    this.#watchExpiry();
    if (expired.length > 0) void this.#renew(expired.map(({ key }) => key));
  }

  async #renew(keys: readonly Topic[]): Promise<void> {
    const claim = await this.claim(keys);
    claim.sift();
    if (!this.#isOpen) return this.drop(claim);
    // What was unsubscribed, revoked or granted anew meanwhile is settled.
    claim.keep((key) => this.#suspended.has(key));
    for (const reason of ['busy', 'expired'] as const) {
      const ended = claim.refused.filter((each) => (each.reason === 'busy' ? 'busy' : 'expired') === reason);
      this.end(
        ended.map(({ topic }) => topic),
        reason,
      );
    }
    const granted = this.#enter(claim, (key) => this.#suspended.get(key)!.held);
    if (granted.length > 0) this.#tell(snapshotHead(this.#hub.clock.now(), undefined, granted, []));
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
