import { invalidArgument } from '../../core/errors.js';

/** A piece of JSON, such as what one topic has to say; shared by all messages it goes into. */
export class Fragment {
  readonly text: string;
  #bytes: number | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /**
   * Bytes in UTF-8.
   * @throws TickmarkError `INVALID_ARGUMENT` for a text that could end a field of an event and start another: JSON has no raw CR,
   * LF or NUL.
   */
  get bytes(): number {
    this.#bytes ??= lineBytes(this.text);
    return this.#bytes;
  }
}

const encoder = new TextEncoder();
const scratch = new Uint8Array(16_384);
const BREAKERS = ['\n', '\r', '\0'];

// Into the same bytes again and again: a copy for the sake of its length would be left behind by every snapshot.
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
