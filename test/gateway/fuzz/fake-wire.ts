import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';

/** The server's end of a connection without a network. Bytes to the peer are discarded while it reads, and wait otherwise. */
export class FakeWire extends Duplex {
  readonly remoteAddress: string;
  isReading = true;
  #taken: (() => void) | undefined;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
    // Node does this for its sockets as well; the gateway adds its own listener later.
    this.on('error', () => undefined);
  }

  /** The peer sends bytes. */
  receive(bytes: Buffer): void {
    if (!this.destroyed && !this.readableEnded) this.push(bytes);
  }

  /** The peer ends its side. */
  halfClose(): void {
    if (!this.destroyed && !this.readableEnded) this.push(null);
  }

  /** The peer reads again. */
  readOn(): void {
    this.isReading = true;
    this.#taken?.();
    this.#taken = undefined;
  }

  override _read(): void {
    // Bytes arrive when the peer sends them.
  }

  override _write(_chunk: unknown, _encoding: string, taken: () => void): void {
    if (this.isReading) taken();
    else this.#taken = taken;
  }
}

// What `http` refuses in a header: RFC 9110, 5.5.
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** An `http.ServerResponse` without a network. */
export class FakeResponse extends EventEmitter {
  status = 0;
  writableLength = 0;
  isReading = true;
  isOver = false;

  writeHead(status: number, headers: Record<string, string>): void {
    if (this.status !== 0) throw new Error('ERR_HTTP_HEADERS_SENT');
    for (const [name, value] of Object.entries(headers))
      if (!HEADER_VALUE.test(value)) throw new Error(`ERR_INVALID_CHAR in ${name}`);
    this.status = status;
  }

  flushHeaders(): void {
    // Nothing is buffered.
  }

  write(chunk: Uint8Array): boolean {
    if (!this.isReading) this.writableLength += chunk.byteLength;
    return this.isReading;
  }

  end(): void {
    this.emit('finish');
    this.destroy();
  }

  destroy(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.emit('close');
  }
}
