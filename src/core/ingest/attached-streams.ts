import type { PriceStreamAdapter, PriceStreamMessage } from '../streams/price-stream-adapter.js';
import type { Unsubscribe } from '../unsubscribe.js';

/** Streams whose messages are taken until they are detached. */
export class AttachedStreams {
  readonly #onMessage: (message: PriceStreamMessage) => void;
  readonly #attached = new Set<Unsubscribe>();

  constructor(onMessage: (message: PriceStreamMessage) => void) {
    this.#onMessage = onMessage;
  }

  /** Takes all messages of a stream from now on, until the returned function is called. */
  attach(stream: Pick<PriceStreamAdapter, 'onMessage'>): Unsubscribe {
    const unsubscribe = stream.onMessage(this.#onMessage);
    const detach = () => {
      this.#attached.delete(detach);
      unsubscribe();
    };
    this.#attached.add(detach);
    return detach;
  }

  /** Detaches all streams. */
  detachAll(): void {
    for (const detach of [...this.#attached]) detach();
  }
}
