import type { ClientMessage } from '../../protocol/client-messages.js';
import type { Topic } from '../../protocol/topic.js';
import { portionsOf } from '../topics/topic-portions.js';

/** Least time between an answer and the next change of one stream, ms: the gateway takes 20 a second. */
const PAUSE_MS = 50;
/** Longest wait for the answer to a change: a browser waits for minutes. */
const ANSWER_MS = 10_000;

/** Changes the topics and the token of an open event stream, by one POST after the other. */
export class StreamChanges {
  readonly #post: (messages: readonly ClientMessage[]) => Promise<boolean>;
  readonly #failed: () => void;
  readonly #added = new Set<Topic>();
  readonly #removed = new Set<Topic>();
  #token: string | undefined;
  #isBusy = false;
  #isOver = false;

  /**
   * @param post Sends messages. Resolves with whether they have arrived.
   * @param failed Called once, when messages did not arrive; then nothing more is sent.
   */
  constructor(post: (messages: readonly ClientMessage[]) => Promise<boolean>, failed: () => void) {
    this.#post = post;
    this.#failed = failed;
  }

  /** Adds and removes topics. What waits is sent together. */
  change(added: readonly Topic[], removed: readonly Topic[]): void {
    for (const topic of removed) {
      this.#added.delete(topic);
      this.#removed.add(topic);
    }
    for (const topic of added) this.#added.add(topic);
    this.#send();
  }

  /** Sends a newer token. */
  authenticate(token: string): void {
    this.#token = token;
    this.#send();
  }

  /** Sends nothing more. */
  close(): void {
    this.#isOver = true;
  }

  #send(): void {
    const messages = this.#isBusy || this.#isOver ? [] : this.#take();
    if (messages.length === 0) return;
    this.#isBusy = true;
    const fail = (): void => {
      this.#isOver = true;
      this.#failed();
    };
    const timer = setTimeout(fail, ANSWER_MS);
    void this.#post(messages)
      .catch(() => false)
      .then((hasArrived) => {
        clearTimeout(timer);
        if (this.#isOver) return;
        if (!hasArrived) return fail();
        setTimeout(() => {
          this.#isBusy = false;
          this.#send();
        }, PAUSE_MS);
      });
  }

  #take(): ClientMessage[] {
    const messages: ClientMessage[] = [];
    const [removed, added] = [[...this.#removed], [...this.#added]];
    if (this.#token !== undefined) messages.push({ type: 'auth', token: this.#token });
    if (removed.length > 0) messages.push({ type: 'unsubscribe', topics: removed });
    for (const topics of portionsOf(added)) messages.push({ type: 'subscribe', topics });
    this.#token = undefined;
    this.#removed.clear();
    this.#added.clear();
    return messages;
  }
}
