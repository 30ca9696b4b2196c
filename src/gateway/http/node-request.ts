/** The part of `http.IncomingMessage` that the gateway uses. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express: the URL before a router removed its prefix. */
  readonly originalUrl?: string;
  readonly httpVersionMajor?: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: NodeSocket;
}

/** The part of `net.Socket` that the gateway uses. */
export interface NodeSocket {
  readonly remoteAddress?: string | undefined;
  readonly encrypted?: boolean;
  on(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

// A host as in RFC 3986, 3.2.2, without a user: a name, an IPv4 address, or an IPv6 address in brackets; with or without a port.
const HOST = /^(?:(?:[\w.~-]|%[0-9A-Fa-f]{2})+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * Converts a request of Node into one of the Fetch API; `null` if its target, host or method cannot be read. Never throws, because
 * anyone may send such a request.
 */
export function readNodeRequest(incoming: NodeRequest, signal?: AbortSignal): Request | null {
  try {
    const host = single(incoming.headers.host) ?? single(incoming.headers[':authority']) ?? 'localhost';
    const target = readTarget(incoming.originalUrl ?? incoming.url ?? '/');
    if (!HOST.test(host) || target === null) return null;
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) {
      // HTTP/2 has pseudo headers such as `:path`.
      if (value === undefined || name.startsWith(':')) continue;
      for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each);
    }
    const scheme = incoming.socket.encrypted === true ? 'https' : 'http';
    const { method = 'GET' } = incoming;
    return new Request(`${scheme}://${host}${target}`, { method, headers, ...(signal && { signal }) });
  } catch {
    // For example the method TRACE, or a URL that `URL` refuses.
    return null;
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Path and query of a request target: RFC 9112, 3.2.1 (`/live?topic=…`) and 3.2.2 (`http://host/live`). */
function readTarget(target: string): string | null {
  if (target.startsWith('/')) return target;
  if (!URL.canParse(target)) return null;
  const { protocol, pathname, search } = new URL(target);
  return protocol === 'http:' || protocol === 'https:' ? pathname + search : null;
}
