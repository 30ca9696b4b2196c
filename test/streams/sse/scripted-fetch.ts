import type { FetchFunction, FetchInit, FetchResponse } from '../../../src/streams/connection/http-fetch.js';

const nothing = (): void => undefined;

/** One request of the code under test, which the test answers. */
export class ScriptedRequest {
  readonly url: string;
  readonly init: FetchInit;
  readonly response: Promise<FetchResponse>;
  #answer: (response: FetchResponse) => void = nothing;
  #refuse: (error: Error) => void = nothing;
  readonly #chunks: Uint8Array[] = [];
  #end: { readonly error?: Error } | undefined;
  #wake: () => void = nothing;
  #isCancelled = false;

  constructor(url: string, init: FetchInit, heedsSignal: boolean) {
    this.url = url;
    this.init = init;
    this.response = new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#refuse = reject;
    });
    if (heedsSignal)
      init.signal.addEventListener('abort', () => this.fail(new DOMException('gone', 'AbortError')));
  }

  /** Whether the client still keeps the connection. */
  get isOpen(): boolean {
    return !this.#end && !this.#isCancelled && !this.init.signal.aborted;
  }

  /** Sends the head of the answer. */
  head(status: number, headers: Readonly<Record<string, string>> = {}): this {
    const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const cancel = async (): Promise<void> => {
      this.#isCancelled = true;
      this.#wake();
    };
    this.#answer({
      status,
      headers: { get: (name) => lower.get(name.toLowerCase()) ?? null },
      body: { cancel, getReader: () => ({ cancel, read: () => this.#read() }) },
    });
    return this;
  }

  /** Sends the head of an event stream. */
  stream(): this {
    return this.head(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  }

  write(data: string | Uint8Array): this {
    this.#chunks.push(typeof data === 'string' ? new TextEncoder().encode(data) : data);
    this.#wake();
    return this;
  }

  end(): void {
    this.#end ??= {};
    this.#wake();
  }

  /** Breaks the connection, at whatever point it is. */
  fail(error: Error = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } })): void {
    this.#end ??= { error };
    this.#refuse(error);
    this.#wake();
  }

  async #read(): Promise<{ done: boolean; value?: Uint8Array }> {
    for (;;) {
      const value = this.#chunks.shift();
      if (value) return { done: false, value };
      if (this.#end?.error) throw this.#end.error;
      if (this.#end || this.#isCancelled) return { done: true };
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** A `fetch` that the test answers. */
export class ScriptedFetch {
  readonly requests: ScriptedRequest[] = [];
  /** Called at once with each request. Default: does nothing. */
  onRequest: (request: ScriptedRequest) => void = nothing;
  readonly #heedsSignal: boolean;

  constructor(options: { readonly heedsSignal?: boolean } = {}) {
    this.#heedsSignal = options.heedsSignal ?? true;
  }

  readonly fetch: FetchFunction = (url, init) => {
    const request = new ScriptedRequest(url, init, this.#heedsSignal);
    request.response.catch(nothing);
    this.requests.push(request);
    this.onRequest(request);
    return request.response;
  };

  get last(): ScriptedRequest {
    return this.requests.at(-1)!;
  }

  /** Requests whose connections are open. */
  get open(): ScriptedRequest[] {
    return this.requests.filter(({ isOpen }) => isOpen);
  }
}
