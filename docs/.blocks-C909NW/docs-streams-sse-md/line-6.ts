import { SsePriceStreamAdapter, eastmoneyPush2 } from 'tickmark/sse';

const stream = new SsePriceStreamAdapter({ feed: eastmoneyPush2() });
stream.onMessage((message) => console.log(message));
await stream.connect();
await stream.subscribe(['600519', '000001']);
