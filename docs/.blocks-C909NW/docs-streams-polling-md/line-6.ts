import { PollingPriceStreamAdapter, aktools } from 'tickmark/polling';

const stream = new PollingPriceStreamAdapter({ source: aktools() });
stream.onMessage((message) => console.log(message));
await stream.connect();
await stream.subscribe(['600519', '000001']);
