import { CloseCode } from '../../protocol/close-codes.js';
import type { EndReason, GrantedTopic, ServerMessage } from '../../protocol/server-messages.js';
import { parseTopic, type Topic, type TopicParts } from '../../protocol/topic.js';
import type { AddressQuota } from '../admission/address-quota.js';
import type { Identity } from '../admission/authenticator.js';
import { REFUSALS } from '../admission/refusal.js';
import type { SecurityEventType } from '../admission/security-events.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import type { Connection } from '../wire/connection.js';
import { snapshotHead } from '../wire/message-head.js';
import { Credentials } from './credentials.js';
import type { ReaderContext, ReaderOrigin } from './reader-context.js';
import type { ResumeOffsets } from './resume-offset.js';
import type { SubscriptionRequest } from './subscription-request.js';
import { SubscriptionRequests } from './subscription-requests.js';
import { Subscriptions } from './subscriptions.js';

/** One reader: its credentials, its subscriptions and the messages that it receives. */
export class Reader {
  readonly #context: ReaderContext;
  readonly #quota: AddressQuota;
  readonly #address: string | undefined;
  readonly #credentials: Credentials;
  readonly #subscriptions: Subscriptions;
  readonly #requests: SubscriptionRequests;
  #connection: Connection | undefined;
  #hasLeft = false;
  #hadTopic = false;

