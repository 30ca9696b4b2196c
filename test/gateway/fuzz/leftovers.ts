import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Used bytes of the heap, after all garbage was collected. */
export async function heapInUse(): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < 4; round++) {
    // Weak references are cleared only after the turn that created them.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

/** Objects that nothing may reference any longer. */
export class Tracked {
  readonly #references: Array<WeakRef<object>> = [];

  /** A new object to hand out. */
  make(): object {
    const object = {};
    this.#references.push(new WeakRef(object));
    return object;
  }

  get made(): number {
    return this.#references.length;
  }

  /** How many are still referenced after garbage collections, and after some turns for those that only the stack referenced. */
  async held(): Promise<number> {
    let held = Infinity;
    for (let round = 0; round < 10 && held > 0; round++) {
      await heapInUse();
      held = this.#references.filter((reference) => reference.deref() !== undefined).length;
    }
    return held;
  }
}

/** Errors that reached the process, and would have ended it. */
export class ProcessErrors implements Disposable {
  readonly seen: unknown[] = [];
  readonly #keep = (error: unknown): void => void this.seen.push(error);

  constructor() {
    process.on('uncaughtException', this.#keep);
    process.on('unhandledRejection', this.#keep);
  }

  [Symbol.dispose](): void {
    process.off('uncaughtException', this.#keep);
    process.off('unhandledRejection', this.#keep);
  }
}
