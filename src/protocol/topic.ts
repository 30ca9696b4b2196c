/**
 * What this version can be subscribed to:
 * - `portfolio`: the totals of a portfolio, by its id;
 * - `positions`: the totals of a portfolio and its rows, of the same prices, by its id;
 * - `price`: the newest price of a symbol.
 */
export type TopicKind = 'portfolio' | 'positions' | 'price';

/** A topic as a string: `portfolio:desk`, `positions:desk`, `price:AAPL`. What follows the first colon is the id as it stands. */
export type Topic = `${string}:${string}`;

/** The most characters that a portfolio id or symbol of a topic may have. */
export const MAX_TOPIC_ID = 256;

/** A topic in its parts. */
export interface TopicParts {
  /** One of {@link TopicKind}, or a kind that this version does not know and a gateway refuses as `unsupported`. */
  readonly kind: string;
  /** Portfolio id or symbol. */
  readonly id: string;
}

const KIND = /^[a-z][a-z-]{0,31}$/;

/** A topic from its parts. */
export function topicOf(kind: string, id: string): Topic {
  return `${kind}:${id}`;
}

/** The parts of a topic, or `null` for a string that is none. */
export function parseTopic(text: string): TopicParts | null {
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(0, colon));
  const id = text.slice(colon + 1);
  if (id === '' || id.length > MAX_TOPIC_ID) return null;
  return KIND.test(kind) ? { kind, id } : null;
}
