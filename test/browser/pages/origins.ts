import { TickmarkClient, eventStreams, webSockets, type GatewayTransport } from 'tickmark/client';

declare global {
  interface Window {
    /** The total of `desk` as each way of reading the gateway at an address gives it, or `nothing`. */
    readAll(live: string): Promise<Record<string, string>>;
    /** Why the client does not read the gateway at an address, over each transport. */
    whyNot(live: string): Promise<Record<'eventStreams' | 'webSockets', string>>;
  }
}

/** With the client, until there is a value or the gateway or the browser says that there is none. */
function readWith(url: string, transport: GatewayTransport): Promise<string> {
  const client = new TickmarkClient({ url, transport });
  return new Promise<string>((resolve) => {
    const desk = client.portfolio('desk');
    client.connection.subscribe(() => {
      const { attempt, state } = client.connection.getSnapshot();
      if (attempt > 0 || state === 'closed' || state === 'unauthorized') resolve('nothing');
    });
    desk.subscribe(() => {
      const { value } = desk.getSnapshot();
      if (value) resolve(value.marketValue!);
    });
  }).finally(() => client.close());
}

/** With what browsers have for it. */
function readEvents(url: string): Promise<string> {
  const source = new EventSource(`${url}?topic=portfolio:desk`);
  return new Promise<string>((resolve) => {
    source.onerror = () => resolve('nothing');
    source.onmessage = ({ data }) => {
      const [, value] = /"marketValue":"([\d.]+)"/.exec(data as string) ?? [];
      if (value !== undefined) resolve(value);
    };
  }).finally(() => source.close());
}

window.readAll = async (live) => ({
  client: await readWith(live, eventStreams()),
  socket: await readWith(live, webSockets()),
  eventSource: await readEvents(live),
});

function reasonOf(url: string, transport: GatewayTransport): Promise<string> {
  const client = new TickmarkClient({ url, transport });
  return new Promise<string>((resolve) => {
    client.connection.subscribe(() => {
      const { error, state } = client.connection.getSnapshot();
      // Not by `nextTryAt`: the next try may be under way when this is called.
      const end = state === 'closed' || state === 'unauthorized' ? 'ends' : 'retries';
      if (error) resolve(`${error.cause}, ${end}: ${error.message}`);
    });
    client.portfolio('desk').subscribe(() => undefined);
  }).finally(() => client.close());
}

window.whyNot = async (live) => ({
  eventStreams: await reasonOf(live, eventStreams()),
  webSockets: await reasonOf(live, webSockets()),
});
