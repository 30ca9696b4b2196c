import type { Clock } from '../../core/clock.js';
import type { RedisArgument } from '../redis-commands.js';
import type { RedisConnection } from '../redis-connection.js';
import type { RedisLink } from '../redis-link.js';
import type { StreamKeys } from './stream-keys.js';
import { RECORD_OUTCOMES } from './stream-scripts.js';
import type { EntryOutcome } from './stream-subscription-owner.js';

const NONE: ReadonlySet<string> = new Set();

/** Outcomes of entries in Redis: acknowledgements, handled event ids, dead letters. */
export class StreamOutcomes {
  readonly #keys: StreamKeys;
  readonly #options: { readonly handledForMs: number; readonly maxDeadLetters: number };
  readonly #clock: Clock;

  constructor(
    keys: StreamKeys,
    settings: { readonly handledForMs: number; readonly maxDeadLetters: number },
    clock: Clock,
  ) {
    this.#keys = keys;
    this.#options = settings;
    this.#clock = clock;
  }

  /** Those of the ids that the group has recorded as handled. */
  async alreadyHandled(
    link: RedisLink,
    group: string | null,
    ids: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const { connection } = link;
    if (group === null || this.#options.handledForMs === 0 || !connection) return NONE;
    const keys = ids.map((id) => this.#keys.handled(group, id));
    const recorded = (await link.bounded(connection, 'Looking up handled events', () =>
      connection.command(['MGET', ...keys], { key: keys[0]! }),
    )) as Array<string | null>;
    return new Set(ids.filter((_id, at) => recorded[at] !== null));
  }

  /** Acknowledges entries, records handled event ids and sends failed entries to the dead-letter stream. */
  record(
    connection: RedisConnection,
    type: string,
    group: string | null,
    done: readonly EntryOutcome[],
  ): Promise<unknown> {
    const { handledForMs, maxDeadLetters } = this.#options;
    const stream = this.#keys.events(type);
    const ids = done.map(({ entry }) => entry.id);
    const failed = done.filter(({ reason }) => reason !== null);
    const recordsHandled = group !== null && handledForMs > 0;
    const handled = recordsHandled
      ? done.flatMap(({ eventId, reason }) =>
          reason === null && eventId !== null ? [this.#keys.handled(group, eventId)] : [],
        )
      : [];
    if (group !== null && failed.length + handled.length === 0) {
      return connection.command(['XACK', stream, group, ...ids], { key: stream });
    }
    return connection.run(
      RECORD_OUTCOMES,
      [stream, this.#keys.deadLetters, ...handled],
      [
        group ?? '',
        String(handledForMs || 1),
        String(maxDeadLetters),
        String(ids.length),
        ...ids,
        ...failed.flatMap((each) => this.#deadLetter(type, group, each)),
      ],
    );
  }

  #deadLetter(type: string, group: string | null, { entry, eventId, reason }: EntryOutcome): RedisArgument[] {
    const at = String(this.#clock.now());
    const deliveries = String(entry.deliveries);
    return [
      ...['event', entry.message ?? '', 'type', type, 'group', group ?? '', 'entry', entry.id],
      ...['id', eventId ?? '', 'reason', reason ?? '', 'deliveries', deliveries, 'at', at],
    ];
  }
}
