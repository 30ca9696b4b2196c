// my-venue.ts
import { Secrets, type Venue } from 'tickmark/websocket';

export const myVenue = (key: string): Venue => ({
  name: 'my-venue',
  url: 'wss://prices.example.com/live',
  secrets: new Secrets(key),
  limits: { symbolsPerConnection: 100, framesPerSecond: 10 },
  open: (sink) => ({
    start: () => sink.send(JSON.stringify({ op: 'login', key })),
    subscribe: (symbols) => [JSON.stringify({ op: 'sub', symbols })],
    unsubscribe: (symbols) => [JSON.stringify({ op: 'unsub', symbols })],
    receive(frame) {
      const { type, s, p, t } = JSON.parse(String(frame));
      if (type === 'price') sink.update({ symbol: s, price: p, timestamp: t });
      else if (type === 'welcome') sink.ready();
      else if (type === 'denied') sink.fatal('UNAUTHORIZED', 'the key is not accepted');
      else if (type === 'ok') sink.confirmed([s]);
      else if (type === 'unknown') sink.refused(s, 'no such symbol');
      else sink.rejected('unknown-type');
    },
  }),
});
