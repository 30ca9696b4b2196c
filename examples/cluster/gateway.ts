// The process that browsers talk to. It values nothing: new values come from the bus, and the first ones from the store.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gateway, nodeHandler, repositoryValues } from 'tickmark/gateway';
import { services, untilStopped } from './settings.js';

const { repository, bus, close } = services();
const gateway = new Gateway({
  bus: bus(),
  values: repositoryValues(repository),
  // You decide who may see what. This one is for you alone.
  authenticate: () => ({ subject: 'you' }),
  authorize: () => true,
  serve: ['portfolio'],
});
const server = createServer(nodeHandler(gateway));
// On this machine only, except in a container.
server.listen(Number(process.env.PORT ?? 0), process.env.HOST ?? '127.0.0.1');
await once(server, 'listening');
process.send?.({ port: (server.address() as AddressInfo).port });

await untilStopped();
await gateway.close();
server.close();
await close();
process.disconnect?.();
