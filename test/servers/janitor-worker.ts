/** Starts a server and a worker of its own and says so; then waits to be killed. */
import { privatePostgres } from './postgres.js';
import { privateRedis } from './redis.js';
import { workerLink } from './worker-link.js';
import { worker } from './worker.js';

const { send } = workerLink();
const redis = await privateRedis();
const postgres = await privatePostgres();
const echo = worker(new URL('echo-worker.ts', import.meta.url), { price: '1' });
await echo.next();
send({ ports: [redis.port, postgres.port], pid: echo.pid });
