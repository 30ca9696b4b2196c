import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** One thing that a hostile reader does, again and again; what it opens is closed for it at the end. */
export type Attack = (attacker: Attacker) => Promise<void>;

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** A hostile reader with an address of its own. */
export class Attacker {
  readonly random: () => number;
  actions = 0;
  readonly #port: number;
  readonly #index: number;
  readonly #sockets = new Set<Socket>();
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;

  constructor(port: number, index: number, random: () => number, attack: Attack) {
    this.#port = port;
    this.#index = index;
    this.random = random;
    this.#running = this.#run(attack);
  }

  get isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Ends everything that it has opened. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const socket of this.#sockets) socket.destroy();
    await this.#running;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Waits, until it is stopped. */
  async pause(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
  }

  /** A connection that is read from unless told otherwise. */
  open({ reads = true } = {}): Socket {
    const socket = connect(this.#port, '127.0.0.1');
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    if (reads) socket.resume();
    else socket.pause();
    return socket;
  }

  /** What stands in each of its requests. */
  head(target: string, more = ''): string {
    const address = `10.9.${this.#index >> 8}.${this.#index & 255}`;
    const headers = `Host: x\r\nAuthorization: Bearer hostile-${this.#index}\r\nX-Forwarded-For: ${address}\r\n`;
    return `GET ${target} HTTP/1.1\r\n${headers}${more}\r\n`;
  }

  /** A WebSocket's handshake. */
  handshake(): string {
    return this.head(
      '/live',
      `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n` +
        'Sec-WebSocket-Protocol: tickmark.v1\r\n',
    );
  }

  /** Settles when a write has left, or never will. */
  async write(socket: Socket, data: string | Uint8Array): Promise<void> {
    if (socket.destroyed) return;
    this.actions++;
    await new Promise<void>((resolve) => {
      socket.once('close', resolve);
      socket.write(data, () => {
        socket.off('close', resolve);
        resolve();
      });
    });
  }

  async #run(attack: Attack): Promise<void> {
    await this.pause(this.random() * 1000);
    while (!this.isStopped) {
      await attack(this);
      await this.pause(this.random() * 50);
    }
  }
}

/** A frame of a client; its mask is 0, so that the payload stands as it is. */
export function frame(opcode: number, payload: string | Uint8Array, first = 0x80): Buffer {
  const data = Buffer.from(payload as string);
  const { length } = data;
  const size = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(6 + size);
  head[0] = first | opcode;
  head[1] = 0x80 | (size === 0 ? length : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(length, 2);
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, data]);
}
