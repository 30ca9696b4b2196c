// The process with the price stream: its prices go to all workers.
import { MockPriceStreamAdapter } from 'tickmark';
import { PriceStreamProcessor } from 'tickmark/parts';
import { services, symbols, untilStopped } from './settings.js';

const { bus, close } = services();
const stream = new MockPriceStreamAdapter({ intervalMs: 100 });
const processor = new PriceStreamProcessor({ bus: bus(), onError: (error) => console.error(error.message) });
processor.attach(stream);
await stream.connect();
await stream.subscribe(symbols);

await untilStopped();
await stream.disconnect();
await processor.close();
await close();
process.disconnect?.();
