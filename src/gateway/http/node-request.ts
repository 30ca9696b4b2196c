/** The part of `http.IncomingMessage` that the gateway uses. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express: the URL before a router removed its prefix. */
  readonly originalUrl?: string;
  readonly httpVersionMajor?: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: NodeSocket;
  /** What a parser of bodies, such as `express.json()`, has read already. */
  readonly body?: unknown;
  on?(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on?(event: 'end' | 'error' | 'close', listener: () => void): unknown;
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
    const body = method === 'POST' ? bodyOf(incoming) : null;
    const init = { method, headers, body, duplex: 'half' as const, ...(signal && { signal }) };
    return new Request(`${scheme}://${host}${target}`, init);
  } catch {
    // For example the method TRACE, or a URL that `URL` refuses.
    return null;
  }
}

/** The body, which is read from the socket only when it is asked for. */
function bodyOf(incoming: NodeRequest): ReadableStream<Uint8Array> | string | null {
  const { body } = incoming;
  if (body !== undefined) return typeof body === 'string' ? body : JSON.stringify(body);
  if (!incoming.on) return null;
  let isListening = false;
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (isListening) return;
        isListening = true;
        const end = (finish: () => void): void => {
          if (!isOver) finish();
          isOver = true;
        };
        incoming.on!('data', (chunk) => {
          if (!isOver) controller.enqueue(chunk);
        });
        incoming.on!('end', () => end(() => controller.close()));
        const broken = (): void => end(() => controller.error(new Error('The request was cut off.')));
        incoming.on!('error', broken);
        incoming.on!('close', broken);
      },
      cancel() {
        isOver = true;
      },
    },
    { highWaterMark: 0 },
  );
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
