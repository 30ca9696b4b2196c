import type { Clock } from '../../core/clock.js';
import type { FramePacer } from './frame-pacer.js';
import type { TransportConnection } from './transport.js';
import { Watchdog } from './watchdog.js';

/** How a dead link is detected. */
export interface LinkHeartbeat {
  /** Frame to send as a ping where the transport cannot ping, or everywhere with `always`. */
  readonly text?: string | (() => string);
  readonly always?: boolean;
  readonly intervalMs?: number;
  readonly textIntervalMs?: number;
  readonly silenceMs?: number;
  /** Longest time between two frames in ms, whether or not pings are answered. */
  readonly frameWithinMs?: number;
}

/** What a {@link LinkWatch} works with. */
export interface LinkWatchOptions {
  readonly clock: Clock;
  readonly heartbeat?: LinkHeartbeat | undefined;
  readonly transport: TransportConnection;
  /** Pings count as frames. */
  readonly pacer: FramePacer;
  /** The link is dead; `what` says what has not come, and for how long. */
  readonly onDead: (what: string) => void;
  /** Frames come, but pings are not answered. */
  readonly onPingsUnanswered: () => void;
}

/** Watches one open link by its heartbeat: whether anything comes, and whether frames come. */
export class LinkWatch {
  readonly #watchdog: Watchdog;
  readonly #frameWatchdog: Watchdog | undefined;

  constructor({ clock, heartbeat = {}, transport, pacer, onDead, onPingsUnanswered }: LinkWatchOptions) {
    const { text, always = false, intervalMs, textIntervalMs = intervalMs, silenceMs } = heartbeat;
    const { frameWithinMs } = heartbeat;
    const isNative = transport.ping !== undefined && !(always && text !== undefined);
    const asText = (): void => transport.send(typeof text === 'function' ? text() : text!);
    const sendPing = isNative ? () => transport.ping!() : text === undefined ? undefined : asText;
    this.#watchdog = new Watchdog({
      clock,
      intervalMs: isNative ? intervalMs : textIntervalMs,
      silenceMs: sendPing ? undefined : silenceMs,
      ping: sendPing && (() => pacer.push(sendPing, true)),
      onDead: (silentMs) => onDead(`Nothing came over the link for ${Math.round(silentMs)} ms`),
      onPingsUnanswered,
    });
    this.#frameWatchdog =
      frameWithinMs === undefined
        ? undefined
        : new Watchdog({
            clock,
            silenceMs: frameWithinMs,
            onDead: (silentMs) => onDead(`No frame came over the link for ${Math.round(silentMs)} ms`),
          });
  }

  /** Starts watching, and sends the first ping. */
  start(): void {
    this.#watchdog.start();
    this.#frameWatchdog?.start();
  }

  /** A frame has come. */
  activity(): void {
    this.#watchdog.activity();
    this.#frameWatchdog?.activity();
  }

  /** A ping was answered. */
  pong(): void {
    this.#watchdog.pong();
  }

  /** Sends a ping now. */
  probe(): void {
    this.#watchdog.probe();
  }

  /** Stops watching. */
  stop(): void {
    this.#watchdog.stop();
    this.#frameWatchdog?.stop();
  }
}
