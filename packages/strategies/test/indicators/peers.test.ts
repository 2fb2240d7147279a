import { micros } from '@kb/model';
import fc from 'fast-check';
import * as peer from 'trading-signals';
import { expect, test } from 'vitest';
import { Atr, trueRange } from '../../src/indicators/atr.ts';
import { Ema } from '../../src/indicators/ema.ts';
import { RollingDeviation } from '../../src/indicators/rolling-deviation.ts';
import { RollingRange } from '../../src/indicators/rolling-range.ts';
import { Rsi } from '../../src/indicators/rsi.ts';
import { SessionVwap, typicalPrice } from '../../src/indicators/session-vwap.ts';
import { Sma } from '../../src/indicators/sma.ts';

const lengths = fc.integer({ min: 2, max: 20 });
const prices = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 80 });
const bars = fc.array(
  fc
    .record({
      close: fc.integer({ min: 1000, max: 200_000 }),
      up: fc.nat({ max: 500 }),
      down: fc.nat({ max: 500 }),
      volume: fc.integer({ min: 1, max: 100 }),
    })
    .map(({ close, up, down, volume }) => ({ close, high: close + up, low: close - down, volume })),
  { minLength: 1, maxLength: 80 },
);

/** Both say nothing at the same inputs, and the same number (to 1e-9 of it) at all others. */
function expectAlike(ours: readonly (number | undefined)[], theirs: readonly (number | null)[]): void {
  expect(ours.map((value) => value === undefined)).toEqual(theirs.map((value) => value === null));
  const apart = ours.map(
    (value, index) => Math.abs((value ?? 0) - (theirs[index] ?? 0)) / Math.max(1, Math.abs(value ?? 0)),
  );
  expect(Math.max(...apart)).toBeLessThan(1e-9);
}

test('trading-signals and we have the same SMA, and the same RSI', () => {
  fc.assert(
    fc.property(prices, lengths, (closes, length) => {
      const [ourSma, theirSma] = [new Sma(length), new peer.SMA(length)];
      const [ourRsi, theirRsi] = [new Rsi(length), new peer.RSI(length)];
      expectAlike(
        closes.map((close) => ourSma.update(close)),
        closes.map((close) => theirSma.update(close, false)),
      );
      expectAlike(
        closes.map((close) => ourRsi.update(close)),
        closes.map((close) => theirRsi.update(close, false)),
      );
    }),
  );
});

test('trading-signals and we have the same true range, ATR, Donchian channel and VWAP of bars', () => {
  fc.assert(
    fc.property(bars, lengths, (all, length) => {
      const [tr, atr, channel, vwap] = [
        new peer.TR(),
        new peer.ATR(length),
        new peer.DonchianChannels(length),
        new peer.VWAP(),
      ];
      expectAlike(
        all.map((bar, index) => trueRange(bar, all[index - 1]?.close)),
        all.map((bar) => tr.update(bar, false)),
      );
      const ourAtr = new Atr(length);
      expectAlike(
        all.map((bar) => ourAtr.update(bar)),
        all.map((bar) => atr.update(bar, false)),
      );
      const ourRange = new RollingRange(length);
      expectAlike(
        all.map((bar) => ourRange.update(bar)),
        all.map((bar) => channel.update(bar, false)).map((found) => found && found.upper - found.lower),
      );
      const ourVwap = new SessionVwap();
      expectAlike(
        all.map((bar) => ourVwap.update({ at: micros(0), price: typicalPrice(bar), volume: bar.volume })),
        all.map((bar) => vwap.update(bar, false)),
      );
    }),
  );
});

test('trading-signals and we have the same population deviation and z-score of a window', () => {
  fc.assert(
    fc.property(
      fc
        .array(fc.integer({ min: 1, max: 200_000 }), { minLength: 3, maxLength: 20 })
        .filter((all) => new Set(all).size > 1),
      fc.integer({ min: 1, max: 200_000 }),
      (window, price) => {
        const ours = new RollingDeviation(window.length);
        for (const value of window) ours.update(value);
        expectAlike([ours.value], [peer.getStandardDeviation(window)]);
        expectAlike([ours.zScore(price)], [peer.getZScore(window, price)]);
      },
    ),
  );
});

const LISTED = [10, 11, 12, 11, 13, 14, 13, 15, 16, 15, 17, 18];

test('trading-signals seeds an EMA with its first value, not with the mean of the first ones: other values than ours', () => {
  const [ours, theirs] = [new Ema(9), new peer.EMA(9)];
  for (const value of LISTED) {
    ours.update(value);
    theirs.update(value, false);
  }
  expect(theirs.getResult()?.toFixed(6)).toBe('15.024869');
  expect(ours.value?.toFixed(6)).toBe('14.782222');
});

test('given our seed as its first value, trading-signals goes on with our EMA', () => {
  fc.assert(
    fc.property(prices, lengths, (closes, length) => {
      const [ours, theirs, seed] = [new Ema(length), new peer.EMA(length), new Sma(length)];
      const first = closes.slice(0, length);
      for (const close of first) {
        ours.update(close);
        seed.update(close);
      }
      fc.pre(seed.value !== undefined);
      theirs.update(seed.value ?? 0, false);
      const rest = closes.slice(length);
      expectAlike(
        rest.map((close) => ours.update(close)),
        rest.map((close) => theirs.update(close, false)),
      );
    }),
  );
});
