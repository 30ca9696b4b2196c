import { invalidArgument, quote } from '../errors.js';
import type { DomainEvent } from './event-bus.js';
import { malformed, numberField, ownField, stringField } from './wire-fields.js';

/** The fields of an event that every message has. */
export interface EventHeader {
  readonly type: string;
  readonly id: string;
  /** ms since 1970. */
  readonly occurredAt: number;
  /** Version of the format of its data, from 1. */
  readonly format: number;
}

/** The sender of a message. */
export interface MessageOrigin {
  /** Name of the publisher: CloudEvents `source`. */
  readonly source: string;
  /** Number of the message within this publisher and type, from 1; `null` if messages are not numbered. */
  readonly sequence: number | null;
}

/** The attributes of a CloudEvent besides its data. */
export interface EventEnvelope extends MessageOrigin {
  readonly header: EventHeader;
}

/** The latest time that a `Date` can hold. */
const LATEST_DATE_MS = 8.64e15;

/**
 * The attributes of a CloudEvent, by their names.
 * @param format Version of the format of the data.
 * @throws TickmarkError `INVALID_ARGUMENT` for an event without a type, an id or a time.
 */
export function attributesOf(
  event: DomainEvent,
  { source, sequence }: MessageOrigin,
  format: number,
): Record<string, string> {
  checkHeader(event);
  const { type, id, occurredAt } = event;
  const isPlain = Number.isSafeInteger(occurredAt) && Math.abs(occurredAt) <= LATEST_DATE_MS;
  const time = new Date(Math.abs(occurredAt) <= LATEST_DATE_MS ? occurredAt : 0).toISOString();
  return {
    specversion: '1.0',
    type,
    source,
    id,
    time,
    datacontenttype: 'application/json',
    ...(!isPlain && { occurredat: String(occurredAt) }),
    ...(sequence !== null && { sequence: String(sequence) }),
    ...(format !== 1 && { dataformat: String(format) }),
  };
}

/** Writes the attributes as fields of a JSON object, without the braces. @throws as {@link attributesOf}. */
export function writeEnvelope(event: DomainEvent, origin: MessageOrigin, format: number): string {
  return JSON.stringify(attributesOf(event, origin, format)).slice(1, -1);
}

function checkHeader(event: DomainEvent): void {
  const { type, id, occurredAt } = event;
  if (typeof type !== 'string' || type === '') {
    throw invalidArgument('EventCodecs.encode: type', type, 'a string that is not empty');
  }
  if (typeof id !== 'string' || id === '') {
    throw invalidArgument(`EventCodecs.encode: id of ${quote(type)}`, id, 'a string that is not empty');
  }
  if (!Number.isFinite(occurredAt)) {
    throw invalidArgument(`EventCodecs.encode: occurredAt of ${quote(type)}`, occurredAt, 'ms since 1970');
  }
}

/** Reads the attributes of a parsed CloudEvent. @throws TickmarkError `MALFORMED_INPUT`. */
export function readEnvelope(given: Readonly<Record<string, unknown>>): EventEnvelope {
  const specversion = ownField(given, 'specversion');
  if (specversion !== '1.0') throw malformed('specversion', specversion, '1.0');
  const header: EventHeader = {
    type: nonEmptyString(ownField(given, 'type'), 'type'),
    id: nonEmptyString(ownField(given, 'id'), 'id'),
    occurredAt: readTime(given),
    format: readFormat(given),
  };
  const sequence = ownField(given, 'sequence');
  return {
    header,
    source: stringField(ownField(given, 'source'), 'source'),
    sequence: sequence === undefined ? null : positiveInteger(Number(sequence), 'sequence'),
  };
}

function nonEmptyString(value: unknown, where: string): string {
  const text = stringField(value, where);
  if (text === '') throw malformed(where, text, 'a string that is not empty');
  return text;
}

function readTime(given: Readonly<Record<string, unknown>>): number {
  const exact = ownField(given, 'occurredat');
  if (exact !== undefined) return numberField(Number(stringField(exact, 'occurredat')), 'occurredat');
  const time = ownField(given, 'time');
  const occurredAt = Date.parse(stringField(time, 'time'));
  if (Number.isNaN(occurredAt)) throw malformed('time', time, 'an RFC 3339 time');
  return occurredAt;
}

function readFormat(given: Readonly<Record<string, unknown>>): number {
  const format = ownField(given, 'dataformat');
  return format === undefined ? 1 : positiveInteger(Number(format), 'dataformat');
}

function positiveInteger(value: number, where: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw malformed(where, value, 'a whole number from 1');
}
