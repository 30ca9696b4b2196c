import { invalidArgument } from '../../core/errors.js';
import type { KafkaConsumer } from '../../kafka-client/kafka-consumer.js';
import type { KafkaFillSettings } from './kafka-fill-stream-options.js';
import type { TopicOffsets } from './topic-offsets.js';

/** Where partitions are read from first, until this stream has committed an offset of them. */
export class StartPositions {
  readonly #settings: KafkaFillSettings;
  readonly #committed = new Set<number>();
  #offsets: ReadonlyMap<number, string> | null = null;

  constructor(settings: KafkaFillSettings) {
    this.#settings = settings;
  }

  /** Whether reading starts from the committed offset of some partition. */
  get fromCommitted(): boolean {
    return this.#settings.from === 'committed' || this.#committed.size > 0;
  }

  /**
   * Looks up where reading starts.
   * @throws TickmarkError `STREAM_FAILED`, `UNAUTHORIZED`; `INVALID_ARGUMENT` for a consumer that cannot start anywhere else.
   */
  async prepare(consumer: KafkaConsumer, topicOffsets: TopicOffsets): Promise<void> {
    const { from } = this.#settings;
    if (from === 'committed') return;
    if (typeof consumer.seek !== 'function' || typeof consumer.on !== 'function')
      throw invalidArgument(
        'KafkaFillStream: from',
        from,
        '"committed" with a consumer without seek() or on()',
      );
    if (typeof from === 'number') this.#offsets ??= await topicOffsets.since(from);
  }

  /** Partitions were assigned. */
  assigned(consumer: KafkaConsumer, partitions: readonly number[]): void {
    const { from, topic } = this.#settings;
    if (from === 'committed') return;
    for (const partition of partitions) {
      if (this.#committed.has(partition)) continue;
      // One before the oldest record is read from that one on; so is a partition that was added later.
      const offset = this.#offsets?.get(partition) ?? '0';
      consumer.seek!({ topic, partition, offset });
    }
  }

  /** An offset of a partition was committed. */
  committed(partition: number): void {
    this.#committed.add(partition);
  }
}
