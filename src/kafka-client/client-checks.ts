import { LONGEST_DELAY_MS } from '../core/clock.js';
import { invalidArgument } from '../core/errors.js';
import type { KafkaDeadLetterOptions } from './dead-letters.js';
import { checkOptions } from '../core/options.js';

/** A topic, or several, as an array. @throws TickmarkError `INVALID_ARGUMENT` for none. */
export function topicsOf(where: string, given: unknown): readonly string[] {
  const topics: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (topics.length > 0 && topics.every(isTopic)) return topics;
  throw invalidArgument(`${where}: topics`, given, 'a topic, or an array of at least one topic');
}

/** @throws TickmarkError `INVALID_ARGUMENT` for a time limit that no timer can wait. */
export function checkDuration(where: string, name: string, ms: number): void {
  if (!(ms > 0 && ms <= LONGEST_DELAY_MS))
    throw invalidArgument(`${where}: ${name}`, ms, `ms above 0, to ${LONGEST_DELAY_MS}`);
}

/** @throws TickmarkError `INVALID_ARGUMENT` for dead letters without a topic or a producer. */
export function checkDeadLetters(where: string, given: KafkaDeadLetterOptions | undefined): void {
  if (!given) return;
  checkOptions(`${where}: deadLetters`, given, { producer: true, topic: true, timeoutMs: true });
  if (!isTopic(given.topic) || typeof given.producer?.send !== 'function')
    throw invalidArgument(`${where}: deadLetters`, given, '{ producer, topic }');
  if (given.timeoutMs !== undefined) checkDuration(where, 'deadLetters.timeoutMs', given.timeoutMs);
}

/** Whether it is a name. */
export function isTopic(topic: unknown): topic is string {
  return typeof topic === 'string' && topic !== '';
}
