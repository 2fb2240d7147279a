import { describe, expect, test } from 'vitest';
import { checkLatency, LATENCY_PROFILES, PaperError, PaperVenue } from '../src/index.ts';
import type { Latency } from '../src/index.ts';
import { TABLE, ZERO, LOSS } from './latency-scene.ts';
import { DEFAULTS, PAIR } from './scene.ts';

describe('options', () => {
  test('constants, tables, tables by load, legs by kind, recorded rows and profiles are all fine', () => {
    const recorded = { recorded: [{ sent: 1, processed: 2, answered: 3 }] };
    const good: readonly Latency[] = [
      ZERO,
      { feed: TABLE, entry: TABLE, ack: 0 },
      { feed: { received: true, least: 0 }, entry: recorded, ack: { add: 5, cancel: recorded } },
      { ...ZERO, rest: { entry: 1, ack: TABLE }, seed: -4, fillBeforeAnswer: 1, loss: LOSS },
      { ...ZERO, load: { window: 1, busyFrom: 1, burstFrom: 2 } },
      ...Object.values(LATENCY_PROFILES),
    ];
    for (const latency of good) expect(checkLatency(latency)).toMatchObject({ missing: [], bad: [] });
  });

  test('everything that is wrong is told at once', () => {
    const latency = {
      feed: { received: 'yes', least: -1 },
      entry: { add: [1, 2], cancel: TABLE.toReversed(), replace: 5 },
      ack: { quiet: TABLE, busy: TABLE },
      rest: { entry: { amend: 5 }, ack: { recorded: [] } },
      load: { window: 0.5, busyFrom: 9, burstFrom: 9 },
      loss: { undelivered: 0.7, unanswered: 0.6, timeout: 10, reconciled: 5 },
      fillBeforeAnswer: 2,
      seed: 0.1,
    };
    const { missing, bad } = checkLatency(latency);
    expect(missing).toEqual(['latency.rest.entry.add']);
    expect(bad.map((problem) => problem.split(':')[0])).toEqual([
      'latency.feed.received',
      'latency.feed.least',
      'latency.entry.add',
      'latency.entry.cancel[1]',
      'latency.entry.replace',
      'latency.ack.burst',
      'latency.rest.ack.recorded',
      'latency.load.window',
      'latency.load.burstFrom',
      'latency.loss',
      'latency.loss.reconciled',
      'latency.fillBeforeAnswer',
      'latency.seed',
    ]);
    const make = (): PaperVenue =>
      new PaperVenue({ ...DEFAULTS, instruments: [PAIR], latency, maxBuffered: 0 } as unknown as typeof DEFAULTS);
    expect(make).toThrow(PaperError);
    expect(make).toThrow(/rest\.entry\.add is not set.*latency\.seed.*maxBuffered/s);
  });

  test.each([
    [{ sent: 5, processed: 4, answered: 6 }],
    [
      { sent: 5, processed: 6, answered: 7 },
      { sent: 5, processed: 7, answered: 8 },
    ],
    [
      { sent: 5, processed: 9, answered: 9 },
      { sent: 6, processed: 8, answered: 8 },
    ],
    ['a row'],
  ])('rows out of order are refused: %j', (...recorded) => {
    const { bad } = checkLatency({ feed: 0, entry: { recorded: recorded.slice(0, -1) }, ack: 0 });
    expect(bad.concat(checkLatency({ feed: 0, entry: { recorded }, ack: 0 }).bad)).not.toEqual([]);
  });

  test('nothing at all is three legs that are not set', () => {
    expect(checkLatency(undefined)).toMatchObject({
      missing: ['latency.feed', 'latency.entry', 'latency.ack'],
      bad: [],
    });
    expect(checkLatency('fast').bad).toEqual(['latency: expected feed, entry and ack, was "fast"']);
  });
});
