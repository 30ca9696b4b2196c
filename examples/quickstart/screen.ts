import type { WriteStream } from 'node:tty';

const HIDE = '\x1b[?25l';
const SHOW = '\x1b[?25h';
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';

/** Redraws a few lines in place, below the earlier output of the terminal. */
export class Screen {
  readonly #terminal: WriteStream;
  #height = 0;
  #isOpen = false;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
  }

  /** Width in characters. */
  get columns(): number {
    return this.#terminal.columns || 80;
  }

  draw(lines: readonly string[]): void {
    if (!this.#isOpen) this.#open();
    // A slow terminal skips frames instead of falling behind.
    if (this.#terminal.writableNeedDrain) return;
    // Lines that have scrolled away cannot be redrawn.
    const shown = lines.slice(0, Math.max(1, (this.#terminal.rows || 24) - 1));
    const back = this.#height > 0 ? `\x1b[${this.#height}A\r` : '';
    const text = shown.map((line) => `\x1b[2K${line}\n`).join('');
    this.#terminal.write(`${NO_WRAP}${back}${text}\x1b[J${WRAP}`);
    this.#height = shown.length;
  }

  /** Keeps the last lines and shows the cursor again. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.off('resize', this.#startOver);
    process.off('exit', this.#restore);
    this.#restore();
  }

  #open(): void {
    this.#isOpen = true;
    this.#terminal.on('resize', this.#startOver);
    // Show the cursor again, however the process ends.
    process.on('exit', this.#restore);
    this.#terminal.write(HIDE);
  }

  // A resized terminal wraps lines again, so their positions are unknown.
  readonly #startOver = (): void => {
    this.#height = 0;
    this.#terminal.write('\x1b[2J\x1b[H');
  };

  readonly #restore = (): void => {
    this.#terminal.write(`${WRAP}${SHOW}`);
  };
}
