import { lots, micros } from '@kb/model';
import type { OrderRequest, Side } from '@kb/model';
import { snapshotOf } from '@kb/orderbook';
import { PaperVenue } from '@kb/paper-exec';
import { expect, test } from 'vitest';
import type { Engine } from '../src/index.ts';
import { Actor, pair, Stage } from './support/stage.ts';

const HOUR = 3_600;

function order(side: Side, size: number): OrderRequest {
  const common = { symbol: 'BTC/USD', price: undefined, timeInForce: 'ioc', postOnly: false } as const;
  return { ...common, side, size: lots(size), orderType: 'market', leverage: 3 };
}

test('with a venue on margin, balances and equity are those of the venue: opened, held for a day, closed', () => {
  const held: { engine?: Engine } = {};
  const venue = new PaperVenue({
    instruments: [pair('BTC/USD')],
    latency: { feed: 0, entry: 0, ack: 0 },
    fees: { maker: '0.0025', taker: '0.004' },
    balances: { BTC: '10', USD: '10000' },
    channels: ['book'],
    latenessMargin: micros(0),
    margin: {},
    onAccountReport: (report) => held.engine?.accountReport(report),
  });
  const orders = new Map([
    [1, order('sell', 20)],
    [25 * HOUR, order('buy', 15)],
    [30 * HOUR, order('buy', 15)],
  ]);
  const trader = new Actor('trader', (_event, out, view) => {
    const due = orders.get(view.now / 1e6);
    if (due === undefined) return;
    orders.delete(view.now / 1e6);
    out.place(due, 'as planned');
  });
  const stage = new Stage({ strategies: [trader], limits: { maxBookAgeMs: 3_600_000 }, engine: { venue } });
  held.engine = stage.engine;
  const book = (at: number): void => {
    const event = stage.bookEvent(at);
    stage.engine.process({ ...event, snapshot: true, changes: snapshotOf(event.book) });
  };
  /** The venue takes a book in, trades on the next, and reports with the one after it. */
  const settle = (at: number): void => {
    for (const later of [0, 0.125, 0.25]) book(at + later);
    const { eb = '0', n = '0' } = venue.tradeBalance() ?? {};
    expect(stage.ledger.equity(stage.engine.marks.asDecimals())?.toNumber()).toBeCloseTo(Number(eb) + Number(n), 9);
    for (const [asset, amount] of Object.entries(venue.balances())) {
      expect(stage.ledger.balance(asset).toFixed()).toBe(amount);
    }
  };

  settle(1);
  expect(stage.engine.position('BTC/USD')).toBe(-20);
  for (let hours = 1; hours < 25; hours += 1) settle(hours * HOUR);
  stage.move('98.0', '98.2');
  settle(25 * HOUR);
  expect(stage.engine.position('BTC/USD')).toBe(-5);
  settle(30 * HOUR);
  expect(stage.engine.position('BTC/USD')).toBe(10); // five close, ten open

  const told = stage.records.flatMap((record) => (record.type === 'account' ? [record.report.type] : []));
  expect(told.length).toBeGreaterThanOrEqual(6);
  expect(new Set(told)).toEqual(new Set(['rollover']));
  const { realised, fees } = stage.ledger.marginPosition('BTC/USD');
  expect(realised.toNumber()).toBeCloseTo(2 * (100 - 98.2), 9);
  expect(fees.toNumber()).toBeGreaterThan(0.004 * (200 + 147 + 147));
  expect(stage.ledger.position('BTC/USD').fills).toBe(0);
});
