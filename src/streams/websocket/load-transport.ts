import { TickmarkError } from '../../core/errors.js';
import type { Transport } from '../connection/transport.js';
import { nativeTransport, type NativeWebSocketClass } from './native-transport.js';
import type { SocketSettings } from './socket-settings.js';
import { wsTransport, type WsClass } from './ws-transport.js';

interface Host {
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly WebSocket?: NativeWebSocketClass;
}

/** Where sockets come from; tests pass others. */
export interface SocketSources {
  readonly loadWs: () => Promise<{ readonly WebSocket: unknown }>;
  readonly native: NativeWebSocketClass | undefined;
  readonly isNode: boolean;
}

const host = globalThis as Host;
const PLATFORM: SocketSources = {
  loadWs: () => import('ws'),
  native: host.WebSocket,
  isNode: host.process?.versions?.node !== undefined,
};

/**
 * The sockets of the platform: in Node those of the package `ws`, which can ping and send headers. In browsers, and where `ws` is not
 * installed, the platform's `WebSocket`.
 * @throws TickmarkError `MISSING_PACKAGE` if there is neither, or if the venue needs headers and `ws` is not installed.
 */
export async function loadTransport(
  settings: SocketSettings,
  needsHeaders: boolean,
  sources: SocketSources = PLATFORM,
): Promise<Transport> {
  const { loadWs, native, isNode } = sources;
  let cause: unknown;
  if (isNode) {
    try {
      const { WebSocket } = await loadWs();
      return wsTransport(WebSocket as WsClass, settings);
    } catch (error) {
      cause = error;
    }
  }
  if (native && !needsHeaders) return nativeTransport(native, settings);
  const why = needsHeaders
    ? 'this venue takes its key in headers, and the WebSocket of this platform cannot send headers'
    : 'this platform has no WebSocket (Node has one from version 22 on)';
  const message = `WebSocketPriceStreamAdapter: the package "ws" is needed: ${why}. Install it: npm install ws`;
  throw new TickmarkError('MISSING_PACKAGE', message, { cause });
}
