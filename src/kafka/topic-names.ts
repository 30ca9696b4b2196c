import { PORTFOLIOS_VALUED } from '../core/engine/portfolio-valued-event.js';
import { SHARDS_OWNED } from '../core/engine/shards/shards-owned-event.js';
import { invalidArgument, quote } from '../core/errors.js';
import { FOLLOWERS_REQUESTED, PORTFOLIOS_FOLLOWED } from '../core/following/followed-events.js';
import { CORPORATE_ACTION } from '../core/portfolio/corporate-actions/corporate-action-event.js';
import { HOLDINGS_CHANGED } from '../core/portfolio/holdings-changed-event.js';
import { PRICES_CHANGED } from '../core/prices/price-changed-event.js';
import { PRICES_HEARTBEAT, PRICES_REQUESTED, PRICES_SNAPSHOT } from '../core/prices/price-sync-events.js';
import { STREAM_GAP } from '../core/prices/stream-gap-event.js';
import { SHARD_TOTALS } from '../core/totals/shard-totals-event.js';

// What belongs to the stream of prices has to stay in order. Small messages between processes have a topic of their own, so that nobody reads
// prices for their sake.
const OWN = new Map<string, string>([
  [PRICES_CHANGED, 'prices'],
  [PRICES_HEARTBEAT, 'prices'],
  [PRICES_SNAPSHOT, 'prices'],
  [STREAM_GAP, 'prices'],
  [PRICES_REQUESTED, 'coordination'],
  [FOLLOWERS_REQUESTED, 'coordination'],
  [PORTFOLIOS_FOLLOWED, 'coordination'],
  [SHARD_TOTALS, 'coordination'],
  [HOLDINGS_CHANGED, 'portfolios'],
  [PORTFOLIOS_VALUED, 'values'],
  [CORPORATE_ACTION, 'corporate-actions'],
  [SHARDS_OWNED, 'shards'],
]);

const KEYED = new Set<string>([HOLDINGS_CHANGED, PORTFOLIOS_VALUED]);

/** Longest name of a topic. Source: https://github.com/apache/kafka/blob/4.0.0/clients/src/main/java/org/apache/kafka/common/internals/Topic.java */
const MAX_LENGTH = 249;

/** Which topic has the events of a type. */
export class TopicNames {
  readonly #prefix: string;
  readonly #given: ReadonlyMap<string, string>;
  readonly #where: string;

  /**
   * @param given Topics by type, instead of the usual ones.
   * @throws TickmarkError `INVALID_ARGUMENT` for a name that Kafka does not accept.
   */
  constructor(prefix: string, given: Readonly<Record<string, string>>, where: string) {
    this.#prefix = prefix;
    this.#given = new Map(Object.entries(given));
    this.#where = where;
    this.#check('prefix', prefix);
    for (const [type, topic] of this.#given) this.#check(`topics[${quote(type)}]`, topic);
  }

  /** Topic of events that their handlers refuse again and again. */
  get dead(): string {
    return `${this.#prefix}.dead`;
  }

  /** @throws TickmarkError `INVALID_ARGUMENT` for a type that makes too long a name. */
  of(type: string): string {
    const given = this.#given.get(type);
    if (given !== undefined) return given;
    const own = OWN.get(type) ?? type.replace(/^tickmark\./, '').replace(/[^a-zA-Z0-9._-]/g, '-');
    return this.#check('topic', `${this.#prefix}.${own}`);
  }

  /** Whether the records of a topic have portfolios as keys by themselves. */
  isKeyed(topic: string): boolean {
    return [...KEYED].some((type) => this.of(type) === topic);
  }

  #check(what: string, name: unknown): string {
    if (typeof name === 'string' && /^[a-zA-Z0-9._-]+$/.test(name) && name.length <= MAX_LENGTH) return name;
    throw invalidArgument(
      `${this.#where}: ${what}`,
      name,
      `1 to ${MAX_LENGTH} of the characters a-z, A-Z, 0-9, '.', '_' and '-'`,
    );
  }
}
