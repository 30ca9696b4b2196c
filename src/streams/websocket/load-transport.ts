import { TickmarkError } from '../../core/errors.js';
import type { Transport } from '../connection/transport.js';
import { nativeTransport, type NativeWebSocketClass } from './native-transport.js';
import type { SocketSettings } from './socket-settings.js';
import { wsTransport, type WsClass } from './ws-transport.js';

interface Host {
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly WebSocket?: NativeWebSocketClass;
}

/** What the platform's own `WebSocket` cannot do. */
export interface SocketNeeds {
  readonly headers: boolean;
  readonly agent: boolean;
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
 * @throws TickmarkError `MISSING_PACKAGE` if there is neither, or if headers or an agent are needed and `ws` is not there.
 */
export async function loadTransport(
  settings: SocketSettings,
  needs: SocketNeeds,
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
  if (native && !needs.headers && !needs.agent) return nativeTransport(native, settings);
  const where = 'WebSocketPriceStreamAdapter:';
  const lacks = needs.headers
    ? 'this venue takes its key in headers, and the WebSocket of this platform cannot send headers'
    : needs.agent
      ? 'the WebSocket of this platform cannot use an agent: the platform chooses the proxy'
      : 'this platform has no WebSocket (Node has one from version 22 on)';
  const message = isNode
    ? `${where} the package "ws" is needed: ${lacks}. Install it: npm install ws`
    : `${where} ${lacks}. Connect from Node, with the package "ws".`;
  throw new TickmarkError('MISSING_PACKAGE', message, { cause });
}
