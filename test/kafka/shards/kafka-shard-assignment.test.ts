import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/index.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { ShardHandlers } from '../../../src/core/shards/shard-assignment.js';
import {
  KafkaShardAssignment,
  type KafkaConsumer,
  type KafkaShardAssignmentOptions,
} from '../../../src/kafka/index.js';
import { userDataOf } from '../../../src/kafka/shards/consumer-protocol.js';
import type { ShardClaim } from '../../../src/kafka/shards/share-shards.js';
import { SimulatedGroup, type SimulatedGroupConsumer } from './simulated-group.js';

const SHARDS = 4;
const ALL = [0, 1, 2, 3];

/** What a consumer would tell its group now. */
const claimOf = ({ assigner }: SimulatedGroupConsumer): Partial<ShardClaim> =>
  JSON.parse(userDataOf(assigner.protocol({ topics: [] }).metadata)) as Partial<ShardClaim>;

/** One process, with what its handlers heard. */
class Process implements ShardHandlers {
  readonly calls: string[] = [];
  readonly errors: TickmarkError[] = [];
  readonly assignment: KafkaShardAssignment;
  onRevoked: () => Promise<void> = () => Promise.resolve();
  readonly #setup: Setup;

  constructor(setup: Setup, options: Partial<KafkaShardAssignmentOptions> = {}) {
    this.#setup = setup;
    this.assignment = new KafkaShardAssignment({
      consumer: (settings) => setup.group.consumer(settings),
      shardCount: SHARDS,
      clock: setup.clock,
      onError: (error) => void this.errors.push(error),
      ...options,
    });
  }

  async start(): Promise<void> {
    await this.#setup.settled(this.assignment.start(this));
  }

  async stop(): Promise<void> {
    await this.#setup.settled(this.assignment.stop());
  }

  async assigned(shards: readonly number[]): Promise<void> {
    this.calls.push(`assigned ${shards.join()}`);
  }

  async revoked(shards: readonly number[]): Promise<void> {
    this.calls.push(`revoked ${shards.join()}`);
    await this.onRevoked();
  }

  lost(shards: readonly number[]): void {
    this.calls.push(`lost ${shards.join()}`);
  }

  /** What was called since this was asked last. */
  heard(): string[] {
    return this.calls.splice(0);
  }
}

class Setup {
  readonly clock = new FakeClock();
  readonly group = new SimulatedGroup(this.clock, SHARDS);

  consumer(at = 0): SimulatedGroupConsumer {
    return this.group.consumers.at(at)!;
  }

  async settled<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false;
    promise.then(
      () => (isSettled = true),
      () => (isSettled = true),
    );
    for (let waited = 0; !isSettled && waited < 60_000; waited += 50) await this.clock.advance(50);
    return promise;
  }

  async joined(options: Partial<KafkaShardAssignmentOptions> = {}): Promise<Process> {
    const joined = new Process(this, options);
    await joined.start();
    await this.clock.advance(1_000);
    return joined;
  }
}

