import { binance, WebSocketPriceStreamAdapter } from 'tickmark/websocket';

const stream = new WebSocketPriceStreamAdapter({ venue: binance() });
stream.onMessage((message) => console.log(message));
await stream.connect();
await stream.subscribe(['BTCUSDT', 'ETHUSDT']);
