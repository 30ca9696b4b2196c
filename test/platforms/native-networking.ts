import { request, type IncomingMessage } from 'node:http';

// The native side of networking in React Native, as its JavaScript sees it: requests by id, and events. See
// Libraries/Network/RCTNetworking and XMLHttpRequest.js of React Native. Text comes as it is received, and no `Origin` is sent.

type Listener = (args: readonly unknown[]) => void;

const listeners = new Map<string, Set<Listener>>();
const running = new Map<number, () => void>();
let last = 0;

function emit(event: string, ...args: readonly unknown[]): void {
  for (const listener of [...(listeners.get(event) ?? [])]) listener(args);
}

/** Sends a request; what comes is reported piece by piece. @returns Aborts it. */
function send(
  url: string,
  options: { method: string; headers: Record<string, string>; body: string | null },
  events: { answered(response: IncomingMessage): void; text(part: string): void; ended(error?: Error): void },
): () => void {
  const outgoing = request(url, { method: options.method, headers: options.headers }, (response) => {
    events.answered(response);
    response.setEncoding('utf8');
    response.on('data', (part: string) => events.text(part));
    response.on('end', () => events.ended());
    response.on('error', (error) => events.ended(error));
  });
  outgoing.on('error', (error) => events.ended(error));
  outgoing.end(options.body ?? undefined);
  return () => outgoing.destroy();
}

const textOf = (headers: IncomingMessage['headers']): [string, string][] =>
  Object.entries(headers).map(([name, value]) => [name, String(value)]);

/** `Networking` of `react-native`. */
export const Networking = {
  addListener(event: string, listener: Listener) {
    if (!listeners.has(event)) listeners.set(event, new Set());
    listeners.get(event)!.add(listener);
    return { remove: () => void listeners.get(event)!.delete(listener) };
  },
  sendRequest(
    method: string,
    _trackingName: string,
    url: string,
    headers: Record<string, string>,
    data: string | null,
    _responseType: string,
    _incrementalUpdates: boolean,
    _timeout: number,
    started: (id: number) => void,
  ): void {
    const id = ++last;
    const body = typeof data === 'string' ? data : ((data as { string?: string } | null)?.string ?? null);
    started(id);
    const abort = send(
      url,
      { method, headers, body },
      {
        answered: ({ statusCode, headers: received }) =>
          emit('didReceiveNetworkResponse', id, statusCode, Object.fromEntries(textOf(received)), url),
        text: (part) => emit('didReceiveNetworkIncrementalData', id, part, 0, 0),
        ended: (error) => emit('didCompleteNetworkResponse', id, error?.message, false),
      },
    );
    running.set(id, abort);
  },
  abortRequest: (id: number): void => running.get(id)?.(),
  clearCookies: (): void => undefined,
};

/** `XMLHttpRequest` of React Native: `responseText` grows while it is received. */
export class XMLHttpRequest {
  static readonly UNSENT = 0;
  static readonly OPENED = 1;
  static readonly HEADERS_RECEIVED = 2;
  static readonly LOADING = 3;
  static readonly DONE = 4;

  readyState = 0;
  status = 0;
  statusText = '';
  responseText = '';
  responseType = '';
  responseURL = '';
  timeout = 0;
  withCredentials = false;
  onreadystatechange: (() => void) | null = null;
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;
  ontimeout: (() => void) | null = null;
  readonly #sent: Record<string, string> = {};
  #received: [string, string][] = [];
  #method = 'GET';
  #url = '';
  #abort: (() => void) | undefined;

  get response(): string {
    return this.responseText;
  }

  open(method: string, url: string): void {
    this.#method = method;
    this.#url = url;
    this.#enter(1);
  }

  setRequestHeader(name: string, value: string): void {
    this.#sent[name] = value;
  }

  getAllResponseHeaders(): string {
    return this.#received.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  send(body: string | null = null): void {
    this.#abort = send(
      this.#url,
      { method: this.#method, headers: this.#sent, body },
      {
        answered: ({ statusCode, headers }) => {
          this.status = statusCode!;
          this.responseURL = this.#url;
          this.#received = textOf(headers);
          this.#enter(2);
        },
        text: (part) => {
          this.responseText += part;
          this.#enter(3);
        },
        ended: (error) => {
          if (error) this.status = 0;
          this.#enter(4);
          (error ? this.onerror : this.onload)?.();
        },
      },
    );
  }

  abort(): void {
    this.#abort?.();
    this.onabort?.();
  }

  #enter(readyState: number): void {
    this.readyState = readyState;
    this.onreadystatechange?.();
  }
}
