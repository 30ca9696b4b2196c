import { TickmarkClient, type TickmarkClientOptions } from 'tickmark/client';
import { FakeClock } from 'tickmark/conformance';
import { seededRandom } from '../../src/core/random.js';
import { FakePage } from './fake-page.js';
import { ScriptedGateway } from './scripted-gateway.js';

/** A client whose clock, page and gateway the test controls. */
export function clientRig(options: Partial<TickmarkClientOptions> = {}) {
  const clock = new FakeClock();
  const page = new FakePage();
  const gateway = new ScriptedGateway(clock);
  const { transport } = gateway;
  const random = seededRandom(1);
  const client = new TickmarkClient({ url: '/live', clock, page, transport, random, ...options });
  return {
    clock,
    page,
    gateway,
    client,
    status: () => client.connection.getSnapshot().state,
    /** Lets time pass, then paints. */
    pass: async (ms = 0) => {
      await clock.advance(ms);
      page.frame();
    },
  };
}
