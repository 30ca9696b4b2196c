import type { Clock, Timer } from '../core/clock.js';
import type { KafkaBatchPayload, KafkaTopicPartition } from './kafka-consumer.js';
import type { Findings, ReadPositions } from './read-positions.js';
import type { TopicQuestions } from './topic-questions.js';

/** What {@link TopicWatch} needs. */
export interface TopicWatchOptions {
  readonly clock: Clock;
  readonly positions: ReadPositions;
  /** `null` if nobody can be asked: then only what batches show is noticed. */
  readonly questions: TopicQuestions | null;
  /** Time between two looks at the topics, in ms. */
  readonly everyMs: number;
  /** Records were deleted before they were read here, or a topic was made anew. */
  readonly lost: () => void;
  /** There are partitions that did not exist at a time, ms since 1970. Returns whether they will be read; otherwise it is called again. */
  readonly grown: (since: number) => boolean;
  /** A partition that was made anew has to be read from this offset. */
  readonly seek: (start: KafkaTopicPartition & { readonly offset: string }) => void;
}

/** Looks at the topics again and again: for partitions that were added, for records that were deleted unread, and for topics made anew. */
export class TopicWatch {
  readonly #options: TopicWatchOptions;
  #timer: Timer | null = null;
  #isStopped = false;
  #lookedAt = 0;
  #grownSince: number | null = null;

  constructor(options: TopicWatchOptions) {
    this.#options = options;
  }

  /** The first look, before the consumer joins. Resolves with whether records of its group are lost. @throws TickmarkError when nobody answers. */
  async begin(): Promise<boolean> {
    const { clock, questions, positions } = this.#options;
    if (!questions) return false;
    this.#lookedAt = clock.now();
    return positions.begin(await questions.ask());
  }

  /** Looks again from now on. */
  start(): void {
    const { clock, questions, everyMs } = this.#options;
    if (!questions || this.#isStopped) return;
    this.#timer = clock.setTimer(() => {
      // Brokers that do not answer are noticed by the consumer.
      void this.#look()
        .catch(() => undefined)
        .then(() => this.start());
    }, everyMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#timer = null;
  }

  /** Reports what is lost before a batch. To be called before its records are delivered. */
  async before(payload: KafkaBatchPayload): Promise<void> {
    const { positions, questions, lost } = this.#options;
    const verdict = positions.judge(payload);
    if (verdict === 'anew') lost();
    // Offsets are missing where a transaction was aborted, too, and where a topic is compacted: only the brokers know.
    else if (verdict === 'jumps' && questions) await this.#look().catch(lost);
  }

  async #look(): Promise<void> {
    const { clock, questions, positions } = this.#options;
    const at = clock.now();
    const compare = positions.compare();
    const states = await questions!.ask();
    if (this.#isStopped) return;
    const since = this.#lookedAt;
    this.#lookedAt = at;
    this.#report(compare(states), since);
  }

  #report({ hasLost, hasNew, restart }: Findings, since: number): void {
    const { lost, grown, seek } = this.#options;
    if (hasLost) lost();
    for (const { topic, partition, low } of restart) seek({ topic, partition, offset: String(low) });
    // One look later: a consumer that hears of a partition before it has a leader does not read it for minutes.
    if (this.#grownSince !== null && grown(this.#grownSince)) this.#grownSince = null;
    if (hasNew) this.#grownSince ??= since;
  }
}
