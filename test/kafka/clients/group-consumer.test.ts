import { describe, expect, test } from 'vitest';
import { ClientError } from '../../../src/kafka/clients/client-error.js';
import { GroupConsumer } from '../../../src/kafka/clients/group-consumer.js';
import type { GroupMemberHandlers, ReadBatch } from '../../../src/kafka/clients/group-member.js';
import type { KafkaBatchPayload } from '../../../src/kafka/index.js';
import { until } from '../../waiting.js';
import { ScriptedMember } from './scripted-member.js';

const PLACE = { topic: 'prices', partition: 0 };

const batchOf = (...offsets: number[]): ReadBatch => ({
  ...PLACE,
  messages: offsets.map((offset) => ({
    key: null,
    value: new Uint8Array(),
    timestamp: '0',
    offset: String(offset),
  })),
  firstOffset: null,
  highWatermark: null,
});

type Handle = (payload: KafkaBatchPayload) => Promise<void>;
const takeAll: Handle = async ({ batch, resolveOffset }) => resolveOffset(batch.messages.at(-1)!.offset);

const consumerOf = async (eachBatch: Handle = takeAll, autoCommit?: boolean) => {
  const members: ScriptedMember[] = [];
  const events: string[] = [];
  const consumer = new GroupConsumer(
    () => {
      const member = new ScriptedMember(`member ${members.length + 1}`);
      members.push(member);
      return member;
    },
    { groupId: 'desk' },
  );
  for (const name of ['group_join', 'rebalancing', 'fetch', 'heartbeat', 'stop', 'crash'])
    consumer.on(`consumer.${name}`, ({ payload }) => {
      const { restart } = payload as { restart?: boolean };
      events.push(restart === undefined ? name : `${name}, restart: ${restart}`);
    });
  await consumer.connect();
  await consumer.subscribe({ topics: ['prices'], fromBeginning: true });
  await consumer.run({
    eachBatchAutoResolve: false,
    ...(autoCommit !== undefined && { autoCommit }),
    eachBatch,
  });
  const last = (): ScriptedMember => members.at(-1)!;
  const joined = async (): Promise<GroupMemberHandlers> => {
    await until('it has joined', () => last().handlers !== null);
    return last().handlers!;
  };
  return { consumer, members, events, last, joined };
};

