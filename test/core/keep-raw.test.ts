import { isReactive, reactive, readonly, ref } from 'vue';
import { describe, expect, it } from 'vitest';
import * as core from 'tickmark';
import * as calendars from 'tickmark/calendars';
import * as client from 'tickmark/client';
import * as conformance from 'tickmark/conformance';
import * as fills from 'tickmark/fills';
import * as gateway from 'tickmark/gateway';
import * as instruments from 'tickmark/instruments';
import * as kafka from 'tickmark/kafka';
import * as parts from 'tickmark/parts';
import * as polling from 'tickmark/polling';
import * as postgres from 'tickmark/postgres';
import * as redis from 'tickmark/redis';
import * as replay from 'tickmark/replay';
import * as sqlite from 'tickmark/sqlite';
import * as sse from 'tickmark/sse';
import * as websocket from 'tickmark/websocket';

const rooms = [
  core,
  calendars,
  client,
  conformance,
  fills,
  gateway,
  instruments,
  kafka,
  parts,
  polling,
  postgres,
  redis,
  replay,
  sqlite,
  sse,
  websocket,
];

/** Exported classes with private fields, which no proxy can read. */
function privateClasses(): (new () => object)[] {
  const all = new Set(rooms.flatMap((room) => Object.values<unknown>(room)));
  return [...all].filter(
    (each): each is new () => object =>
      typeof each === 'function' && /^class\b/.test(String(each)) && /#\w/.test(String(each)),
  );
}

describe('reactive state of Vue', () => {
  const classes = privateClasses();

  it('holds every public object with private fields as it is', () => {
    expect(classes.length).toBeGreaterThan(40);
    const proxied = classes.filter(({ prototype }) =>
      isReactive(reactive(Object.create(prototype as object) as object)),
    );
    expect(proxied.map(({ name }) => name)).toEqual([]);
  });

  it('does not change how such objects are listed, compared or written', () => {
    const one = core.Decimal.from('1.25');
    expect(Object.keys(one)).not.toContain('__v_skip');
    expect(JSON.stringify({ one })).toBe('{"one":"1.25"}');
  });

  it('may hold decimals, portfolios and flashes, at any depth', async () => {
    const state = reactive({
      cash: core.Decimal.from('1.25'),
      desks: [core.Portfolio.create({ id: 'desk', currency: 'USD' })],
    });
    expect(state.cash.plus('1').toString()).toBe('2.25');
    expect(readonly(state).cash.plus('1').toString()).toBe('2.25');
    expect(state.desks[0]!.id).toBe('desk');
    const flash = ref(new client.PriceFlash());
    expect(flash.value.next('1').direction).toBe(null);
    const repository = ref(new core.InMemoryPortfolioRepository());
    await repository.value.save(core.Portfolio.create({ id: 'desk', currency: 'USD' }));
    expect((await repository.value.load('desk'))!.id).toBe('desk');
  });
});
