import { invalidArgument } from '../core/errors.js';

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

// Counted instead of encoded: a snapshot of a thousand topics would leave a copy of itself behind for the sake of its length.
function lineBytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      if (unit === 13 || unit === 10 || unit === 0)
        throw invalidArgument('Fragment', text, 'JSON on one line');
    } else if (unit < 0x800) bytes += 1;
    // Two halves of a pair are four bytes together; a half alone is sent as U+FFFD, which has three.
    else if (isHigh(unit) && isLow(text.charCodeAt(at + 1))) {
      bytes += 2;
      at++;
    } else bytes += 2;
  }
  return bytes;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
