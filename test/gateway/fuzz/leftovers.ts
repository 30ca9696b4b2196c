import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of the heap in use, after collections that leave nothing to collect. */
export async function heapInUse(): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < 4; round++) {
    // Weak references are cleared only after the turn that made them.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

/** Objects that nobody may hold any longer. */
export class Tracked {
  readonly #references: Array<WeakRef<object>> = [];

  /** A new object, to be given away. */
  make(): object {
    const object = {};
    this.#references.push(new WeakRef(object));
    return object;
  }

  get made(): number {
    return this.#references.length;
  }

  /** How many are still held after collections; what only the stack of this turn held has had some turns to be let go. */
  async held(): Promise<number> {
    let held = Infinity;
    for (let round = 0; round < 10 && held > 0; round++) {
      await heapInUse();
      held = this.#references.filter((reference) => reference.deref() !== undefined).length;
    }
    return held;
  }
}

/** What was thrown to the process and would have ended it. */
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
