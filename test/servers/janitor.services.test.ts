import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { canStartPostgres } from './postgres.js';
import { canStartRedis } from './redis.js';
import { worker } from './worker.js';

const isAvailable = canStartRedis() && canStartPostgres();
const program = new URL('janitor-worker.ts', import.meta.url);

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.skipIf(!isAvailable)('servers and programs of a test run that was killed end with it', async () => {
  const run = worker<never, { ports: number[]; pid: number }>(program);
  const { ports, pid } = await run.next();
  for (const port of ports) expect(await isOpen(port)).toBe(true);
  await run.kill('SIGKILL');
  for (const port of ports) await expect.poll(() => isOpen(port)).toBe(false);
  await expect.poll(() => isAlive(pid)).toBe(false);
});
