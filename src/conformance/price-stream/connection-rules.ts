import { assert, assertEqual } from '../assertions.js';
import type { PriceStreamKit } from './price-stream-kit.js';
import { connected, flush, watch, watchStates } from './stream-watch.js';

export function connectionRules({ kit, symbols: [a, b] }: PriceStreamKit): void {
  kit.factoryRule(
    'createHarness() makes adapters and venues that share nothing',
    async (one, other, time) => {
      assert(one.adapter !== other.adapter, 'createHarness() gives a new adapter each time');
      await connected(one, time, a);
      assertEqual(other.adapter.getStatus().state, 'disconnected', 'status of the other adapter');
      await connected(other, time, a);
      const { log } = watch(other.adapter);
      await flush(one, time, a);
      assertEqual(log, [], 'messages of the other adapter');
    },
  );

  kit.rule('an adapter stays disconnected until connect() is called', async ({ adapter }, time) => {
    const states = watchStates(adapter);
    await time.pass(50);
    assertEqual(adapter.getStatus(), { state: 'disconnected' }, 'status');
    assertEqual(adapter.getSubscribedSymbols(), [], 'subscribed symbols');
    assertEqual(states, [], 'changes of status');
  });

  kit.rule('the status goes from connecting to connected, subscribed and back', async ({ adapter }, time) => {
    const states = watchStates(adapter);
    const connecting = adapter.connect();
    assertEqual(adapter.getStatus().state, 'connecting', 'status while connect() is under way');
    await time.settled(connecting, 'connect()');
    assertEqual(adapter.getStatus().state, 'connected', 'status after connect()');
    await time.settled(adapter.subscribe([a, b]), 'subscribe()');
    assertEqual(adapter.getStatus().state, 'subscribed', 'status after subscribe()');
    await time.settled(adapter.unsubscribe([a]), 'unsubscribe()');
    assertEqual(adapter.getStatus().state, 'subscribed', 'status with one symbol left');
    await time.settled(adapter.unsubscribe([b]), 'unsubscribe()');
    assertEqual(adapter.getStatus().state, 'connected', 'status with no symbol left');
    await time.settled(adapter.disconnect(), 'disconnect()');
    assertEqual(adapter.getStatus().state, 'disconnected', 'status after disconnect()');
    const expected = ['connecting', 'connected', 'subscribed', 'connected', 'disconnected'];
    assertEqual(
      states.map(({ state }) => state),
      expected,
      'changes of status, each reported once',
    );
  });

  kit.rule('connect() is idempotent while connecting and while connected', async ({ adapter }, time) => {
    const states = watchStates(adapter);
    await time.settled(Promise.all([adapter.connect(), adapter.connect()]), 'connect() twice');
    await time.settled(adapter.connect(), 'connect() while connected');
    assertEqual(
      states.map(({ state }) => state),
      ['connecting', 'connected'],
      'changes of status',
    );
  });

  kit.rule('connect() during disconnect() fails with DISCONNECTING and works afterwards', async (h, time) => {
    const { adapter } = h;
    await connected(h, time, a);
    const disconnecting = adapter.disconnect();
    const error = await time.rejected(adapter.connect(), 'DISCONNECTING', 'connect() while disconnecting');
    assert(error.retryable, 'DISCONNECTING is retryable');
    await time.settled(disconnecting, 'disconnect()');
    await time.settled(adapter.connect(), 'connect() after disconnect()');
    assertEqual(adapter.getStatus().state, 'connected', 'status');
  });

  kit.rule(
    'connect() with an aborted signal fails with ABORTED and opens nothing',
    async ({ adapter }, time) => {
      const states = watchStates(adapter);
      const reason = new Error('changed my mind');
      const attempt = adapter.connect({ signal: AbortSignal.abort(reason) });
      const error = await time.rejected(attempt, 'ABORTED', 'connect() with an aborted signal');
      assertEqual(error.cause, reason, 'cause of the error');
      assertEqual(states, [], 'changes of status');
    },
  );

  kit.rule(
    'aborting the signal during connect() fails with ABORTED and leaves the adapter disconnected',
    async ({ adapter }, time) => {
      const controller = new AbortController();
      const attempt = adapter.connect({ signal: controller.signal });
      controller.abort();
      await time.rejected(attempt, 'ABORTED', 'connect()');
      await time.until(() => adapter.getStatus().state === 'disconnected', 'the status becomes disconnected');
      await time.settled(adapter.disconnect(), 'disconnect()');
      await time.settled(adapter.connect(), 'connect() after an aborted one');
    },
  );

  kit.rule('aborting the signal after connect() changes nothing', async (h, time) => {
    const controller = new AbortController();
    await time.settled(h.adapter.connect({ signal: controller.signal }), 'connect()');
    await time.settled(h.adapter.subscribe([a]), 'subscribe()');
    controller.abort();
    await flush(h, time, a);
    assertEqual(h.adapter.getStatus().state, 'subscribed', 'status');
  });

  kit.rule('disconnect() is idempotent, also before connect()', async ({ adapter }, time) => {
    await time.settled(adapter.disconnect(), 'disconnect() before connect()');
    await time.settled(adapter.connect(), 'connect()');
    await time.settled(Promise.all([adapter.disconnect(), adapter.disconnect()]), 'disconnect() twice');
    await time.settled(adapter.disconnect(), 'disconnect() while disconnected');
    assertEqual(adapter.getStatus(), { state: 'disconnected' }, 'status');
  });

  kit.rule(
    'disconnect() during connect() leaves the adapter disconnected, and connect() settles',
    async ({ adapter }, time) => {
      const connecting = adapter.connect().catch(() => undefined);
      await time.settled(adapter.disconnect(), 'disconnect()');
      await time.settled(connecting, 'connect()');
      assertEqual(adapter.getStatus(), { state: 'disconnected' }, 'status');
      await time.pass(50);
      assertEqual(adapter.getStatus(), { state: 'disconnected' }, 'status later');
    },
  );

  kit.rule('disconnect() removes all subscriptions', async (h, time) => {
    await connected(h, time, a, b);
    await time.settled(h.adapter.disconnect(), 'disconnect()');
    assertEqual(h.adapter.getSubscribedSymbols(), [], 'subscribed symbols after disconnect()');
    await connected(h, time);
    assertEqual(h.adapter.getSubscribedSymbols(), [], 'subscribed symbols after connecting again');
    assertEqual(h.adapter.getStatus().state, 'connected', 'status after connecting again');
  });

  kit.rule('disposing of an adapter disconnects it', async (h, time) => {
    await connected(h, time, a);
    await time.settled(h.adapter[Symbol.asyncDispose](), 'disposing');
    assertEqual(h.adapter.getStatus(), { state: 'disconnected' }, 'status');
  });

  kit.ruleIf(
    !!kit.supports.refuse,
    'connect() to a venue that refuses fails with STREAM_FAILED and may be called again',
    async (h, time) => {
      const { adapter, venue } = h;
      const states = watchStates(adapter);
      await venue.refuse!();
      const error = await time.rejected(adapter.connect(), 'STREAM_FAILED', 'connect()');
      const status = adapter.getStatus();
      assert(status.state === 'failed', `status after a failed connect(): ${status.state}`);
      assertEqual(status.error.code, error.code, 'error of the status');
      assertEqual(
        states.map(({ state }) => state),
        ['connecting', 'failed'],
        'changes of status',
      );
      await venue.accept!();
      await connected(h, time, a);
      await flush(h, time, a);
    },
  );
}