  constructor(context: ReaderContext, { request, address, quota, identity }: ReaderOrigin) {
    this.#context = context;
    this.#address = address;
    this.#quota = quota;
    this.#credentials = new Credentials(context, request, identity);
    this.#subscriptions = new Subscriptions(context, quota, () => this.expire());
    this.#requests = new SubscriptionRequests({
      context,
      credentials: this.#credentials,
      subscriptions: this.#subscriptions,
      quota,
      onLimit: (limit) => this.report('limit', limit),
    });
  }

  /** The GET or handshake, with the newest credentials. */
  get request(): Request {
    return this.#credentials.request;
  }

  /** What its address counts as for limits; empty if the address is unknown. */
  get network(): string {
    return this.#quota.network;
  }

  /** Who it is; `null` until that is known. */
  get identity(): Identity | null {
    return this.#credentials.identity;
  }

  /** Topics that it has, including those that are being checked again. */
  get size(): number {
    return this.#subscriptions.size;
  }

  /** Whether it was granted a topic, now or earlier. */
  get hadTopic(): boolean {
    return this.#hadTopic;
  }

  /** When the first of its grants ends, ms since 1970. */
  get expiresAt(): number {
    return this.#subscriptions.expiresAt;
  }

  /** Sends to a connection from now on. */
  attach(connection: Connection): void {
    this.#connection = connection;
    this.#subscriptions.attach(connection);
  }

  /** Requests topics. To be followed by `admit` or `drop`. Never rejects. */
  requestTopics(wanted: readonly Topic[]): Promise<SubscriptionRequest> {
    return this.#requests.request(wanted);
  }

  /** Drops a request, with what it holds. */
  drop(request: SubscriptionRequest): void {
    this.#requests.drop(request);
  }

  /** Subscribes to what a request was granted, and answers it with the values that the reader does not have. */
  admit(request: SubscriptionRequest, heldOf: ResumeOffsets, requestNumber?: number): void {
    request.dropInvalid();
    if (!this.#isOpen) return this.drop(request);
    const granted = this.#enter(request, heldOf);
    this.#hadTopic ||= this.size > 0;
    this.#sendSnapshot(requestNumber, granted, request);
  }

  /** Ends subscriptions because the reader wants so. */
  unsubscribe(keys: readonly Topic[]): void {
    this.#subscriptions.remove(keys);
  }

  /** Ends subscriptions and says so. Ends the connection as well if no topic is left for lack of authorization. */
  end(keys: readonly Topic[], reason: EndReason): void {
    const ended = this.#subscriptions.remove(keys);
    if (ended.length === 0) return;
    this.#send({ type: 'ended', serverTime: this.#context.clock.now(), topics: ended, reason });
    if (this.size === 0 && (reason === 'expired' || reason === 'revoked')) {
      this.#connection?.close(CloseCode.UNAUTHORIZED, `The authorization of every topic was ${reason}.`);
    }
  }

  /** Ends a topic that no longer exists. */
  topicRemoved(topic: FollowedTopic): void {
    if (this.#subscriptions.includes(topic)) this.end([topic.key as Topic], 'removed');
  }

  /** Revokes matching topics. @returns How many. */
  revoke(matches: (topic: TopicParts) => boolean): number {
    const keys = this.#subscriptions.keys().filter((key) => matches(parseTopic(key)!));
    if (keys.length > 0) this.report('revoked', keys.length === 1 ? keys[0]! : `${keys.length} topics`);
    this.end(keys, 'revoked');
    return keys.length;
  }

  /** Ends the connection because the application wants so. */
  disconnect(): void {
    this.report('revoked', 'disconnected');
    this.#connection?.close(CloseCode.UNAUTHORIZED, 'This reader was disconnected.');
  }

  /** Takes newer credentials, and checks every grant with them. */
  async authenticate(credentials: Request, requestNumber?: number): Promise<void> {
    const identified = await this.#context.authenticator.identify(credentials);
    if (!this.#isOpen) return;
    const known = this.identity;
    if (identified === 'busy') {
      // A known reader keeps its grants until they expire.
      if (known) return this.#confirm(known.subject, requestNumber);
      const { code, reason } = REFUSALS.credentialsUnchecked;
      return this.#connection!.close(code, reason);
    }
    if (!identified) return this.#reject('The credentials are not accepted.');
    const { subject } = identified;
    if (known && known.subject !== subject) {
      return this.#reject('The subject of a connection does not change: open another connection.');
    }
    this.#credentials.replace(credentials, identified);
    await this.#recheckAll();
    if (this.#isOpen) this.#confirm(subject, requestNumber);
  }

  /** Checks every grant again, and sends nothing before: a revocation may have been missed. */
  recheck(): void {
    void this.#recheckAll();
  }

  /** Stops expired topics before something is sent. */
  expire(): void {
    const expired = this.#subscriptions.expiredKeys();
    this.#subscriptions.watchExpiry();
    void this.#recheck(expired, 'expired');
  }

  /** Releases everything: the connection is over, or was never opened. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#subscriptions.end();
    // Including the room for its topics.
    this.#quota.release();
  }

  /** Reports a security event about this reader. */
  report(type: SecurityEventType, detail: string): void {
    const subject = this.identity?.subject ?? null;
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

  #reject(reason: string): void {
    this.recordViolation('unauthenticated', reason);
    this.#connection!.close(CloseCode.UNAUTHORIZED, reason);
  }

  /** Answers `auth`. */
  #confirm(subject: string, requestNumber: number | undefined): void {
    this.#send({
      type: 'authenticated',
      ...(requestNumber !== undefined && { request: requestNumber }),
      serverTime: this.#context.clock.now(),
      subject,
      granted: this.#subscriptions.granted(),
    });
  }

  #recheckAll(): Promise<void> {
    this.#requests.invalidateAnswers();
    return this.#recheck(this.#subscriptions.activeKeys(), 'revoked');
  }

  // From now on nothing of these topics is sent, until the application has granted them again.
  async #recheck(keys: readonly Topic[], reason: 'expired' | 'revoked'): Promise<void> {
    if (keys.length === 0 || !this.#isOpen) return;
    const subscriptions = this.#subscriptions;
    subscriptions.pause(keys);
    const request = await this.requestTopics(keys);
    request.dropInvalid();
    if (!this.#isOpen) return this.drop(request);
    // Topics that were unsubscribed, revoked or granted anew meanwhile are settled.
    request.keep((key) => subscriptions.isPaused(key));
    const unchecked = request.refused.filter((each) => each.reason === 'busy').map(({ topic }) => topic);
    const ended = request.refused.filter((each) => each.reason !== 'busy').map(({ topic }) => topic);
    const continued = this.#context.whileUnchecked === 'continue' ? unchecked : [];
    if (continued.length === 0) this.end(unchecked, 'busy');
    this.end(ended, reason);
    const granted = this.#enter(request, (key) => subscriptions.heldOf(key));
    granted.push(...subscriptions.continue(continued));
    if (granted.length > 0 && this.#isOpen) this.#sendSnapshot(undefined, granted);
  }

  #enter(request: SubscriptionRequest, heldOf: ResumeOffsets): GrantedTopic[] {
    this.#requests.settle(request);
    return this.#subscriptions.enter(request, heldOf);
  }

  #sendSnapshot(
    requestNumber: number | undefined,
    granted: readonly GrantedTopic[],
    { refused }: Pick<SubscriptionRequest, 'refused'> = { refused: [] },
  ): void {
    const connection = this.#connection!;
    connection.catchUp(snapshotHead(this.#context.clock.now(), requestNumber, granted, refused));
    if (connection.unsent.size > 0) this.#context.requestCatchUp(connection);
  }

  #send(message: ServerMessage): void {
    this.#connection?.send(JSON.stringify(message));
  }
}
