import { setTimeout as pause } from 'node:timers/promises';
import { sleep, systemClock } from '../../../core/clock.js';
import type { KafkaTopicPartition } from '../../../kafka-client/kafka-consumer.js';
import { keyOfPartition } from '../../../kafka-client/topic-questions.js';
import { ClientError, unknownTopic } from '../client-error.js';
import type { GroupMember, JoinOptions, ReadBatch, ReadStart } from '../group-member.js';
import { calling, dropConnections, isTimeout, platformaticError } from './platformatic-error.js';
import { fetchRequest } from './platformatic-fetch-request.js';
import { PlatformaticFetches } from './platformatic-fetches.js';
import type { PlatformaticConsumer, PlatformaticModule } from './platformatic-module.js';

/** Timestamps that ask for the oldest offset, and for that after the newest record. */
export const OLDEST = -2n;
export const NEWEST = -1n;
/** Errors that end the membership. The client does not notice all of them. */
const OVER = /UNKNOWN_MEMBER_ID|FENCED|UNRELEASED|NOT_COORDINATOR|UNSUPPORTED|AUTHORIZATION/;
const STALE_TRIES = 5;
const STALE_WAIT_MS = 100;
const REJOIN_EVERY_MS = 250;
const LEAVE_EVERY_MS = 500;
const LEAVE_TRIES = 240;

/** What {@link PlatformaticMember} needs. */
export interface PlatformaticMemberOptions {
  readonly client: PlatformaticModule;
  /** Options of its consumers, with `groupId` and `groupProtocol`. */
  readonly settings: Record<string, unknown>;
  readonly maxWaitMs: number;
}

/** A member of a group by means of `@platformatic/kafka`: one consumer is in the group, another one reads, so that neither waits for the other. */
export class PlatformaticMember implements GroupMember {
  readonly #group: PlatformaticConsumer;
  readonly #reader: PlatformaticConsumer;
  readonly #fetches: PlatformaticFetches;
  readonly #isSharedByBrokers: boolean;
  readonly #closed = new AbortController();
  #options: JoinOptions | null = null;
  #lastAssignments: unknown = null;
  #isRejoining = false;

