/**
 * One of several consumers of a stream: adds each event's amount to a total, once however often the event comes, and fails
 * on every poisoned event.
 */
import { Redis } from 'ioredis';
import { RedisStreamEventBus } from 'tickmark/redis';
import { workerLink } from '../servers/worker-link.js';
import { EFFECT, streamOptions, type EffectEvent, type StreamPlace } from './effects.js';

// The effect and the note that it was made are one step.
const APPLY = `
if redis.call('SADD', KEYS[1], ARGV[1]) == 0 then return redis.call('INCR', KEYS[3]) end
return redis.call('INCRBY', KEYS[2], ARGV[2])
`;

/** What it says. */
export type ConsumerMessage = 'ready' | 'consuming' | 'stopped';

const { args, next, send } = workerLink<StreamPlace, 'consume' | 'stop', ConsumerMessage>();
const client = new Redis(args.redisUrl);
const effects = new Redis(args.redisUrl);
const bus = new RedisStreamEventBus(client, { ...streamOptions(args) });
send('ready');
await next();
bus.subscribe<EffectEvent>(EFFECT, async ({ id, amount, isPoisoned }) => {
  if (isPoisoned) throw new Error('poison');
  await effects.eval(
    APPLY,
    3,
    `${args.prefix}ids`,
    `${args.prefix}total`,
    `${args.prefix}repeats`,
    id,
    amount,
  );
});
send('consuming');
await next();
await bus.close();
client.disconnect();
effects.disconnect();
send('stopped');
