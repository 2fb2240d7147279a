import { SimExchange } from '@kb/exchange-sim';
import type { TrueTrade } from '@kb/exchange-sim';
import { KrakenSpotFeed, KrakenV1Feed, ReplayFeed, RestPollingFeed } from '@kb/feed';
import type { MarketSource } from '@kb/feed';
import { inProcessDial, KrakenRest } from '@kb/kraken';
import type { RecordedFrame } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Candle, MarketEvent, MarketView, TradeEvent } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { fetchIn, pass } from './in-process-rest.ts';
import { lightMarkets } from './rehearsal/light-markets.ts';

const START = micros(1_795_000_020 * SECOND);
const MINUTE = micros(60 * SECOND);
const SYMBOL = 'BTC/USD';

/** All that one source said, and what it then knew. */
interface Heard {
  readonly events: readonly MarketEvent[];
  readonly market: MarketView;
  /** Live trades, by id. */
  readonly trades: ReadonlyMap<number, TradeEvent>;
}

/** One market for five minutes, heard by all sources at the same time. */
async function hearing(): Promise<{ heard: Record<string, Heard>; made: readonly TrueTrade[] }> {
  const scheduler = new VirtualScheduler(START);
  const exchange = new SimExchange({ markets: lightMarkets(1), seed: 3, scheduler });
  const made: TrueTrade[] = [];
  exchange.listen({ onTrade: (trade) => made.push(trade) });
  exchange.start();
  scheduler.advance(micros(2 * MINUTE));

  const shared = { symbols: [SYMBOL], candles: [MINUTE], scheduler, seed: 3 };
  const logs: Record<string, MarketEvent[]> = { sockets: [], v1: [], rest: [], recording: [] };
  const into = (name: string) => (event: MarketEvent) => void logs[name]?.push(event);
  const frames: RecordedFrame[] = [];
  const sockets = new KrakenSpotFeed({
    ...shared,
    channels: ['instrument', 'book', 'trade', 'ticker'],
    dial: inProcessDial(exchange.accept, scheduler),
    onEvent: into('sockets'),
    onWire: (recvTs, dir, raw) =>
      frames.push({ recvTs, tsNs: `${recvTs}000`, dir, raw: typeof raw === 'string' ? Buffer.from(raw) : raw }),
  });
  const [instrument] = lightMarkets(1).map((market) => market.instrument);
  const v1 = new KrakenV1Feed({
    ...shared,
    ...(instrument === undefined ? {} : { instruments: [exchange.truth(SYMBOL).instrument] }),
    dial: inProcessDial(exchange.acceptV1, scheduler),
    onEvent: into('v1'),
  });
  const client = new KrakenRest({
    scheduler,
    fetch: fetchIn((request) => Promise.resolve(exchange.rest(request)), scheduler),
  });
  const rest = new RestPollingFeed({ ...shared, rest: client, onEvent: into('rest') });

  const sources: Record<string, MarketSource> = { sockets, v1, rest };
  for (const source of Object.values(sources)) source.start();
  await pass(scheduler, micros(5 * MINUTE));
  const states = Object.entries(sources).map(([name, source]) => [name, source.health().state]);
  expect(states).toEqual([
    ['sockets', 'live'],
    ['v1', 'live'],
    ['rest', 'live'],
  ]);
  const closing = Promise.all([...Object.values(sources).map((source) => source.close()), client.close()]);
  await pass(scheduler, micros(3 * SECOND));
  await closing;
  exchange.stop();

  const recording = new ReplayFeed({
    ...shared,
    source: frames,
    onEvent: into('recording'),
    tickEvery: micros(SECOND),
  });
  await recording.run();
  const heard = Object.entries({ ...sources, recording }).map(([name, { market }]): [string, Heard] => {
    const events = logs[name] ?? [];
    const trades = events.filter((event) => event.type === 'trade' && !event.historical) as TradeEvent[];
    return [name, { events, market, trades: new Map(trades.map((trade) => [trade.tradeId, trade])) }];
  });
  return { heard: Object.fromEntries(heard), made };
}

/** What a candle is in money and time, whoever built it. */
function figuresOf({ start, open, high, low, close, volume, trades }: Candle): unknown {
  return { start, open, high, low, close, volume, trades };
}

/** The minutes of which every source heard all: the second to the fourth after it was started. */
function wholeMinutes({ market }: Heard): unknown[] {
  return [...market.candles(SYMBOL, MINUTE)]
    .filter(({ start }) => start >= START + 3 * MINUTE && start < START + 6 * MINUTE)
    .map(figuresOf);
}

describe('all sources of one market', () => {
  const hearings = hearing();

  test('follow the same states: connecting, then subscribing, then live before any data, and nothing after closed', async () => {
    const { heard } = await hearings;
    for (const [name, { events }] of Object.entries(heard)) {
      const states = events.flatMap((event) => (event.type === 'feed' ? event.state : []));
      // A recording begins with a connection that is made.
      expect([name, states[0]]).toEqual([name, name === 'recording' ? 'subscribing' : 'connecting']);
      expect([name, states.indexOf('subscribing') < states.indexOf('live'), states.at(-1)]).toEqual([
        name,
        true,
        'closed',
      ]);
      expect(events.at(-1)).toMatchObject({ type: 'feed', state: 'closed' });
      const first = events.findIndex(({ type }) => type === 'book');
      const live = events.findIndex((event) => event.type === 'feed' && event.state === 'live');
      expect(first === -1 || live < first).toBe(true);
    }
  });

  test('number their events one by one', async () => {
    const { heard } = await hearings;
    for (const { events } of Object.values(heard)) {
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    }
  });

  test('tell every trade once, in order, as it was made', async () => {
    const { heard, made } = await hearings;
    const during = made.filter(({ venueTs }) => venueTs >= START + 3 * MINUTE && venueTs < START + 6 * MINUTE);
    expect(during.length).toBeGreaterThan(50);
    for (const name of ['sockets', 'rest', 'recording']) {
      const { trades = new Map<number, TradeEvent>() } = heard[name] ?? {};
      for (const { tradeId, price, size, taker, venueTs } of during) {
        expect(trades.get(tradeId)).toMatchObject({ price, size, taker, venueTs });
      }
    }
    // v1 has no ids of the venue's.
    const v1 = [...(heard['v1']?.trades.values() ?? [])].filter(
      ({ venueTs }) => venueTs >= START + 3 * MINUTE && venueTs < START + 6 * MINUTE,
    );
    expect(v1.map(({ price, size, taker }) => [price, size, taker])).toEqual(
      during.map(({ price, size, taker }) => [price, size, taker]),
    );
  });

  test('build the same candles', async () => {
    const { heard } = await hearings;
    const bySockets = wholeMinutes(heard['sockets'] as Heard);
    expect(bySockets).toHaveLength(3);
    for (const name of ['v1', 'rest', 'recording']) {
      expect([name, wholeMinutes(heard[name] as Heard)]).toEqual([name, bySockets]);
    }
  });

  test('say of books whether they are verified, and keep the same past', async () => {
    const { heard } = await hearings;
    const verified = Object.entries(heard).map(([name, { events }]) => [
      name,
      ...new Set(events.flatMap((event) => (event.type === 'book' ? event.verified : []))),
    ]);
    expect(verified).toEqual([['sockets', true], ['v1'], ['rest', false], ['recording', true]]);
    for (const { market } of Object.values(heard)) expect(market.trades(SYMBOL).length).toBe(100);
  });
});
