import type { EventData } from '../core/messaging/event-codec.js';
import type { DomainEvent } from '../core/messaging/event-bus.js';
import { attributesOf, readEnvelope, type MessageOrigin } from '../core/messaging/event-envelope.js';
import type { EventEnvelope } from '../core/messaging/event-envelope.js';
import { malformed } from '../core/messaging/wire-fields.js';
import type { KafkaHeaders } from '../kafka-client/kafka-consumer.js';

const PREFIX = 'ce_';
const CONTENT_TYPE = 'content-type';
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The attributes of an event as headers of a record: binary content mode of the Kafka protocol binding of CloudEvents 1.0.
 *
 * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 * @throws TickmarkError `INVALID_ARGUMENT` for an event without a type, an id or a time.
 */
export function writeHeaders(
  event: DomainEvent,
  origin: MessageOrigin,
  { contentType, format = 1 }: Pick<EventData, 'contentType' | 'format'>,
): Record<string, string> {
  const { datacontenttype: _, ...attributes } = attributesOf(event, origin, format);
  const named = Object.entries(attributes).map(([name, value]) => [PREFIX + name, value]);
  return Object.fromEntries([...named, [CONTENT_TYPE, contentType]]) as Record<string, string>;
}

/** Attributes and content type of a record. @throws TickmarkError `MALFORMED_INPUT`. */
export function readHeaders(
  headers: KafkaHeaders | undefined,
): EventEnvelope & { readonly contentType: string } {
  const texts = Object.entries(headers ?? {}).map(([name, value]) => [name, textOf(value)] as const);
  const attributes = texts.flatMap(([name, text]) =>
    name.startsWith(PREFIX) && text !== undefined ? [[name.slice(PREFIX.length), text]] : [],
  );
  if (attributes.length === 0) throw malformed('headers', headers, 'the attributes of a CloudEvent (ce_…)');
  const contentType = textOf(headers?.[CONTENT_TYPE]) ?? 'application/json';
  return { ...readEnvelope(Object.fromEntries(attributes) as Record<string, string>), contentType };
}

function textOf(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? (value as unknown[])[0] : value;
  if (typeof one === 'string') return one;
  if (!(one instanceof Uint8Array)) return undefined;
  try {
    return utf8.decode(one);
  } catch {
    return undefined;
  }
}
