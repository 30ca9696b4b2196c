import { parseServerMessage, type ServerMessage } from '../../../src/protocol/server-messages.js';
import { EventStreamParser } from '../../../src/streams/sse/event-stream-parser.js';

/** Messages of one type. */
export type Of<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** What a reader got, read by the rules of the protocol, without code of the gateway itself. */
export abstract class MessageLog {
  readonly messages: ServerMessage[] = [];

  /** Messages of a type. */
  of<T extends ServerMessage['type']>(type: T): Array<Of<T>> {
    return this.messages.filter((message): message is Of<T> => message.type === type);
  }

  /** The last message of a type. */
  last<T extends ServerMessage['type']>(type: T): Of<T> {
    const found = this.of(type).at(-1);
    if (!found)
      throw new Error(`No ${type} among ${this.messages.map((message) => message.type).join(', ')}.`);
    return found;
  }

  /** The position of the last message that had one. */
  get position(): string {
    return (
      this.messages.flatMap((message) => ('position' in message ? [message.position!] : [])).at(-1) ?? ''
    );
  }

  protected take(text: string): ServerMessage {
    const message = parseServerMessage(text);
    if (!message) throw new Error(`Not a message: ${text}`);
    this.messages.push(message);
    return message;
  }
}

/** Reads a response as an event stream. */
export class StreamReader extends MessageLog {
  readonly response: Response;
  readonly raw: string[] = [];
  comments = 0;
  isDone = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #parser: EventStreamParser;

  constructor(response: Response) {
    super();
    this.response = response;
    this.#reader = response.body!.getReader();
    this.#parser = new EventStreamParser(
      {
        event: ({ data, id, type }) => {
          if (type !== 'message') throw new Error(`An event of type ${type}.`);
          this.raw.push(data);
          const message = this.take(data);
          if ('position' in message && message.position !== id)
            throw new Error(`id ${id}, position ${message.position}`);
        },
        comment: () => void this.comments++,
        retry: () => undefined,
        tooBig: () => {
          throw new Error('too big');
        },
      },
      2 ** 27,
    );
  }

  /** The id that a browser would send on reconnecting. */
  get lastEventId(): string {
    return this.#parser.lastEventId;
  }

  /** Reads until the end or `cancel()`. */
  readAll(): this {
    void (async () => {
      while (await this.readOne());
    })();
    return this;
  }

  /** Reads one chunk. @returns Whether there was one. */
  async readOne(): Promise<boolean> {
    try {
      const { done, value } = await this.#reader.read();
      if (value) this.#parser.push(value);
      this.isDone ||= done;
      return !done;
    } catch {
      this.isDone = true;
      return false;
    }
  }

  /** Ends the connection, as a page does that is closed. */
  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}
