import type { KafkaConsumerEvent } from './kafka-consumer.js';

/**
 * Whether the consumer has fetched from the partitions of its last assignment, so that their positions are fixed: a record that is sent
 * from then on is read. A fetch that joins the group again, or that loses its connection, ends like any other, without a position. So it
 * must have begun after the join, and the brokers must have answered it. Of a consumer that does not tell these, its word is taken.
 */
export class FetchProgress {
  readonly #begun = new Set<unknown>();
  #tellsBegin = false;
  #tellsAnswers = false;
  #isAnswered = false;

  /** The group has assigned partitions, or none. */
  joined(hasPartitions: boolean): void {
    this.#begun.clear();
    // Without partitions there is nothing to ask for.
    this.#isAnswered = !hasPartitions;
  }

  /** A fetch from a broker begins. */
  begins(event: KafkaConsumerEvent): void {
    this.#tellsBegin = true;
    this.#begun.add(nodeOf(event));
  }

  /** A broker has answered a request. */
  answered({ payload }: KafkaConsumerEvent): void {
    this.#tellsAnswers = true;
    if ((payload as { apiName?: unknown } | undefined)?.apiName === 'Fetch' && this.#begun.size > 0)
      this.#isAnswered = true;
  }

  /** A fetch from a broker has ended. Returns whether it has read from where the partitions now are. */
  ended(event: KafkaConsumerEvent): boolean {
    const hasBegun = !this.#tellsBegin || this.#begun.has(nodeOf(event));
    return hasBegun && (!this.#tellsAnswers || this.#isAnswered);
  }
}

function nodeOf({ payload }: KafkaConsumerEvent): unknown {
  return (payload as { nodeId?: unknown } | undefined)?.nodeId;
}
