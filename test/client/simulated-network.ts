import type { ClientFetch, ClientResponse } from 'tickmark/client';
import type { GatewayRig } from '../gateway/rig/gateway-rig.js';

/** One open stream: its chunks from the gateway, and the page that reads them. */
interface Link {
  readonly upstream: ReadableStreamDefaultReader<Uint8Array>;
  readonly page: ReadableStreamDefaultController<Uint8Array>;
  /** Chunks that arrived while the network was silent. */
  readonly held: Uint8Array[];
}

/** The network between a page and a gateway, as `fetch` sees it. A test can break it in several ways. */
export class SimulatedNetwork {
  readonly #rig: GatewayRig;
  readonly #links = new Set<Link>();
  #state: 'up' | 'silent' | 'refusing' = 'up';
  #waiting: (() => void)[] = [];

  constructor(rig: GatewayRig) {
    this.#rig = rig;
  }

  /** Open streams. */
  get open(): number {
    return this.#links.size;
  }

  readonly fetch: ClientFetch = async (url, { method, body: sent, headers, signal }) => {
    if (this.#state === 'refusing') throw new TypeError('Failed to fetch');
    if (this.#state === 'silent') {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    }
    const { gateway } = this.#rig;
    const address = new URL(url, 'https://api.example.com');
    const request = new Request(address, {
      method,
      headers: { ...headers, origin: 'https://app.example.com' },
      ...(sent !== undefined && { body: sent }),
      signal,
    });
    const response = await gateway.handle(request);
    if (response.status !== 200) return response as ClientResponse;
    const upstream = response.body!.getReader();
    let link!: Link;
    const body = new ReadableStream<Uint8Array>({
      start: (page) => {
        link = { upstream, page, held: [] };
        this.#links.add(link);
        signal.addEventListener('abort', () => this.#end(link, signal.reason as Error));
        void this.#pump(link);
      },
    });
    return { status: 200, headers: response.headers, body, text: () => response.text() };
  };

  /** Goes silent: forwards nothing and closes nothing. */
  fallSilent(): void {
    this.#state = 'silent';
  }

  /** Resets open streams, and refuses new ones. */
  refuse(): void {
    this.#state = 'refusing';
    this.cut();
  }

  /** Resets open streams. */
  cut(): void {
    for (const link of this.#links) this.#end(link, new TypeError('network error'));
  }

  /** Forwards again, first the chunks that waited. */
  restore(): void {
    this.#state = 'up';
    for (const link of this.#links) for (const chunk of link.held.splice(0)) link.page.enqueue(chunk);
    for (const go of this.#waiting.splice(0)) go();
  }

  async #pump(link: Link): Promise<void> {
    for (;;) {
      const { done, value } = await link.upstream.read().catch(() => ({ done: true, value: undefined }));
      if (!this.#links.has(link)) return;
      if (done) {
        // A silent network also loses the end of a stream.
        if (this.#state !== 'silent') this.#end(link);
        return;
      }
      if (this.#state === 'silent') link.held.push(value!);
      else link.page.enqueue(value!);
    }
  }

  #end(link: Link, error?: Error): void {
    if (!this.#links.delete(link)) return;
    void link.upstream.cancel().catch(() => undefined);
    if (error) link.page.error(error);
    else link.page.close();
  }
}
