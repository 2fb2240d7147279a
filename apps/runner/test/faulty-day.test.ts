import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FAULTY, FaultyRehearsal, FLAPPING, OUTAGES } from './rehearsal/faulty-rehearsal.ts';
import type { FaultyReport } from './rehearsal/faulty-rehearsal.ts';

function rehearse(seconds: number, faults: typeof FAULTY): FaultyReport {
  const rehearsal = new FaultyRehearsal({ seed: 1, symbols: 20, faults });
  rehearsal.advance(micros(seconds * SECOND));
  const report = rehearsal.report();
  rehearsal.close();
  return report;
}

describe('a feed among faults', () => {
  test('of nearly every kind calls no wrong book good and shows none that is stale: 20 symbols, ten simulated minutes', () => {
    const report = rehearse(600, FAULTY);
    expect(report.divergences).toEqual([]);
    expect(report).toMatchObject({ staleReads: 0, repeatedTrades: 0, books: { divergent: 0, unknown: 0 } });
    expect(report.candles.wrong).toBe(0);
    expect(report.resyncs).toBeGreaterThan(10);
    expect(report.readable).toBeGreaterThan(0.9);
    expect(report.books.compared).toBeGreaterThan(50_000);
    expect(report.halfOpen.max).toBeLessThanOrEqual(5 * SECOND);
  });

  test('after an outage of a second has twenty fresh books within three', () => {
    const { fresh, books } = rehearse(620, OUTAGES);
    expect(fresh.count).toBe(10);
    expect(fresh.max).toBeLessThan(3 * SECOND);
    expect(books.divergent).toBe(0);
  });

  test('on connections that open and drop without end, makes at most a hundred in any ten minutes', () => {
    const { mostConnects } = rehearse(1300, FLAPPING);
    expect(mostConnects).toBeGreaterThan(20);
    expect(mostConnects).toBeLessThanOrEqual(100);
  });
});