describe('KafkaShardAssignment', () => {
  test('gives its consumer settings that fit one another, and reads nothing', async () => {
    const setup = new Setup();
    await setup.joined({ sessionMs: 2_000 });
    expect(setup.consumer().settings).toMatchObject({
      sessionTimeout: 2_000,
      rebalanceTimeout: 2_000,
      heartbeatInterval: 200,
      maxWaitTimeInMs: 200,
      allowAutoTopicCreation: false,
    });
    await setup.joined();
    expect(setup.consumer(1).settings).toMatchObject({ sessionTimeout: 6_000, heartbeatInterval: 300 });
    expect(setup.group.fetches).toBe(0);
  });

  test('shards that stay are neither revoked nor assigned again', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    expect(one.heard()).toEqual(['assigned 0,1,2,3']);
    const two = await setup.joined();
    expect([one.heard(), two.heard()]).toEqual([['revoked 2,3'], ['assigned 2,3']]);
    await two.stop();
    await setup.clock.advance(1_000);
    expect([one.heard(), two.heard()]).toEqual([['assigned 2,3'], ['revoked 2,3']]);
  });

  test('a shard that comes back is assigned when it has been given up', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    let end!: () => void;
    one.onRevoked = () => new Promise((resolve) => (end = resolve));
    const two = await setup.joined();
    await two.stop();
    await setup.clock.advance(1_000);
    expect(one.heard()).toEqual(['assigned 0,1,2,3', 'revoked 2,3']);
    end();
    await setup.clock.advance(0);
    expect(one.heard()).toEqual(['assigned 2,3']);
  });

  test('leaves the group only when all shards are given up', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    let end!: () => void;
    one.onRevoked = () => new Promise((resolve) => (end = resolve));
    const stopping = one.assignment.stop();
    await setup.clock.advance(1_000);
    expect(setup.group.members.size).toBe(1);
    end();
    await setup.settled(stopping);
    expect(setup.group.members.size).toBe(0);
    expect(setup.clock.pending).toBe(0);
    expect(one.errors).toEqual([]);
  });

  test.each([8, 1, 0])('refuses a topic with %i partitions for 4 shards', async (partitions) => {
    const setup = new Setup();
    setup.group.partitions = partitions;
    const one = new Process(setup);
    await expect(one.start()).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(
        new RegExp(`"tickmark.portfolios" has ${partitions} partitions, and shardCount is 4`),
      ) as string,
    });
    await one.stop();
    expect([one.heard(), setup.group.members.size, setup.clock.pending]).toEqual([[], 0, 0]);
  });

  test('waits for a topic that is being created', async () => {
    const setup = new Setup();
    setup.group.hasTopic = false;
    const one = new Process(setup);
    const starting = one.start();
    await setup.clock.advance(1_000);
    setup.group.hasTopic = true;
    await starting;
    expect(one.heard()).toEqual(['assigned 0,1,2,3']);
  });

  test.each([
    'This server does not host this topic-partition',
    'There is no leader for this topic-partition as we are in the middle of a leadership election',
    'The group coordinator is not available',
  ])('a start waits while the consumer starts again by itself, and reports why once: %s', async (fault) => {
    const setup = new Setup();
    setup.group.joinErrors = [fault, fault];
    const one = new Process(setup);
    await setup.settled(one.start());
    expect(one.heard()).toEqual(['assigned 0,1,2,3']);
    expect(one.errors.map(({ message }) => message)).toEqual([expect.stringContaining(fault)]);
  });

  test('refuses a topic that does not exist', async () => {
    const setup = new Setup();
    setup.group.hasTopic = false;
    const one = new Process(setup);
    await expect(one.start()).rejects.toMatchObject({
      code: 'BUS_FAILED',
      message: expect.stringContaining('topic "tickmark.portfolios" does not exist') as string,
    });
  });

  test('goes on with its shards when partitions are added, and reports it once', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    setup.group.partitions = 6;
    const two = new Process(setup);
    await expect(two.start()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    for (let times = 0; times < 2; times++) {
      setup.group.isRebalancing = true;
      await setup.clock.advance(1_000);
    }
    expect(setup.group.generation).toBeGreaterThanOrEqual(3);
    expect(one.heard()).toEqual(['assigned 0,1,2,3']);
    expect(one.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('has 6 partitions, and shardCount is 4'),
    ]);
  });

  test('a member that was thrown out loses its shards and gets its part; the error names the settings', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    const two = await setup.joined();
    one.heard();
    setup.consumer().isFrozen = true;
    // As with a fetch that takes longer than the session.
    setup.group.remove(setup.consumer().memberId);
    await setup.clock.advance(1_000);
    expect(two.heard().at(-1)).toBe('assigned 0,1');
    setup.consumer().isFrozen = false;
    await setup.clock.advance(1_000);
    expect(one.heard()).toEqual(['lost 0,1', 'assigned 2,3']);
    expect(two.heard()).toEqual(['revoked 2,3']);
    expect(one.errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/thrown its member out.*maxWaitTimeInMs.*sessionTimeout/),
    ]);
  });

  test('names the settings also when the silence was noticed before', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    setup.consumer().isHeld = true;
    await setup.clock.advance(8_000);
    setup.consumer().isHeld = false;
    await setup.clock.advance(1_000);
    expect(one.heard()).toEqual(['assigned 0,1,2,3', 'lost 0,1,2,3', 'assigned 0,1,2,3']);
    expect(one.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('no broker has responded for 6000 ms'),
      expect.stringContaining('maxWaitTimeInMs'),
    ]);
  });

  test('loses its shards when no broker responds for sessionMs, and has them again if the group has not noticed', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    one.heard();
    setup.consumer().isHeld = true;
    const { expiry } = setup.group.members.get(setup.consumer().memberId)!;
    expiry!.clear();
    await setup.clock.advance(5_500);
    expect(one.heard()).toEqual([]);
    await setup.clock.advance(1_000);
    expect(one.heard()).toEqual(['lost 0,1,2,3']);
    expect(one.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('no broker has responded for 6000 ms'),
    ]);
    setup.consumer().isHeld = false;
    await setup.clock.advance(500);
    expect(one.heard()).toEqual(['assigned 0,1,2,3']);
  });

  test('keeps its shards while the group waits for another member', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    await setup.joined();
    one.heard();
    setup.consumer(1).isFrozen = true;
    setup.group.isRebalancing = true;
    await setup.clock.advance(5_500);
    setup.group.heartbeat(setup.consumer(1).memberId);
    await setup.clock.advance(2_000);
    expect(one.heard()).toEqual([]);
    await setup.clock.advance(10_000);
    expect(one.heard()).toEqual(['assigned 2,3']);
  });

  test('loses its shards when the consumer crashes, and reports an outage once', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    one.heard();
    setup.consumer().isCut = true;
    await setup.clock.advance(10_000);
    expect(one.heard()).toEqual(['lost 0,1,2,3']);
    expect(one.errors).toMatchObject([{ code: 'BUS_FAILED', retryable: true }]);
    setup.consumer().isCut = false;
    await setup.clock.advance(10_000);
    expect(one.heard()).toEqual(['assigned 0,1,2,3']);
    expect(setup.group.consumers).toHaveLength(1);
    setup.consumer().isCut = true;
    await setup.clock.advance(10_000);
    expect(one.errors).toHaveLength(2);
  });

  test('makes another consumer when one has given up', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    one.heard();
    setup.consumer().crash(new Error('not authorized'), false);
    await setup.clock.advance(3_000);
    expect(one.heard()).toEqual(['lost 0,1,2,3', 'assigned 0,1,2,3']);
    expect([setup.group.consumers.length, setup.group.members.size]).toEqual([2, 1]);
    expect(one.errors).toMatchObject([{ code: 'UNAUTHORIZED' }]);
    await one.stop();
    expect([setup.group.members.size, setup.clock.pending]).toEqual([0, 0]);
  });

  test('nothing is assigned while all shards are given up', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    const two = await setup.joined();
    one.heard();
    let end!: () => void;
    one.onRevoked = () => new Promise((resolve) => (end = resolve));
    const stopping = one.assignment.stop();
    await two.stop();
    await setup.clock.advance(1_000);
    end();
    await setup.settled(stopping);
    expect(one.heard()).toEqual(['revoked 0,1']);
  });

  test('what was lost is not assigned when an earlier hand-over ends', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    let end!: () => void;
    one.onRevoked = () => new Promise((resolve) => (end = resolve));
    await setup.joined();
    one.heard();
    setup.consumer().isCut = true;
    await setup.clock.advance(2_000);
    end();
    await setup.clock.advance(0);
    expect(one.heard()).toEqual(['lost 0,1']);
  });

  test('tells the group what it has, and of which generation that is', async () => {
    const setup = new Setup();
    setup.group.generation = 41;
    await setup.joined();
    expect(claimOf(setup.consumer())).toEqual({ shards: ALL, generation: 42 });
    await new Process(setup).start();
    const [one, two] = setup.group.consumers.map(claimOf);
    // The second hears its generation with its first heartbeat.
    expect([one, two?.shards]).toEqual([{ shards: [0, 1], generation: 43 }, [2, 3]]);
  });

  test('takes only the shards that there are', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    const { memberId } = setup.consumer();
    // As of a leader with more shards.
    setup.consumer().emit('group_join', { memberId, memberAssignment: { books: [3, 4, 5] } });
    expect(one.heard()).toEqual(['assigned 0,1,2,3', 'revoked 0,1,2']);
  });

  test('loses its shards when a rebalance does not end', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    await setup.joined();
    one.heard();
    setup.consumer(1).isFrozen = true;
    setup.group.isRebalancing = true;
    for (let second = 0; second < 11; second++) {
      await setup.clock.advance(1_000);
      setup.group.heartbeat(setup.consumer(1).memberId);
    }
    expect(one.heard()).toEqual([]);
    await setup.clock.advance(2_000);
    expect(one.heard()).toEqual(['lost 0,1']);
  });

  test('stop() ends an outage', async () => {
    const setup = new Setup();
    const one = await setup.joined({
      consumer: (settings) =>
        Object.assign(setup.group.consumer(settings), { isCut: setup.group.consumers.length > 1 }),
    });
    setup.consumer().crash(new Error('given up'), false);
    await setup.clock.advance(5_000);
    await one.stop();
    const { length } = setup.group.consumers;
    expect(length).toBeGreaterThan(2);
    await setup.clock.advance(5_000);
    expect([setup.group.consumers.length, setup.clock.pending]).toEqual([length, 0]);
  });

  test('a consumer that starts again after stop() is kept out of the group', async () => {
    const setup = new Setup();
    const one = await setup.joined();
    await one.stop();
    one.heard();
    // As when it was starting again while it was disconnected.
    await setup.consumer().run();
    await setup.clock.advance(1_000);
    expect([setup.group.members.size, one.heard(), one.errors]).toEqual([0, [], []]);
    // kafkajs gives up when a listener throws.
    expect(() => setup.consumer().emit('group_join', { memberId: 'late' })).toThrow('was stopped');
  });

  test('start() fails when it cannot join in time', async () => {
    const setup = new Setup();
    const one = new Process(setup, {
      consumer: (settings) => Object.assign(setup.group.consumer(settings), { isHeld: true }),
      connectTimeoutMs: 2_000,
    });
    await expect(one.start()).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(setup.clock.monotonic()).toBeLessThan(3_000);
  });

  test('a start() that was not in time leaves the group', async () => {
    const setup = new Setup();
    await setup.joined();
    setup.consumer().isFrozen = true;
    const two = new Process(setup, { connectTimeoutMs: 2_000 });
    await expect(two.start()).rejects.toMatchObject({ code: 'TIMEOUT' });
    setup.consumer().isFrozen = false;
    await setup.clock.advance(10_000);
    expect([setup.group.members.size, two.heard()]).toEqual([1, []]);
  });

  test('stop() ends a start() that is waiting', async () => {
    const setup = new Setup();
    await setup.joined();
    setup.consumer().isFrozen = true;
    const two = new Process(setup);
    const starting = expect(two.assignment.start(two)).rejects.toMatchObject({ code: 'CLOSED' });
    await setup.clock.advance(500);
    const began = setup.clock.monotonic();
    await two.stop();
    await starting;
    expect(setup.clock.monotonic() - began).toBeLessThan(1_000);
    expect(two.heard()).toEqual([]);
  });

  test('start() fails with what the consumer says', async () => {
    const setup = new Setup();
    const one = new Process(setup, {
      consumer: (settings) => Object.assign(setup.group.consumer(settings), { isCut: true }),
    });
    await expect(one.start()).rejects.toMatchObject({
      code: 'BUS_FAILED',
      message: 'KafkaShardAssignment: joining: connect ECONNREFUSED',
    });
    await one.stop();
    expect(setup.clock.pending).toBe(0);
  });

  test('reports what a handler rejects with', async () => {
    const setup = new Setup();
    const one = new Process(setup);
    one.onRevoked = () => Promise.reject(new Error('disk full'));
    await one.start();
    await one.stop();
    expect(one.errors).toMatchObject([{ code: 'HANDLER_FAILED', cause: { message: 'disk full' } }]);
  });

  test('refuses a consumer that is not made with the settings, and one without events or pause()', async () => {
    const setup = new Setup();
    const without: Array<[KafkaConsumer, string]> = [
      [setup.group.consumer({ ...SETTINGS }), 'partitionAssigners'],
      [Object.assign(setup.group.consumer({ ...SETTINGS }), { pause: undefined }) as never, 'pause()'],
      [Object.assign(setup.group.consumer({ ...SETTINGS }), { on: undefined }) as never, 'on()'],
    ];
    for (const [consumer, what] of without) {
      const one = new Process(setup, { consumer: () => consumer });
      await expect(one.start()).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(what) as string,
      });
      await one.stop();
    }
  });

  test.each<[string, Partial<KafkaShardAssignmentOptions>]>([
    ['shardCount', { shardCount: 0 }],
    ['sessionMs', { sessionMs: 499 }],
    ['sessionMs', { sessionMs: 1_800_001 }],
    ['connectTimeoutMs', { connectTimeoutMs: 0 }],
    ['topic', { topic: '' }],
    ['consumer', { consumer: {} as never }],
  ])('refuses %s %j', (name, options) => {
    const make = (): unknown =>
      new KafkaShardAssignment({ consumer: () => ({}) as KafkaConsumer, ...options });
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(make).toThrow(`KafkaShardAssignment: ${name}`);
  });
});

const SETTINGS = {
  partitionAssigners: [
    () => ({ name: 'other', version: 0, assign: async () => [], protocol: () => ({}) as never }),
  ],
  sessionTimeout: 6_000,
  rebalanceTimeout: 6_000,
  heartbeatInterval: 300,
  maxWaitTimeInMs: 300,
  allowAutoTopicCreation: false,
};
