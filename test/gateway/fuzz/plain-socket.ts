import type { GatewaySocket } from '../../../src/gateway/web-sockets/web-socket-sink.js';

/** A WebSocket without a network, as servers other than Node have it. */
export class PlainSocket implements GatewaySocket {
  readyState = 1;
  bufferedAmount = 0;
  isReading = true;
  readonly protocol = 'tickmark.v1';
  readonly #listeners: Array<{ type: string; listener: (event: { data: unknown }) => void }> = [];

  get isOver(): boolean {
    return this.readyState === 3;
  }

  send(data: string): void {
    if (this.readyState !== 1) throw new Error('The socket is not open.');
    if (!this.isReading) this.bufferedAmount += data.length;
  }

  close(): void {
    this.readyState = 2;
    if (this.isReading) this.leave();
  }

  terminate(): void {
    this.leave();
  }

  leave(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit('close', undefined);
  }

  stopReading(): void {
    this.isReading = false;
  }

  readOn(): void {
    this.isReading = true;
    this.bufferedAmount = 0;
  }

  addEventListener(type: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.push({ type, listener });
  }

  emit(type: string, data: unknown): void {
    for (const each of this.#listeners) if (each.type === type) each.listener({ data });
  }
}
