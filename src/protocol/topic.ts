/**
 * Kinds of topics of this version:
 * - `portfolio`: the totals of a portfolio, by its id;
 * - `positions`: the totals and the rows of a portfolio, from the same prices, by its id;
 * - `price`: the newest price of a symbol.
 */
export type TopicKind = 'portfolio' | 'positions' | 'price';

/** A topic as a string: `portfolio:desk`, `positions:desk`, `price:AAPL`. The id is everything after the first colon, without escapes. */
export type Topic = `${string}:${string}`;

/** Maximum length of the portfolio id or symbol of a topic, in characters. */
export const MAX_TOPIC_ID = 256;

/** The parts of a topic. */
export interface TopicParts {
  /** A {@link TopicKind}, or a kind that this version does not know. A gateway refuses that as `unsupported`. */
  readonly kind: string;
  /** Portfolio id or symbol. */
  readonly id: string;
}

const KIND = /^[a-z][a-z-]{0,31}$/;

/** Builds a topic. */
export function topicOf(kind: string, id: string): Topic {
  return `${kind}:${id}`;
}

/** Parses a topic; `null` for a string that is not a topic. */
export function parseTopic(text: string): TopicParts | null {
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(0, colon));
  const id = text.slice(colon + 1);
  if (id === '' || id.length > MAX_TOPIC_ID) return null;
  return KIND.test(kind) ? { kind, id } : null;
}
