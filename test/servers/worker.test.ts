import { afterEach, describe, expect, test } from 'vitest';
import { SLOW_TEST_MS } from '../waiting.js';
import { worker, type Worker } from './worker.js';

const echo = new URL('echo-worker.ts', import.meta.url);
let program: Worker<number, unknown>;

afterEach(() => program.kill());

describe('a worker', { timeout: SLOW_TEST_MS }, () => {
  test('runs TypeScript on the sources and exchanges lines of JSON until it is told the end', async () => {
    program = worker(echo, { price: '1.25' });
    expect(await program.next()).toEqual({ args: { price: '1.25' }, doubled: '2.50' });
    program.send(1);
    program.send(2);
    expect(await program.next()).toEqual({ message: 1 });
    expect(await program.next()).toEqual({ message: 2 });
    program.end();
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('ready\n');
  });

  test('answers nothing while frozen, and then all', async () => {
    program = worker(echo, { price: '1' });
    const running = worker<number, unknown>(echo, { price: '1' });
    await Promise.all([program.next(), running.next()]);
    program.pause();
    program.send(3);
    let isAnswered = false;
    const answer = program.next().finally(() => (isAnswered = true));
    // Another one has answered a hundred times in the meantime.
    for (let n = 0; n < 100; n++) {
      running.send(n);
      expect(await running.next()).toEqual({ message: n });
    }
    expect(isAnswered).toBe(false);
    program.resume();
    expect(await answer).toEqual({ message: 3 });
    await running.kill();
  });

  test('reports how it ended, and what it wrote to stderr', async () => {
    program = worker(echo, { price: '1' });
    await program.next();
    program.send(-1);
    await expect(program.next()).rejects.toThrow(/ended \(1\)[^]*negative/);
    program = worker(echo, { price: '1' });
    await program.next();
    await program.kill();
    expect(await program.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await expect(program.next()).rejects.toThrow('SIGKILL');
  });
});
