import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { checkNumber, checkOptions, type OptionShapes } from '../options.js';
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
import { keepRaw } from '../keep-raw.js';

/**
 * Encodes events of one type as messages, and decodes the messages to the class of the events. Register it with a bus for events that
 * are more than plain data. `decode` must return an event equal to the encoded one, and throw `MALFORMED_INPUT` for anything else.
 */
export interface EventCodec<E extends DomainEvent = DomainEvent> {
  readonly type: EventType<E>;
  /** Newest version of the format of the data that it writes and reads. It reads all older ones, too. Default 1. */
  readonly format?: number;
  /** Version that it writes unless `formats` of the bus says otherwise: during an upgrade, that of the release before. Default: `format`. */
  readonly writes?: number;
  /** Writes everything but `type`, `id` and `occurredAt`, in a version of the format. */
  encode(event: E, data: EventDataWriter, format: number): void;
  /** Creates the event. The fields are untrusted: check each one. `header.format` is at most `format` of the codec. */
  decode(data: EventDataReader, header: EventHeader): E;
}

/** Encoding of messages: CloudEvents JSON, or the compact encoding with binary numbers. Every reader understands both. */
export type EventEncoding = 'json' | 'compact';

/** A decoded message. */
export interface DecodedMessage extends MessageOrigin {
  readonly event: DomainEvent;
}

/** The data of an event without its attributes. */
export interface EventData {
  /** `application/json`, or `application/vnd.tickmark.compact`. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** Version of its format. Default 1. */
  readonly format?: number;
}

/** Media type of data in the compact encoding. */
export const COMPACT_TYPE = 'application/vnd.tickmark.compact';
const JSON_TYPE = 'application/json';

/** Options of {@link EventCodecs}. */
export interface EventCodecsOptions {
  /** One codec per type; a later one replaces an earlier one. */
  readonly codecs?: readonly EventCodec[];
  /** Encoding of messages that are written. Default `'json'`. */
  readonly encoding?: EventEncoding;
  /**
   * Version of the format that is written, by event type, for an upgrade without a stop: write the old one until every process reads the new one.
   * Default: what the codec writes.
   */
  readonly formats?: Readonly<Record<string, number>>;
  /** Longest message that is written or read, in bytes. Default 16 MiB. */
  readonly maxMessageBytes?: number;
}

const CODECS_OPTIONS: OptionShapes<EventCodecsOptions> = {
  codecs: true,
  encoding: true,
  formats: true,
  maxMessageBytes: true,
};

