import { Child, nodeArguments } from '../examples/child.js';

/** The demo as a user starts it; in memory, whatever servers there are. */
export class Demo extends Child {
  constructor(args: readonly string[]) {
    super([...nodeArguments('examples/demo/main.ts', false), ...args], {
      TICKMARK_POSTGRES_URL: '',
      TICKMARK_REDIS_URL: '',
    });
  }

  async url(): Promise<string> {
    await this.printed('\n');
    const [url] = /http:\S+/.exec(this.stdout) ?? [];
    if (url) return url;
    throw new Error(`The demo has ended without an address: ${(await this.outcome).stderr}`);
  }
}
