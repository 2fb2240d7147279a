import { micros } from '@kb/model';
import type { MarketEvent, Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { PaperError } from '../src/index.ts';
import { ASKS, BIDS, ZERO, opened, place } from './latency-scene.ts';
import { ms, PAIR } from './scene.ts';
import type { Scene } from './scene.ts';

describe('the venue’s own timer', () => {
  const second = ms(1_000);

  function armed(timeout = 10 * second): Scene {
    const scene = opened({ ...ZERO, entry: 20_000 });
    scene.place('buy', '100.0', '1.0');
    scene.place('sell', '100.3', '1.0');
    scene.venue.cancelAllAfter(micros(timeout), ms(1_000));
    return scene.wait(2_000);
  }

  test('cancels every open order when it runs out, counted from its arrival', () => {
    const scene = armed().wait(11_070);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2']);
    scene.wait(11_071);
    expect(scene.answers().slice(2)).toEqual(['cancelled o1 cancel-all-after', 'cancelled o2 cancel-all-after']);
    expect(scene.reports.at(-1)?.venueTs).toBe(ms(11_020));
    expect(scene.venue.free('USD')).toBe('1000000');
  });

  test('while we are cut off, too: the order stays in the book until then, and can fill', () => {
    const scene = armed();
    scene.print(11_000, '100.0', '5.4').feed(11_001, 'connecting', 'disconnect', undefined);
    scene.wait(12_000);
    expect(scene.fills()).toEqual(['o1 0.4 @ 100.0 F5']);
    expect(scene.answers().slice(2)).toEqual(['cancelled o1 cancel-all-after', 'cancelled o2 cancel-all-after']);
  });

  test('moves when it is armed again, and stays off once disarmed or fired', () => {
    const scene = armed().wait(9_000);
    scene.venue.cancelAllAfter(micros(10 * second), ms(9_000));
    scene.wait(18_000);
    expect(scene.answers()).toHaveLength(2);
    scene.venue.cancelAllAfter(micros(0), ms(18_000));
    scene.wait(40_000);
    expect(scene.answers()).toHaveLength(2);
    scene.venue.cancelAllAfter(micros(second), ms(40_000));
    scene.wait(42_000);
    expect(scene.answers()).toHaveLength(4);
    scene.place('buy', '99.0', '1.0');
    scene.wait(90_000);
    expect(scene.answers().at(-1)).toBe('accepted o3');
  });

  test('an order that arrives when it has run out is not its concern', () => {
    const scene = armed(second);
    scene.wait(3_000);
    scene.place('buy', '99.0', '1.0');
    scene.wait(9_000);
    expect(scene.answers().at(-1)).toBe('accepted o3');
  });

  test('reaches pairs that come later', () => {
    const scene = armed();
    scene.book(3_000, BIDS, ASKS, 'ETH/USD');
    scene.send({
      type: 'instrument',
      seq: 99,
      venueTs: ms(3_000),
      recvTs: ms(3_000),
      symbol: 'ETH/USD',
      instrument: { ...PAIR, symbol: 'ETH/USD' },
    } as MarketEvent);
    scene.venue.submit(place('eth', { symbol: 'ETH/USD' }), ms(3_000));
    scene.wait(12_000);
    expect(scene.answers().at(-1)).toBe('cancelled eth cancel-all-after');
  });

  test.each([-1, 0.5, 86_400])('%d seconds are refused', (seconds) => {
    const scene = opened(ZERO);
    expect(() => scene.venue.cancelAllAfter((seconds * 1_000_000) as Micros, ms(1_000))).toThrow(PaperError);
  });
});