  constructor({ client, settings, maxWaitMs }: PlatformaticMemberOptions) {
    this.#isSharedByBrokers = settings.groupProtocol === 'consumer';
    // The group may take as long to answer as it waits for its members.
    const { requestTimeout = 0, rebalanceTimeout = 0 } = settings as Record<string, number>;
    this.#group = new client.Consumer({
      ...settings,
      requestTimeout: requestTimeout + rebalanceTimeout,
    }) as PlatformaticConsumer;
    // It never joins.
    const { groupProtocol: _, ...reading } = settings;
    this.#reader = new client.Consumer(reading) as PlatformaticConsumer;
    this.#fetches = new PlatformaticFetches({
      reader: this.#reader,
      request: fetchRequest(client, this.#reader, maxWaitMs),
      maxWaitMs,
      signal: this.#closed.signal,
      heard: () => this.#options?.handlers.heard(),
      restart: (partitions) => this.#boundsOf(partitions),
    });
  }

  get memberId(): string | null {
    return this.#group.memberId;
  }

  async connect(): Promise<void> {
    await calling(this.#group, () => this.#group.metadata({ topics: [] }));
  }

  async partitionCount(topic: string): Promise<number> {
    const { topics } = await calling(this.#group, () =>
      this.#group.metadata({ topics: [topic], forceUpdate: true }),
    );
    const found = topics.get(topic);
    if (!found) throw unknownTopic(topic);
    return found.partitionsCount;
  }

  async join(options: JoinOptions): Promise<void> {
    const { topics, handlers } = options;
    const isFirst = this.#options === null;
    this.#options = options;
    if (isFirst) this.#listen();
    for (const topic of topics) {
      this.#reader.topics.track(topic);
      if (isFirst) this.#group.topics.track(topic);
    }
    if (!this.#isSharedByBrokers) return void (await calling(this.#group, () => this.#group.joinGroup({})));
    const stream = await calling(this.#group, () =>
      this.#group.consume({ topics: [...topics], mode: 'latest', autocommit: false }),
    );
    // It is not read: without it, the client does not join.
    stream.on('error', () => undefined);
    handlers.heard();
    this.#compareAssignments();
  }

  async startsOf(partitions: readonly KafkaTopicPartition[]): Promise<readonly ReadStart[]> {
    const topics = [...numbersByTopic(partitions)].map(([topic, numbers]) => ({
      topic,
      partitions: numbers,
    }));
    const committed = await calling(this.#reader, () => this.#reader.listCommittedOffsets({ topics }));
    const known = partitions.flatMap((each) => {
      const offset = committed.get(each.topic)?.[each.partition] ?? -1n;
      return offset >= 0n ? [{ ...each, offset }] : [];
    });
    const keys = new Set(known.map(({ topic, partition }) => keyOfPartition(topic, partition)));
    const others = partitions.filter(({ topic, partition }) => !keys.has(keyOfPartition(topic, partition)));
    return [...known, ...(await this.#boundsOf(others))];
  }

  read(starts: readonly ReadStart[]): void {
    this.#fetches.read(starts);
  }

  next(): Promise<readonly ReadBatch[]> {
    return this.#fetches.next();
  }

  async commit(offsets: readonly ReadStart[]): Promise<void> {
    const commits = offsets.map((each) => ({ ...each, leaderEpoch: -1 }));
    for (let tries = 1; ; tries++) {
      try {
        return await calling(this.#group, () => this.#group.commit({ offsets: commits }));
      } catch (error) {
        if (isOver(error)) this.#options?.handlers.lost(error);
        // The next heartbeat brings the epoch.
        const isStale = error instanceof ClientError && error.type === 'STALE_MEMBER_EPOCH';
        if (!isStale || tries >= STALE_TRIES) throw error;
        await sleep(systemClock, STALE_WAIT_MS, this.#closed.signal).catch(() => undefined);
      }
    }
  }

  async close(): Promise<void> {
    this.#options = null;
    this.#closed.abort();
    const closingReader = this.#reader.close(true).catch(() => dropConnections(this.#reader));
    const hasLeft = await this.#leave();
    await closingReader;
    if (!hasLeft) void this.#leaveLater();
  }

  /** Resolves with `false` if no broker answers. The client then stays active, and may join again by itself. */
  async #leave(): Promise<boolean> {
    try {
      // It ends joins that are under way, which close() does not.
      await this.#group.leaveGroup(true);
      await this.#group.close(true);
      return true;
    } catch {
      dropConnections(this.#group);
      return false;
    }
  }

  async #leaveLater(): Promise<void> {
    for (let tries = 1; tries <= LEAVE_TRIES; tries++) {
      await pause(LEAVE_EVERY_MS, undefined, { ref: false });
      if (await this.#leave()) return;
    }
  }

  // A heartbeat that failed is the last one that the client sends: the group would forget the member.
  async #rejoin(): Promise<void> {
    if (this.#isRejoining) return;
    this.#isRejoining = true;
    while (this.#options) {
      try {
        await calling(this.#group, () => this.#group.joinGroup({}));
        break;
      } catch (error) {
        if (isOver(error)) {
          this.#options?.handlers.lost(error);
          break;
        }
        await sleep(systemClock, REJOIN_EVERY_MS, this.#closed.signal).catch(() => undefined);
      }
    }
    this.#isRejoining = false;
  }

  #listen(): void {
    const { handlers } = this.#options!;
    const on = (event: string, listener: (payload: Record<string, unknown>) => void): void => {
      this.#group.on(event, (payload?: unknown) => {
        if (this.#options) listener((payload ?? {}) as Record<string, unknown>);
      });
    };
    this.#reader.on('error', () => undefined);
    this.#group.on('error', (error: unknown) => this.#options && handlers.lost(platformaticError(error)));
    on('consumer:heartbeat:error', ({ error }) => {
      const failure = platformaticError(error);
      if (isOver(failure)) return handlers.lost(failure);
      if (isTimeout(failure)) dropConnections(this.#group);
      if (!this.#isSharedByBrokers) void this.#rejoin();
    });
    on('consumer:heartbeat:end', () => {
      handlers.heard();
      if (this.#isSharedByBrokers) this.#compareAssignments();
    });
    if (this.#isSharedByBrokers) return;
    on('consumer:group:rebalance', () => handlers.rebalancing());
    on('consumer:group:join', ({ assignments }) => handlers.assigned(listed(assignments)));
  }

  // The client has no event for the partitions that the brokers assign.
  #compareAssignments(): void {
    const { assignments } = this.#group;
    if (!this.#options || assignments === this.#lastAssignments) return;
    this.#lastAssignments = assignments;
    const partitions = listed(assignments);
    const { handlers } = this.#options;
    // It does not know yet which topic an id is of, and never asks again.
    if (partitions.some(({ topic }) => topic === undefined))
      return handlers.lost(
        new ClientError({ message: 'the client does not know an assigned topic', retriable: true }),
      );
    handlers.assigned(partitions);
  }

  async #boundsOf(partitions: readonly KafkaTopicPartition[]): Promise<readonly ReadStart[]> {
    if (partitions.length === 0) return [];
    const byTopic = numbersByTopic(partitions);
    const found = await calling(this.#reader, () =>
      this.#reader.listOffsets({
        topics: [...byTopic.keys()],
        partitions: Object.fromEntries(byTopic),
        timestamp: this.#options?.fromBeginning ? OLDEST : NEWEST,
      }),
    );
    return partitions.map((each) => ({ ...each, offset: found.get(each.topic)![each.partition]! }));
  }
}

function isOver(error: unknown): boolean {
  const { type, code } = (error ?? {}) as { type?: string; code?: string };
  return OVER.test(type ?? code ?? '');
}

function listed(assignments: unknown): readonly KafkaTopicPartition[] {
  const all = (assignments ?? []) as ReadonlyArray<{ topic: string; partitions: readonly number[] }>;
  return all.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}

function numbersByTopic(partitions: readonly KafkaTopicPartition[]): Map<string, number[]> {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const numbers = byTopic.get(topic);
    if (numbers) numbers.push(partition);
    else byTopic.set(topic, [partition]);
  }
  return byTopic;
}
