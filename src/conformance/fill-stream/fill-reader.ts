import type { Fill, FillMessage, FillStream } from '../../core/fills/fill-stream.js';
import { assert } from '../assertions.js';
import type { KitTime } from '../kit-time.js';

/** Reads a stream list by list. */
export class FillReader {
  readonly #reading = new AbortController();
  readonly #lists: AsyncIterator<readonly FillMessage[]>;

  constructor(stream: FillStream) {
    this.#lists = stream.read({ signal: this.#reading.signal })[Symbol.asyncIterator]();
  }

  /** Asks for a list. The one before counts as processed. */
  next(): Promise<IteratorResult<readonly FillMessage[], unknown>> {
    return this.#lists.next();
  }

  /** Reads until a fill has come that fits. @returns all messages until then. */
  async until(time: KitTime, fits: (fill: Fill) => boolean, what: string): Promise<FillMessage[]> {
    const messages: FillMessage[] = [];
    for (;;) {
      const { done, value } = await time.settled(this.next(), what);
      assert(!done, `${what}: the stream ended`);
      const list = value as readonly FillMessage[];
      assert(list.length > 0, 'a list has at least one message');
      messages.push(...list);
      if (list.some((message) => message.type === 'fill' && fits(message))) return messages;
    }
  }

  /** Fires the signal, and settles when the stream has ended. */
  async abort(time: KitTime): Promise<void> {
    const next = this.next();
    this.#reading.abort();
    await time.settled(
      next.catch(() => undefined),
      'the stream ends after the signal',
    );
  }

  /** Stops reading without asking for more: the last list is not processed. */
  async stop(time: KitTime): Promise<void> {
    this.#reading.abort();
    const stopped = Promise.resolve(this.#lists.return?.()).catch(() => undefined);
    await time.settled(stopped, 'the stream ends when its reader stops');
  }
}
