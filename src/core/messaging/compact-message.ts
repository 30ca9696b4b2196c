import { malformed } from './wire-fields.js';

const MAGIC = [0x54, 0x4d]; // "TM"
const VERSION = 1;
const HEADER_BYTES = 8;

/** The two parts of a compact message. */
export interface CompactParts {
  /** JSON, in UTF-8. */
  readonly json: Uint8Array;
  /** The number columns, one after the other. */
  readonly columns: Uint8Array;
}

/** Whether a message is in the compact encoding. */
export function isCompact(message: string | Uint8Array): message is Uint8Array {
  return typeof message !== 'string' && message[0] === MAGIC[0] && message[1] === MAGIC[1];
}

/** Joins the parts: `"TM"`, the version, a byte 0, the length of the JSON (32 bits, little-endian), the JSON, the columns. */
export function writeCompact(json: Uint8Array, columns: readonly Uint8Array[]): Uint8Array {
  const size = columns.reduce((sum, column) => sum + column.length, HEADER_BYTES + json.length);
  const message = new Uint8Array(size);
  message.set([...MAGIC, VERSION]);
  new DataView(message.buffer).setUint32(4, json.length, true);
  message.set(json, HEADER_BYTES);
  let at = HEADER_BYTES + json.length;
  for (const column of columns) {
    message.set(column, at);
    at += column.length;
  }
  return message;
}

/** The parts of a compact message, without a copy. @throws TickmarkError `MALFORMED_INPUT`. */
export function readCompact(message: Uint8Array): CompactParts {
  const version = message[2];
  if (version !== VERSION || message.length < HEADER_BYTES) throw malformed('message: version', version, '1');
  const length = new DataView(message.buffer, message.byteOffset).getUint32(4, true);
  const end = HEADER_BYTES + length;
  if (end > message.length) throw malformed('message', message.length, `at least ${end} bytes`);
  return { json: message.subarray(HEADER_BYTES, end), columns: message.subarray(end) };
}
