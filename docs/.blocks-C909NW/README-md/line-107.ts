import { binance, WebSocketPriceStreamAdapter } from 'tickmark/websocket';

const stream = new WebSocketPriceStreamAdapter({ venue: binance() });
stream.onStatus(({ state }) => console.log(state));
stream.onMessage((message) => console.log(message));
stream.connect().then(() => stream.subscribe(['BTCUSDT', 'ETHUSDT']), console.error);

setTimeout(() => void stream.disconnect(), 2_000);
