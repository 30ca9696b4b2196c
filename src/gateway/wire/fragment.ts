import { invalidArgument } from '../../core/errors.js';

/** A piece of JSON, such as the value of one topic. All messages that contain it share it. */
export class Fragment {
  readonly text: string;
  #bytes: number | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /**
   * Bytes in UTF-8.
   * @throws TickmarkError `INVALID_ARGUMENT` for a string that could end a field of an event and start another one: one with a raw CR,
   * LF or NUL, which JSON never has.
   */
  get bytes(): number {
    this.#bytes ??= lineBytes(this.text);
    return this.#bytes;
  }
}

const encoder = new TextEncoder();
const scratch = new Uint8Array(16_384);
const BREAKERS = ['\n', '\r', '\0'];

// Always into the same array: a copy for each measurement would leave garbage behind with every snapshot.
function lineBytes(text: string): number {
  if (BREAKERS.some((breaker) => text.includes(breaker))) {
    throw invalidArgument('Fragment', text, 'JSON on one line');
  }
  let bytes = 0;
  for (let rest = text; rest !== '';) {
    const { read, written } = encoder.encodeInto(rest, scratch);
    bytes += written;
    rest = rest.slice(read);
  }
  return bytes;
}
