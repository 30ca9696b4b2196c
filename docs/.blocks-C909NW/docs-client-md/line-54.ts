import { TickmarkClient } from 'tickmark/client';

const client = new TickmarkClient({ url: '/live' });
const desk = client.portfolio('desk');
const stop = desk.subscribe(() => console.log(desk.getSnapshot().value?.marketValue));

setTimeout(() => {
  stop();
  client.close();
}, 60_000);
