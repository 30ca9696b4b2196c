import { createInterface } from 'node:readline';

/** The program's end of a `worker()`. */
export interface WorkerLink<Args, Told, Heard> {
  readonly args: Args;
  /** Messages from the test, until it ends them. */
  readonly messages: AsyncIterableIterator<Told>;
  /** The next message from the test; `undefined` after the last one. */
  next(): Promise<Told | undefined>;
  /** Gives the test a message. */
  send(message: Heard): void;
}

/** Opens the program's end. Standard output belongs to it: `console.log` would be taken for a message. */
export function workerLink<Args = unknown, Told = unknown, Heard = unknown>(): WorkerLink<Args, Told, Heard> {
  async function* read(): AsyncGenerator<Told> {
    // Opened by the first look: a program that hears nothing ends by itself.
    const lines = createInterface({ input: process.stdin });
    for await (const line of lines) yield JSON.parse(line) as Told;
  }
  const messages = read();
  return {
    args: JSON.parse(process.argv[2] ?? 'null') as Args,
    messages,
    async next() {
      const { value, done } = await messages.next();
      return done ? undefined : (value as Told);
    },
    send: (message) => void process.stdout.write(`${JSON.stringify(message)}\n`),
  };
}
