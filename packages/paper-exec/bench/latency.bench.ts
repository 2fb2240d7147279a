/**
 * What latency costs: per command (sent, carried out, answered, read), and per market event of a venue with nothing of ours
 * in it. Constants are the floor; a profile draws each leg by order, counts the market's load, and here gets lost at times.
 */
import { lots, micros, ticks } from '@kb/model';
import type { MarketEvent, Micros, PlaceIntent } from '@kb/model';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRun } from '../../../scripts/bench-kit.ts';
import { LATENCY_PROFILES, PaperVenue } from '../src/index.ts';
import type { Latency } from '../src/index.ts';
import { marketStream, PAIR } from './stream.ts';

const CONSTANT: Latency = { feed: 8_000, entry: 8_000, ack: 8_000 };
const DRAWN: Latency = { ...LATENCY_PROFILES['eu-vps'], fillBeforeAnswer: 0.1 };
const LOST: Latency = {
  ...DRAWN,
  loss: { undelivered: 0.01, unanswered: 0.01, timeout: 1_000_000, reconciled: 5_000_000 },
};

export const run: BenchRun = (options) => {
  const events = marketStream(1, options.smoke ? 2_000 : 50_000);
  const commands = options.smoke ? 500 : 10_000;
  const perCommand = interleave(
    {
      constant: () => send(events, CONSTANT, commands),
      drawn: () => send(events, DRAWN, commands),
      lost: () => send(events, LOST, commands),
    },
    commands,
    options,
  );
  const perEvent = interleave(
    { constant: () => watch(events, CONSTANT), drawn: () => watch(events, DRAWN) },
    events.length,
    options,
  );
  return [
    {
      name: 'command and answer, constants',
      median: perCommand.constant,
      unit: 'ns/command',
      against: undefined,
      ratio: undefined,
    },
    {
      name: 'command and answer, eu-vps',
      median: perCommand.drawn,
      unit: 'ns/command',
      against: 'constants',
      ratio: perCommand.drawn / perCommand.constant,
    },
    {
      name: 'command and answer, eu-vps with losses',
      median: perCommand.lost,
      unit: 'ns/command',
      against: 'constants',
      ratio: perCommand.lost / perCommand.constant,
    },
    {
      name: 'market event, constants',
      median: perEvent.constant,
      unit: 'ns/event',
      against: undefined,
      ratio: undefined,
    },
    {
      name: 'market event, eu-vps',
      median: perEvent.drawn,
      unit: 'ns/event',
      against: 'constants',
      ratio: perEvent.drawn / perEvent.constant,
    },
  ];
};

function venueWith(latency: Latency): PaperVenue {
  return new PaperVenue({
    instruments: [PAIR],
    latency,
    fees: { maker: '0.0025', taker: '0.0040' },
    balances: { USD: '1000000000', BTC: '100000' },
    models: ['risk-averse'],
    follow: 'risk-averse',
  });
}

/** Orders that the venue refuses for their size, so that nothing but the journey is measured. @returns How many reports came. */
function send(events: readonly MarketEvent[], latency: Latency, commands: number): number {
  const venue = venueWith(latency);
  let heard = 0;
  const [first] = events;
  if (first === undefined) return 0;
  venue.onEvent(first);
  let now = first.venueTs;
  for (let n = 0; n < commands; n += 1) {
    venue.submit(order(n), now);
    if (n % 8 !== 7) continue;
    now = micros(now + 10_000);
    timer(venue, now, () => (heard += 1));
  }
  timer(venue, micros(now + 60_000_000), () => (heard += 1));
  return heard;
}

function timer(venue: PaperVenue, now: Micros, heard: () => void): void {
  venue.onEvent({ type: 'timer', seq: 1, venueTs: now, recvTs: now, symbol: undefined });
  venue.drain(now, now, heard);
}

/** @returns How many events were seen. */
function watch(events: readonly MarketEvent[], latency: Latency): number {
  const venue = venueWith(latency);
  for (const event of events) {
    venue.onEvent(event);
    venue.drain(event.venueTs, event.recvTs, () => undefined);
  }
  return events.length;
}

function order(n: number): PlaceIntent {
  return {
    type: 'place',
    strategyId: 'bench',
    reason: 'bench',
    confidence: 1,
    clientOrderId: `bench-${n}`,
    symbol: PAIR.symbol,
    side: 'buy',
    orderType: 'limit',
    price: ticks(500_000),
    size: lots(0),
    timeInForce: 'gtc',
    postOnly: true,
  };
}
