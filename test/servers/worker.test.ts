import { afterEach, expect, test } from 'vitest';
import { worker, type Worker } from './worker.js';

const echo = new URL('echo-worker.ts', import.meta.url);
let program: Worker<number, unknown>;

afterEach(() => program.kill());

test('a worker runs TypeScript on the sources and speaks in lines of JSON until told the end', async () => {
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

test('a worker that is frozen answers when it goes on', async () => {
  program = worker(echo, { price: '1' });
  await program.next();
  program.pause();
  program.send(3);
  const answer = program.next();
  const silence = new Promise((resolve) => setTimeout(() => resolve('silence'), 200));
  expect(await Promise.race([answer, silence])).toBe('silence');
  program.resume();
  expect(await answer).toEqual({ message: 3 });
});

test('a worker that ends says how, and what it wrote', async () => {
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