describe('a consumer over a member of a group', () => {
  test('reads from the committed offsets, and says so when the positions are fixed', async () => {
    const { consumer, last, events, joined } = await consumerOf();
    last().committed.set('prices/0', 7n);
    (await joined()).assigned([PLACE]);
    await until('it reads', () => last().reads.length === 1);
    expect(last().reads).toEqual([[{ ...PLACE, offset: 7n }]]);
    await until('it says so', () => events.includes('fetch'));
    expect(events).toEqual(['group_join', 'fetch']);
    await consumer.disconnect();
  });

  test('reads from what a listener of the assignment seeks, and commits that', async () => {
    const { consumer, last, joined } = await consumerOf();
    consumer.on('consumer.group_join', () => consumer.seek({ ...PLACE, offset: '40' }));
    (await joined()).assigned([PLACE]);
    await until('it reads', () => last().reads.length === 1);
    expect(last().reads).toEqual([[{ ...PLACE, offset: 40n }]]);
    expect(last().commits).toEqual([[{ ...PLACE, offset: 40n }]]);
    await consumer.disconnect();
  });

  test('without autoCommit, what is sought is not committed', async () => {
    const { consumer, last, joined } = await consumerOf(takeAll, false);
    consumer.on('consumer.group_join', () => consumer.seek({ ...PLACE, offset: '40' }));
    (await joined()).assigned([PLACE]);
    await until('it reads', () => last().reads.length === 1);
    expect(last().commits).toEqual([]);
    await consumer.disconnect();
  });

  test('records that are not taken come again', async () => {
    const { consumer, last, joined } = await consumerOf(async ({ resolveOffset }) => resolveOffset('1'));
    (await joined()).assigned([PLACE]);
    await until('it reads', () => last().reads.length === 1);
    last().give([batchOf(0, 1, 2, 3)]);
    await until('it reads again', () => last().reads.length === 2);
    expect(last().reads[1]).toEqual([{ ...PLACE, offset: 2n }]);
    await consumer.disconnect();
  });

  test('a partition that is not sought goes on where it is', async () => {
    const other = { ...PLACE, partition: 1 };
    const { consumer, last, joined } = await consumerOf();
    (await joined()).assigned([PLACE, other]);
    await until('it reads', () => last().reads.length === 1);
    last().give([batchOf(0, 1)]);
    await until('they are delivered', () => last().isIdle);
    consumer.seek({ ...other, offset: '9' });
    last().give([]);
    await until('it reads again', () => last().reads.length === 2);
    expect(last().reads[1]).toEqual([
      { ...PLACE, offset: 2n },
      { ...other, offset: 9n },
    ]);
    await consumer.disconnect();
  });

  test('a paused topic is not read', async () => {
    const { consumer, last, joined } = await consumerOf();
    consumer.on('consumer.group_join', () => consumer.pause([{ topic: 'prices' }]));
    (await joined()).assigned([PLACE]);
    await until('it reads', () => last().reads.length === 1);
    expect(last().reads).toEqual([[]]);
    await consumer.disconnect();
  });

  test('while the group shares its partitions anew, a batch is stale, and nothing of it is committed', async () => {
    const commits: string[] = [];
    const { consumer, last, joined, events } = await consumerOf(async (payload) => {
      last().handlers!.rebalancing();
      commits.push(String(payload.isStale()));
      await payload.commitOffsetsIfNecessary().catch(({ message }: Error) => commits.push(message));
      await payload.heartbeat();
    });
    (await joined()).assigned([PLACE]);
    await until('it reads', () => last().reads.length === 1);
    last().give([batchOf(0)]);
    await until('the batch is over', () => last().isIdle && commits.length === 2);
    expect(commits).toEqual(['true', 'the group has assigned the partition anew']);
    expect(last().commits).toEqual([]);
    expect(events).not.toContain('crash, restart: true');
    await consumer.disconnect();
  });

  test('after a failure the same member reads on, from the committed offsets', async () => {
    const { consumer, members, last, joined, events } = await consumerOf();
    (await joined()).assigned([PLACE]);
    await until('it reads', () => last().reads.length === 1);
    last().committed.set('prices/0', 5n);
    last().fail(new ClientError({ message: 'gone', retriable: true }));
    await until('it reads again', () => last().reads.length === 2);
    expect(members).toHaveLength(1);
    expect(last().reads[1]).toEqual([{ ...PLACE, offset: 5n }]);
    expect(events.slice(2, 5)).toEqual(['stop', 'crash, restart: true', 'group_join']);
    await consumer.disconnect();
  });

  test('a member that is none any more is replaced by another one', async () => {
    const { consumer, members, joined, events } = await consumerOf();
    const handlers = await joined();
    handlers.assigned([PLACE]);
    await until('it reads', () => members[0]!.reads.length === 1);
    handlers.lost(new ClientError({ message: 'thrown out', type: 'UNKNOWN_MEMBER_ID', retriable: false }));
    members[0]!.give([batchOf(0)]);
    await until('another one has joined', () => members[1]?.handlers != null);
    expect(members[0]!.isClosed).toBe(true);
    expect(events).toContain('crash, restart: true');
    // What the first one still says is not heard.
    handlers.assigned([]);
    members[1]!.handlers!.assigned([PLACE]);
    await until('it reads', () => members[1]!.reads.length === 1);
    expect(members[1]!.reads[0]).toHaveLength(1);
    await consumer.disconnect();
  });

  test('a login that is refused is final: nothing is tried again, and it leaves', async () => {
    const { consumer, members, joined, events } = await consumerOf();
    (await joined()).assigned([PLACE]);
    await until('it reads', () => members[0]!.reads.length === 1);
    const type = 'GROUP_AUTHORIZATION_FAILED';
    members[0]!.fail(new ClientError({ message: 'no', type, retriable: false }));
    await until('it has given up', () => events.includes('crash, restart: false'));
    expect(members[0]!.isClosed).toBe(true);
    await consumer.disconnect();
    expect(members).toHaveLength(1);
  });

  test('disconnect() ends what waits for records', async () => {
    const { consumer, last, joined } = await consumerOf();
    (await joined()).assigned([PLACE]);
    await until('it reads', () => last().reads.length === 1);
    await consumer.disconnect();
    expect(last().isClosed).toBe(true);
  });

  test('an assigner that refuses the number of partitions keeps it out', async () => {
    const consumer = new GroupConsumer(() => new ScriptedMember('member'), {
      groupId: 'workers',
      partitionAssigners: [
        ({ cluster }) => ({
          name: 'own',
          version: 0,
          assign: async () => [],
          protocol: () => {
            throw new Error(`${cluster.findTopicPartitionMetadata('prices').length} partitions`);
          },
        }),
      ],
    });
    await consumer.connect();
    await consumer.subscribe({ topics: ['prices'] });
    const running = consumer.run({ eachBatchAutoResolve: false, eachBatch: takeAll });
    await expect(running).rejects.toThrow('4 partitions');
    await consumer.disconnect();
  });
});