/**
 * Encodes events as messages and decodes messages to events.
 *
 * JSON is a CloudEvents 1.0 envelope, one message for a whole batch:
 * `{specversion, type, source, id, time, datacontenttype, data}` with the extension attributes `sequence` (see
 * {@link MessageOrigin}, as a string), `dataformat` (version of the format of `data`, as a string; left out for 1) and, only where `time` with its whole ms is not exact, `occurredat` (ms since 1970, as a
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
  static {
    keepRaw(this);
  }

  readonly #codecs = new Map<string, EventCodec>();
  /** Version that is written, by type. */
  readonly #formats = new Map<string, number>();
  readonly #encoding: EventEncoding;
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #encoder = new TextEncoder();

  /** @throws TickmarkError `INVALID_ARGUMENT`. */
  constructor(options: EventCodecsOptions = {}) {
    checkOptions('EventCodecs', options, CODECS_OPTIONS);
    const { codecs = [], encoding = 'json', maxMessageBytes = 2 ** 24 } = options;
    if (encoding !== 'json' && encoding !== 'compact') {
      throw invalidArgument('EventCodecs: encoding', encoding, "'json' or 'compact'");
    }
    checkNumber('EventCodecs: maxMessageBytes', maxMessageBytes, { from: 1, isWhole: true });
    for (const codec of codecs) {
      this.#codecs.set(codec.type, codec);
      this.#formats.set(codec.type, codec.writes ?? codec.format ?? 1);
    }
    for (const [type, format] of Object.entries(options.formats ?? {})) {
      const to = this.#newestFormat(type);
      checkNumber(`EventCodecs: formats[${quote(type)}]`, format, { from: 1, to, isWhole: true });
      this.#formats.set(type, format);
    }
    this.#encoding = encoding;
    this.#maxBytes = maxMessageBytes;
  }

  /**
   * Encodes an event.
   * @throws TickmarkError `INVALID_ARGUMENT` for an event without a type, an id or a time, with a value that JSON cannot
   * represent, or nested too deeply (see {@link decode}); `MESSAGE_TOO_LARGE` for one that is too long.
   */
  encode(event: DomainEvent, origin: MessageOrigin): string | Uint8Array {
    const envelope = `${writeEnvelope(event, origin, this.#formatOf(event.type))},`;
    return this.#bounded(event, () =>
      this.#encoding === 'json'
        ? checkReadable(`{${envelope}"data":${this.#json(event)}}`)
        : this.#compact(event, envelope),
    );
  }

  /**
   * Encodes the data of an event alone, for a transport that has the attributes beside it: the JSON object `data`, or the compact encoding,
   * whose envelope then has only `data` and `columns`.
   * @throws TickmarkError as {@link encode}.
   */
  encodeData(event: DomainEvent): EventData {
    const format = this.#formatOf(event.type);
    if (this.#encoding === 'compact') {
      return {
        contentType: COMPACT_TYPE,
        bytes: this.#bounded(event, () => this.#compact(event, '')),
        format,
      };
    }
    const text = this.#bounded(event, () => checkReadable(this.#json(event)));
    return { contentType: JSON_TYPE, bytes: this.#encoder.encode(text), format };
  }

  /** Decodes what {@link encodeData} has written. @throws TickmarkError as {@link decode}. */
  decodeData({ contentType, bytes }: EventData, header: EventHeader): DomainEvent {
    const isCompactType = contentType === COMPACT_TYPE;
    if (!isCompactType && contentType.split(';')[0]!.trim() !== JSON_TYPE)
      throw malformed('content-type', contentType, `${JSON_TYPE} or ${COMPACT_TYPE}`);
    return this.#readable(bytes, () => {
      if (isCompactType) return this.#decodeWith(...this.#compactParts(bytes), header);
      const given = parseWireJson(this.#decoder.decode(bytes));
      return this.#decodeWith({ data: given }, new JsonDataReader(given), header);
    });
  }

  /** Newest version of a type's format that can be read. */
  #newestFormat(type: string): number {
    return this.#codecs.get(type)?.format ?? 1;
  }

  /** Version of a type's format that is written. */
  #formatOf(type: string): number {
    return this.#formats.get(type) ?? 1;
  }

  #bounded<Message extends string | Uint8Array>(event: DomainEvent, encode: () => Message): Message {
    try {
      const message = encode();
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
   * @throws TickmarkError `MALFORMED_INPUT` for anything that is not the message of an event; `NEWER_FORMAT` for one that a newer version of
   * tickmark, or of the codec, has written.
   */
  decode(message: string | Uint8Array): DecodedMessage {
    return this.#readable(message, () =>
      isCompact(message) ? this.#read(...this.#compactParts(message)) : this.#readJson(message),
    );
  }

  #readable<Result>(message: string | Uint8Array, read: () => Result): Result {
    if (message.length > this.#maxBytes) {
      throw malformed('message', message.length, `at most ${this.#maxBytes} bytes (maxMessageBytes)`);
    }
    try {
      return read();
    } catch (cause) {
      if (cause instanceof TickmarkError && READING_CODES.has(cause.code)) throw cause;
      throw new TickmarkError('MALFORMED_INPUT', 'The message is not a readable CloudEvent.', { cause });
    }
  }

  // A UTF-16 unit takes three bytes at most, so most strings need not be encoded to be measured.
  #bytesOf(message: string | Uint8Array): number {
    if (typeof message !== 'string' || message.length > this.#maxBytes) return message.length;
    return message.length * 3 <= this.#maxBytes ? message.length : this.#encoder.encode(message).length;
  }

  #json(event: DomainEvent): string {
    const data = new JsonDataWriter();
    this.#write(event, data);
    return data.text;
  }

  #compact(event: DomainEvent, envelope: string): Uint8Array {
    const data = new CompactDataWriter();
    this.#write(event, data);
    const text = `{${envelope}"data":${data.text},"columns":${JSON.stringify(data.heads)}}`;
    return writeCompact(this.#encoder.encode(checkReadable(text)), data.columns);
  }

  #write(event: DomainEvent, data: EventDataWriter): void {
    const codec = this.#codecs.get(event.type);
    if (codec) return codec.encode(event, data, this.#formatOf(event.type));
    for (const [name, value] of Object.entries(event)) if (!HEADER_FIELDS.has(name)) data.value(name, value);
  }

  #readJson(message: string | Uint8Array): DecodedMessage {
    const text = typeof message === 'string' ? message : this.#decoder.decode(message);
    const given = objectField(parseWireJson(text), 'message');
    return this.#read(given, new JsonDataReader(ownField(given, 'data')));
  }

  #compactParts(message: Uint8Array): [given: Fields, data: EventDataReader] {
    const { json, columns } = readCompact(message);
    const given = objectField(parseWireJson(this.#decoder.decode(json)), 'message');
    return [given, new CompactDataReader(ownField(given, 'data'), ownField(given, 'columns'), columns)];
  }

  #read(given: Fields, data: EventDataReader): DecodedMessage {
    const { header, source, sequence } = readEnvelope(given);
    return { source, sequence, event: this.#decodeWith(given, data, header) };
  }

  #decodeWith(given: Fields, data: EventDataReader, header: EventHeader): DomainEvent {
    const newest = this.#newestFormat(header.type);
    if (header.format > newest) throw newerFormat(header, newest);
    const codec = this.#codecs.get(header.type);
    return codec ? codec.decode(data, header) : plainEvent(ownField(given, 'data'), header);
  }
}

type Fields = Readonly<Record<string, unknown>>;

const READING_CODES: ReadonlySet<string> = new Set(['MALFORMED_INPUT', 'NEWER_FORMAT']);

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

function newerFormat({ type, format }: EventHeader, newest: number): TickmarkError {
  const message =
    `A message of type ${quote(type)} has format ${format}; this version of tickmark reads formats up to ${newest}. ` +
    'Upgrade this process, or let the others write the older format (option `formats` of their bus).';
  return new TickmarkError('NEWER_FORMAT', message);
}

function messageTooLarge({ id, type }: DomainEvent, how: string, cause?: unknown): TickmarkError {
  const message = `EventCodecs.encode: the message of event ${quote(id)} of type ${quote(type)} is ${how}.`;
  return new TickmarkError('MESSAGE_TOO_LARGE', message, { cause });
}
