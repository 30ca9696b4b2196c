import type { PageLifecycle, PageEvent } from 'tickmark/client';

/** A page whose frames, visibility and network the test controls. */
export class FakePage implements PageLifecycle {
  #isVisible = true;
  #isOnline = true;
  #frames: (() => void)[] = [];
  readonly #listeners = new Set<(event: PageEvent) => void>();

  isVisible(): boolean {
    return this.#isVisible;
  }

  isOnline(): boolean {
    return this.#isOnline;
  }

  requestFrame(callback: () => void): void {
    this.#frames.push(callback);
  }

  listen(listener: (event: PageEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Requested frames that are not painted yet. */
  get framesDue(): number {
    return this.#frames.length;
  }

  /** Paints, unless the page is hidden. */
  frame(): void {
    if (!this.#isVisible) return;
    for (const callback of this.#frames.splice(0)) callback();
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    this.#tell(isVisible ? 'visible' : 'hidden');
  }

  setOnline(isOnline: boolean): void {
    this.#isOnline = isOnline;
    this.#tell(isOnline ? 'online' : 'offline');
  }

  #tell(event: PageEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
