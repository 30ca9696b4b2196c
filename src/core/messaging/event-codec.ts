import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { checkNumber } from '../options.js';
import { isCompact, readCompact, writeCompact } from './compact-message.js';
import type { DomainEvent, EventType } from './event-bus.js';
import {
  CompactDataReader,
  CompactDataWriter,
  JsonDataReader,
  JsonDataWriter,
  type EventDataReader,
  type EventDataWriter,
} from './event-data.js';
import { readEnvelope, writeEnvelope, type EventHeader, type MessageOrigin } from './event-envelope.js';
import { malformed, objectField, ownField } from './wire-fields.js';
import { exceededLimit, parseWireJson } from './wire-json.js';

/**
 * Encodes events of one type as messages, and decodes the messages to the class of the events. Register it with a bus for events that
 * are more than plain data. `decode` must return an event equal to the encoded one, and throw `MALFORMED_INPUT` for anything else.
 */
export interface EventCodec<E extends DomainEvent = DomainEvent> {
  readonly type: EventType<E>;
  /** Writes everything but `type`, `id` and `occurredAt`. */
  encode(event: E, data: EventDataWriter): void;
  /** Creates the event. The fields are untrusted: check each one. */
  decode(data: EventDataReader, header: EventHeader): E;
}

/** Encoding of messages: CloudEvents JSON, or the compact encoding with binary numbers. Every reader understands both. */
export type EventEncoding = 'json' | 'compact';

/** A decoded message. */
export interface DecodedMessage extends MessageOrigin {
  readonly event: DomainEvent;
}

/** Options of {@link EventCodecs}. */
export interface EventCodecsOptions {
  /** One codec per type; a later one replaces an earlier one. */
  readonly codecs?: readonly EventCodec[];
  /** Encoding of messages that are written. Default `'json'`. */
  readonly encoding?: EventEncoding;
  /** Longest message that is written or read, in bytes. Default 16 MiB. */
  readonly maxMessageBytes?: number;
}

/**
 * Encodes events as messages and decodes messages to events.
 *
 * JSON is a CloudEvents 1.0 envelope, one message for a whole batch:
 * `{specversion, type, source, id, time, datacontenttype, data}` with the extension attributes `sequence` (see
 * {@link MessageOrigin}, as a string) and, only where `time` with its whole ms is not exact, `occurredat` (ms since 1970, as a
 * string). The codec of the type writes `data`; an event of a type without a codec is sent as its own JSON properties and
 * decoded to a plain object.
 *
 * The compact encoding is `"TM"`, a version byte (1), a byte 0, the length of what follows up to the columns (32 bits,
 * little-endian), the same envelope as JSON with a list `columns` beside `data`, and the number columns in binary.
 *
 * @example
 * ```ts
 * import { EventCodecs } from 'tickmark/redis';
 *
 * const codecs = new EventCodecs();
 * const event = { type: 'trade', id: '1', occurredAt: Date.now() };
 * const message = codecs.encode(event, { source: 'desk', sequence: null });
 * console.log(codecs.decode(message).event.id); // 1
 * ```
 */
export class EventCodecs {
  readonly #codecs = new Map<string, EventCodec>();
  readonly #encoding: EventEncoding;
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #encoder = new TextEncoder();

  /** @throws TickmarkError `INVALID_ARGUMENT`. */
  constructor(options: EventCodecsOptions = {}) {
    const { codecs = [], encoding = 'json', maxMessageBytes = 2 ** 24 } = options;
    if (encoding !== 'json' && encoding !== 'compact') {
      throw invalidArgument('EventCodecs: encoding', encoding, "'json' or 'compact'");
    }
    checkNumber('EventCodecs: maxMessageBytes', maxMessageBytes, { from: 1, isWhole: true });
    for (const codec of codecs) this.#codecs.set(codec.type, codec);
    this.#encoding = encoding;
    this.#maxBytes = maxMessageBytes;
  }

