import { TickmarkClient } from 'tickmark/client';

// A dedicated worker: it has no document.
const client = new TickmarkClient({ url: '/live' });
const price = client.price('P0');
price.subscribe(() => (globalThis as unknown as Worker).postMessage(price.getSnapshot().value?.price));
