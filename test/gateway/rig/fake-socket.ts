import type { ClientMessage } from '../../../src/protocol/client-messages.js';
import type { GatewaySocket } from '../../../src/gateway/web-sockets/web-socket-sink.js';
import { MessageLog } from './stream-reader.js';

/** A WebSocket without a network. Sent messages are read at once, or wait until `drain()`. */
export class FakeSocket extends MessageLog implements GatewaySocket {
  readyState = 1;
  bufferedAmount = 0;
  protocol = 'tickmark.v1';
  closeCode: number | undefined;
  closeReason = '';
  isTerminated = false;
  /** Whether the reader reads. */
  isReading = true;
  readonly #waiting: string[] = [];
  readonly #listeners: Array<{ type: string; listener: (event: { data: unknown }) => void }> = [];

  send(data: string): void {
    if (this.readyState !== 1) throw new Error('The socket is not open.');
    if (this.isReading) this.take(data);
    else {
      this.#waiting.push(data);
      this.bufferedAmount += wireLength(data);
    }
  }

  close(code = 1005, reason = ''): void {
    this.closeCode ??= code;
    this.closeReason ||= reason;
    this.readyState = 2;
    if (this.isReading) this.gone();
  }

  terminate(): void {
    this.isTerminated = true;
    this.gone();
  }

  addEventListener(type: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.push({ type, listener });
  }

  /** Reads waiting messages, as many as fit into so many bytes. */
  drain(bytes = Infinity): void {
    this.bufferedAmount = Math.max(0, this.bufferedAmount - bytes);
    let left = this.#waiting.reduce((sum, each) => sum + wireLength(each), 0) - this.bufferedAmount;
    while (this.#waiting.length > 0 && wireLength(this.#waiting[0]!) <= left) {
      const text = this.#waiting.shift()!;
      left -= wireLength(text);
      this.take(text);
    }
  }

  /** The connection is over. */
  gone(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#emit('close', undefined);
  }

  /** The reader sends a message. */
  say(message: ClientMessage): void {
    this.sayText(JSON.stringify(message));
  }

  sayText(data: unknown): void {
    this.#emit('message', data);
  }

  #emit(type: string, data: unknown): void {
    for (const each of this.#listeners) if (each.type === type) each.listener({ data });
  }
}

function wireLength(text: string): number {
  const bytes = Buffer.byteLength(text);
  return bytes + (bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10);
}
