import type { Timer } from '../../core/clock.js';
import type { Topic } from '../../protocol/topic.js';
import type { ClientSettings } from '../client-options.js';
import type { PageLifecycle } from './page-lifecycle.js';
import type { LiveSource } from './live-source.js';

/**
 * Decides when the source runs: while topics are wanted and the page is visible. Otherwise the source is stopped, without a connection
 * or a timer.
 */
export class SourceLifecycle {
  readonly #settings: ClientSettings;
  readonly #page: PageLifecycle;
  readonly #source: LiveSource;
  #topics: ReadonlySet<Topic> = new Set();
  #isRunning = false;
  #grace: Timer | undefined;
  #offPage: (() => void) | undefined;

  constructor(settings: ClientSettings, page: PageLifecycle, source: LiveSource) {
    this.#settings = settings;
    this.#page = page;
    this.#source = source;
  }

  /** Replaces the set of wanted topics. @param onNetwork Called when the browser gains or loses its network. */
  want(topics: ReadonlySet<Topic>, onNetwork: () => void): void {
    this.#topics = topics;
    if (topics.size === 0) return this.stop();
    this.#offPage ??= this.#page.listen((event) => {
      if (event === 'hidden') this.#hidden();
      else if (event === 'visible') this.#shown();
      else {
        if (event === 'online' && this.#isRunning) this.#source.hint();
        onNetwork();
      }
    });
    if (this.#isRunning) this.#source.want(topics);
    else if (this.#page.isVisible()) this.#shown();
  }

  /** Connects again, with new credentials: at once, or as soon as the source runs. */
  reconnect(): void {
    this.#source.reconnect();
  }

  /** Stops the source: no topic is wanted any more. */
  stop(): void {
    this.#offPage?.();
    this.#offPage = undefined;
    this.#rest();
  }

  #shown(): void {
    this.#grace?.clear();
    this.#grace = undefined;
    if (this.#isRunning) return this.#source.hint();
    this.#isRunning = true;
    this.#source.want(this.#topics);
    this.#source.start();
  }

  /** Keeps the connection for a while, unless another tab can take over. */
  #hidden(): void {
    if (!this.#isRunning || this.#grace) return;
    const { clock, hiddenGraceMs } = this.#settings;
    if (hiddenGraceMs === 0 || this.#source.hasOthers) return this.#rest();
    this.#grace = clock.setTimer(() => this.#rest(), hiddenGraceMs);
  }

  #rest(): void {
    this.#grace?.clear();
    this.#grace = undefined;
    this.#isRunning = false;
    this.#source.stop();
  }
}