  /**
   * Encodes an event.
   * @throws TickmarkError `INVALID_ARGUMENT` for an event without a type, an id or a time, with a value that JSON cannot
   * represent, or nested too deeply (see {@link decode}); `MESSAGE_TOO_LARGE` for one that is too long.
   */
  encode(event: DomainEvent, origin: MessageOrigin): string | Uint8Array {
    const envelope = writeEnvelope(event, origin);
    try {
      const message =
        this.#encoding === 'json' ? this.#json(event, envelope) : this.#compact(event, envelope);
      const bytes = this.#bytesOf(message);
      if (bytes <= this.#maxBytes) return message;
      throw messageTooLarge(event, `${bytes} bytes, more than ${this.#maxBytes} (maxMessageBytes)`);
    } catch (cause) {
      if (cause instanceof TickmarkError) throw cause;
      if (cause instanceof RangeError && /string length/i.test(cause.message))
        throw messageTooLarge(event, 'longer than a string can be', cause);
      const message = `EventCodecs.encode: event ${quote(event.id)} of type ${quote(event.type)} has no JSON form.`;
      throw new TickmarkError('INVALID_ARGUMENT', message, { cause });
    }
  }

  /**
   * Decodes a message. Nesting is limited to 64 levels; the numbers of objects, lists and different field names are limited too,
   * so that no message blocks the process. Events of many megabytes stay far below these limits.
   * @throws TickmarkError `MALFORMED_INPUT` for anything that is not the message of an event.
   */
  decode(message: string | Uint8Array): DecodedMessage {
    if (message.length > this.#maxBytes) {
      throw malformed('message', message.length, `at most ${this.#maxBytes} bytes (maxMessageBytes)`);
    }
    try {
      return isCompact(message) ? this.#readCompact(message) : this.#readJson(message);
    } catch (cause) {
      if (cause instanceof TickmarkError && cause.code === 'MALFORMED_INPUT') throw cause;
      throw new TickmarkError('MALFORMED_INPUT', 'The message is not a readable CloudEvent.', { cause });
    }
  }

  // A UTF-16 unit takes three bytes at most, so most strings need not be encoded to be measured.
  #bytesOf(message: string | Uint8Array): number {
    if (typeof message !== 'string' || message.length > this.#maxBytes) return message.length;
    return message.length * 3 <= this.#maxBytes ? message.length : this.#encoder.encode(message).length;
  }

  #json(event: DomainEvent, envelope: string): string {
    const data = new JsonDataWriter();
    this.#write(event, data);
    return checkReadable(`{${envelope},"data":${data.text}}`);
  }

  #compact(event: DomainEvent, envelope: string): Uint8Array {
    const data = new CompactDataWriter();
    this.#write(event, data);
    const text = `{${envelope},"data":${data.text},"columns":${JSON.stringify(data.heads)}}`;
    return writeCompact(this.#encoder.encode(checkReadable(text)), data.columns);
  }

  #write(event: DomainEvent, data: EventDataWriter): void {
    const codec = this.#codecs.get(event.type);
    if (codec) return codec.encode(event, data);
    for (const [name, value] of Object.entries(event)) if (!HEADER_FIELDS.has(name)) data.value(name, value);
  }

  #readJson(message: string | Uint8Array): DecodedMessage {
    const text = typeof message === 'string' ? message : this.#decoder.decode(message);
    const given = objectField(parseWireJson(text), 'message');
    return this.#read(given, new JsonDataReader(ownField(given, 'data')));
  }

  #readCompact(message: Uint8Array): DecodedMessage {
    const { json, columns } = readCompact(message);
    const given = objectField(parseWireJson(this.#decoder.decode(json)), 'message');
    return this.#read(
      given,
      new CompactDataReader(ownField(given, 'data'), ownField(given, 'columns'), columns),
    );
  }

  #read(given: Readonly<Record<string, unknown>>, data: EventDataReader): DecodedMessage {
    const { header, source, sequence } = readEnvelope(given);
    const codec = this.#codecs.get(header.type);
    const event = codec ? codec.decode(data, header) : plainEvent(ownField(given, 'data'), header);
    return { source, sequence, event };
  }
}

const HEADER_FIELDS: ReadonlySet<string> = new Set(['type', 'id', 'occurredAt']);

/** Refuses to send a message that readers would reject. */
function checkReadable(text: string): string {
  const accepted = exceededLimit(text);
  if (accepted === null) return text;
  throw invalidArgument('EventCodecs.encode: event', 'more', accepted);
}

// `conflate` and `toJSON` are functions of events, so they cannot come from a message.
function plainEvent(data: unknown, { type, id, occurredAt }: EventHeader): DomainEvent {
  const { conflate: _conflate, toJSON: _toJSON, ...fields } = objectField(data, 'data');
  return { ...fields, type, id, occurredAt };
}

function messageTooLarge({ id, type }: DomainEvent, how: string, cause?: unknown): TickmarkError {
  const message = `EventCodecs.encode: the message of event ${quote(id)} of type ${quote(type)} is ${how}.`;
  return new TickmarkError('MESSAGE_TOO_LARGE', message, { cause });
}
